"""The label of a speed-up (faster, slower, ...): one rule for all texts and figures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.stats import EQUIVALENT, FASTER, LEVEL, SLOWER, UNDECIDED, Interval, effect

BARE = "measured"  # of what carries no verdict
LABELS = (FASTER, EQUIVALENT, SLOWER, UNDECIDED, BARE)


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
    return effect(Interval(point, low, high, LEVEL, int(row["n_clean"] or row["n"]), "as claimed"))


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the table of speed-ups with None for whatever is missing."""
    return {
        name: None if not isinstance(value, float) and pd.isna(value) else value
        for name, value in row.items()
    } | {name: _text(row[name]) for name in _TEXTS}


_TEXTS = ("no_verdict", "why", "reason", "note_codes", "notes", "cause", "origin")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
