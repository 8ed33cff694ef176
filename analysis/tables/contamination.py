"""What else used the machine, per block: the table of `analysis.quality.contamination`."""

from analysis.quality.contamination import table

__all__ = ["table"]
