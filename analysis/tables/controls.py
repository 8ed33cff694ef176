"""The noise floor per A/A cell: the table of `analysis.quality.controls`."""

from analysis.quality.controls import table

__all__ = ["table"]
