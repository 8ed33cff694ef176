"""All speed-ups of a machine at a glance: a square per workload and variant."""

import pandas as pd
from matplotlib.figure import Figure

from analysis.dataset.frames import records
from analysis.figures import MACHINE
from analysis.plotting import matrix
from analysis.plotting.matrix import Key, Square
from analysis.stats import UNDECIDED

INPUT = "ratios"  # the table this figure is drawn from
METRIC = "speedup_user"  # of which it shows this one
SCOPE = MACHINE
TITLE = "All speed-ups at a glance"
CAPTION = (
    "Each square is the speed-up of a workload (column) under an execution model (row) over a "
    "sequential loop on the same interpreter; on a free-threaded one, over a sequential loop on "
    "its twin with the GIL, so that it includes the cost of the build. Green is faster, purple "
    "slower, white the same; the colour is logarithmic and saturates at 4x and at 1/4. Grey "
    "squares are undecided or not judged: too few blocks, a busy machine, or an interval that "
    "contains 1. Empty: not measured, or the twin was not."
)


def has_data(table: pd.DataFrame) -> bool:
    """Return whether at least two speed-ups can be compared."""
    return len(_squares(table)) > 1


def draw(table: pd.DataFrame) -> Figure:
    """Draw one square per workload and variant, green where it is faster. Pure."""
    return matrix.draw(_squares(table), "PRGn")


def _squares(table: pd.DataFrame) -> dict[Key, Square]:
    return matrix.squares(
        (row, Square(float(row["estimate"]), judged=_is_judged(row)))
        for row in records(table)
        if row["metric"] == METRIC and row["estimate"] > 0
    )


def _is_judged(row: matrix.Row) -> bool:
    return row["no_verdict"] is None and row["effect"] != UNDECIDED
