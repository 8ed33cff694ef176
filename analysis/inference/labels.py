"""The label of a speed-up (faster, slower, ...): one rule for all texts and figures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

# The smallest effect worth a word. Closer to 1 than this is "equivalent", provided that the
# whole interval is; an interval that is merely wide is "undecided", never "no difference".
SMALLEST = 1.03

FASTER, SLOWER, SAME, OPEN, BARE = "faster", "slower", "equivalent", "undecided", "measured"
LABELS = (FASTER, SAME, SLOWER, OPEN, BARE)


def claimed(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return the reading that may be claimed: of undisturbed blocks, the median where in doubt."""
    suffix = "_clean" if row["n_clean"] else ""
    names = ("speedup", "low", "high")
    if row["rare_slow_mode" + suffix]:
        names = ("median", "median_low", "median_high")
    point, low, high = (float(row[name + suffix]) for name in names)
    return (point, low, high)


def label(row: Mapping[str, Any]) -> str:
    """Return which of the labels a row of the table of speed-ups deserves."""
    point, low, high = claimed(row)
    if row["no_verdict"] or not np.isfinite([low, high]).all():
        return BARE
    if low > 1 and point >= SMALLEST:
        return FASTER
    if high < 1 and point <= 1 / SMALLEST:
        return SLOWER
    return SAME if low >= 1 / SMALLEST and high <= SMALLEST else OPEN


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the table of speed-ups with None for whatever is missing."""
    return {
        name: None if not isinstance(value, float) and pd.isna(value) else value
        for name, value in row.items()
    } | {name: _text(row[name]) for name in _TEXTS}


_TEXTS = ("no_verdict", "why", "reason", "note_codes", "notes", "cause", "origin")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
