"""Where the workers' time went: a stacked bar per cell."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from analysis.plotting import panels, style

INPUT = "waiting"  # the table this figure is drawn from
TITLE = "Where the workers' time went"
CAPTION = (
    "Each bar is the wall time of a cell's workers: on a CPU, waiting for a CPU, waiting for the "
    "GIL, waiting for I/O that the work declares. Two threads that share one GIL spend half "
    "their time waiting for it; without the GIL that part disappears. Hatched: blocked by "
    "something else, such as locks, messages or idleness, or unknown. Coroutines wait at the "
    "same time: their I/O fills the bar."
)
# Share of the table, name in the legend, colour, hatch: from Okabe and Ito's palette.
PARTS = (
    ("cpu", "on a CPU", "#2b83d0", ""),
    ("run_delay", "waiting for a CPU", "#e6b422", ""),
    ("gil_wait", "waiting for the GIL", "#d55e00", ""),
    ("blocked", "blocked otherwise", "#a3a9b1", "////"),
    ("io", "declared I/O", "#009e73", ""),
)


def has_data(table: pd.DataFrame) -> bool:
    """Return whether the workers of any cell were observed."""
    return bool(np.isfinite(table["cpu"].astype("float64")).any())


def draw(table: pd.DataFrame) -> Figure:
    """Draw one bar per row whose workers were observed. Pure; nothing is computed here."""
    with style.house():
        shown = table[np.isfinite(table["cpu"].astype("float64"))]
        figure, grid = panels.panels(shown)
        for axes, y, row in panels.every_row(grid):
            _bar(axes, y, row)
        last = grid[-1].axes
        last.set_xlim(0, 1.02)
        last.xaxis.set_major_formatter(PercentFormatter(1.0))
        last.set_xlabel("share of the workers' wall time")
        panels.label_axes(grid)
        handles = [
            Patch(facecolor=colour, hatch=hatch, edgecolor=style.PAPER, label=label)
            for _, label, colour, hatch in PARTS
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False)
        return figure


def _bar(axes: Axes, y: float, row: Mapping[str, Any]) -> None:
    start = 0.0
    waits = bool(np.isfinite(row["gil_wait"]))
    for name, _, colour, hatch in PARTS:
        # `gil_wait` repeats `blocked` where that is what it is; drawn once, under its name.
        share = 0.0 if name == "blocked" and waits else float(row[name])
        # Read from two clocks a share can be a hair below zero, which has no width to draw.
        if not share > 0:
            continue
        # Coroutines wait at the same time in one thread: together for longer than it lives.
        share = min(share, 1 - start) if name == "io" else share
        axes.barh(
            y, share, left=start, height=0.72, color=colour, hatch=hatch, edgecolor=style.PAPER
        )
        start += share
