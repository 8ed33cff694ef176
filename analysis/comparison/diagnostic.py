"""Trials of the diagnostic pass: the last attempt of each, and those of one cell."""

import pandas as pd

from analysis import formatting
from analysis.comparison.contrasts import Contrast
from analysis.dataset.schema import SESSION
from harness.storage.schema import DIAGNOSTIC, FACTORS

UNITS = {
    "held": formatting.SHARE,
    "pss_per_worker": formatting.BYTES,
    "uss_per_worker": formatting.BYTES,
}


def trials(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the last attempt of every diagnostic trial; an ok one replaces one that failed."""
    rows = frame[frame["diagnostic"].fillna(False) & (frame["control"] == DIAGNOSTIC)]
    ranked = rows.assign(good=rows["status"] == "ok")
    keys = [*SESSION, "key", "block"]
    ranked = ranked.sort_values([*keys, "good", "attempt"], kind="stable")
    return ranked.drop_duplicates(keys, keep="last").drop(columns="good")


def of_cell(cell: Contrast, diagnosed: pd.DataFrame) -> pd.DataFrame:
    """Return the trials of a cell in the newest diagnostic session that has it."""
    machine, _, experiment = cell.session
    here = diagnosed[(diagnosed["machine"] == machine) & (diagnosed["experiment"] == experiment)]
    for name in FACTORS:
        alike: pd.Series[bool] = here[name] == cell.cell[name]
        here = here[alike]
    newest = str(here["session"].max())
    return here[here["session"] == newest]
