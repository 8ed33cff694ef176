"""CPU time of a pass over that of the sequential one: work that parallel running added."""

import pandas as pd
from matplotlib.figure import Figure

from analysis.dataset.frames import records
from analysis.figures import MACHINE
from analysis.plotting import matrix
from analysis.plotting.matrix import Key, Square

INPUT = "waiting"  # the table this figure is drawn from
SCOPE = MACHINE
TITLE = "Extra CPU time of running in parallel"
CAPTION = (
    "Each square is the CPU time of a workload (column) under an execution model (row) over that "
    "of the sequential run on the same interpreter. 1 is no extra work; more is the overhead of "
    "sharing: contended objects, switches of the GIL, messages, CPUs that share a core. Purple "
    "costs more, green less; the colour is logarithmic and saturates at 4x. Grey squares are "
    "undecided: their interval contains 1, or there are too few blocks."
)


def has_data(table: pd.DataFrame) -> bool:
    """Return whether at least two cells can be compared."""
    return len(_squares(table)) > 1


def draw(table: pd.DataFrame) -> Figure:
    """Draw one square per workload and variant, purple where it costs more. Pure."""
    return matrix.draw(_squares(table), "PRGn_r")


def _squares(table: pd.DataFrame) -> dict[Key, Square]:
    return matrix.squares(
        (row, Square(float(row["cpu_inflation"]), judged=_is_apart(row)))
        for row in records(table)
        if row["cpu_inflation"] > 0
    )


def _is_apart(row: matrix.Row) -> bool:
    """Return whether the interval leaves out 1; one that is unknown leaves out nothing."""
    return row["cpu_inflation_low"] > 1 or row["cpu_inflation_high"] < 1
