"""Every cell that was skipped or failed, with its reason: nothing is missing without a word."""

import pandas as pd

from analysis.comparison.trials import trials
from analysis.dataset.schema import CELL
from harness.storage.schema import FAILED

_COLUMNS = [*CELL, "control", "status", "reason", "trials", "blocks", "example"]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per (cell, status, reason): how many blocks it cost, and one trial's id.

    A trial that was run again and then went well is not listed; its failed attempt is in the
    tidy table.
    """
    every = trials(frame)
    bad = every[every["status"].isin([*FAILED, "skipped"])]
    groups = bad.groupby([*CELL, "control", "status", "reason"], dropna=False, sort=True)
    rows = [
        {
            **dict(zip([*CELL, "control", "status", "reason"], key, strict=True)),
            "trials": len(rows),
            "blocks": ", ".join(str(block) for block in sorted(rows["block"])),
            "example": rows["trial"].iloc[0],
        }
        for key, rows in groups
    ]
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
