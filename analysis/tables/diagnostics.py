"""What only the diagnostic pass knows: how long the GIL was held, and memory per worker."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison import newest
from analysis.comparison.diagnostic import UNITS, trials
from analysis.dataset.frames import records
from analysis.dataset.schema import CELL
from analysis.stats import mean_interval
from harness.storage.schema import DIAGNOSTIC, FAILED

PASS = DIAGNOSTIC  # the pass this table is made of


def sessions(every: pd.DataFrame) -> dict[newest.Identity, str]:
    """Return for each cell the session whose diagnostic trials are shown."""
    held: dict[newest.Identity, list[newest.Held]] = {}
    for _, rows in every.groupby(list(CELL), dropna=False, sort=True):
        first, done = records(rows)[0], int((rows["status"] == "ok").sum())
        found = newest.Held(first["session"], first["key"], done)
        held.setdefault(newest.identity(first), []).append(found)
    return {key: newest.origin(found).session for key, found in held.items()}


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell of every diagnostic session: means over trials.

    ``held`` is the share of samples in which the GIL was held, ``pss_per_worker`` and
    ``uss_per_worker`` are bytes. Intervals need six trials.
    """
    rows, every = list[dict[str, Any]](), trials(frame)
    shown = sessions(every)
    for key, group in every.groupby(list(CELL), dropna=False, sort=True):
        cell: dict[str, Any] = {str(name): value for name, value in zip(CELL, key, strict=True)}
        done = group[group["status"] == "ok"]
        reasons = [*group["reason"].dropna(), *group["unobserved"].dropna()]
        row = {name: value for unit in UNITS for name, value in _mean(done, unit).items()}
        rows.append(
            {
                **cell,
                **row,
                "held_samples": done["held_samples"].sum(min_count=1),
                "n": len(done),
                "n_failed": int(group["status"].isin(FAILED).sum()),
                "why": reasons[0] if reasons else None,
                "latest": shown[newest.identity(cell)] == cell["session"],
            }
        )
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))


def _mean(rows: pd.DataFrame, name: str) -> dict[str, float]:
    found = mean_interval(rows[name].dropna().to_numpy(dtype=np.float64))
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}


_COLUMNS = [*CELL, *(f"{name}{end}" for name in UNITS for end in ("", "_low", "_high"))]
_COLUMNS += ["held_samples", "n", "n_failed", "why", "latest"]
