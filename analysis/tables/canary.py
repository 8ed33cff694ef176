"""The canary's capacity per session: the table of `analysis.quality.canary`."""

from analysis.quality.canary import table

__all__ = ["table"]
