"""Rows of the tables that have one for every cell, with what all of them say of its session."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis.comparison import newest
from analysis.comparison.contrasts import Contrast, contrasts
from analysis.dataset.frames import of_session
from analysis.quality import contamination
from analysis.stats import Interval

Row = dict[str, Any]


def rows(
    frame: pd.DataFrame,
    make: Callable[[Contrast, pd.DataFrame], Row],
    has_one: Callable[[Contrast], bool] = lambda _: True,
) -> list[Row]:
    """Return what ``make`` says of each cell that ``has_one``; ``latest``: whether it is shown.

    ``make`` is given the cell and the contamination of the blocks of its session.
    """
    origins = newest.of_cells(frame)
    dirty = contamination.table(frame)
    return [
        make(each, of_session(dirty, each.session))
        | {"latest": newest.is_shown(origins, each.cell)}
        for each in contrasts(frame)
        if has_one(each)
    ]


def reading(name: str, found: Interval) -> dict[str, float]:
    """Return an estimate and its bounds as columns."""
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
