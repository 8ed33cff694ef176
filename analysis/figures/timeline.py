"""Who holds the GIL: a strip of time per cell, a colour per thread."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from analysis import formatting
from analysis.figures import MACHINE
from analysis.plotting import panels, style

INPUT = "timeline"  # the table this figure is drawn from
SCOPE = MACHINE
TITLE = "Who holds the GIL"
CAPTION = (
    "The beginning of one pass of each cell, sampled a thousand times a second from outside: a "
    "colour per thread, in the order in which each first held the lock; without a colour, no "
    "thread held it. Threads that take turns at CPU work make stripes of one switch "
    "interval (5 ms unless changed), and never two colours at a time. Gaps are work outside the "
    "lock, or waiting. From the diagnostic pass."
)
# Okabe and Ito's palette without those of its colours that look like paper or ink.
COLOURS = ("#2b83d0", "#d55e00", "#009e73", "#e0729b", "#b8860b", "#4fb0e6", "#8e6bd8")


def has_data(table: pd.DataFrame) -> bool:
    """Return whether any thread of a pool was seen with the lock."""
    return bool(len(_shown(table)))


def draw(table: pd.DataFrame) -> Figure:
    """Draw a strip per cell, a panel per workload. Pure; nothing is computed here."""
    with style.house():
        shown = _shown(table)
        figure, grid = panels.panels(shown.drop_duplicates([*panels.ORDER]))
        strips = dict(list(shown.groupby("number")))
        for axes, y, row in panels.every_row(grid):
            _strip(axes, y, strips[row["number"]])
        last = grid[-1].axes
        last.set_xlim(0, shown["end"].max())
        last.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formatting.seconds(value)))
        last.set_xlabel("time within the pass")
        panels.label_axes(grid)
        most = min(int(shown["holder"].max()), len(COLOURS))
        handles = [Patch(color=COLOURS[n], label=f"thread {n + 1}") for n in range(most)]
        figure.legend(handles=handles, loc="outside upper left", ncols=4, frameon=False)
        return figure


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the spans of the newest session of each pool in which any thread held the lock."""
    if not len(table):
        return table
    numbered = table.assign(
        number=table.groupby([*panels.ORDER], dropna=False).ngroup(),
        run=table["session"] + " " + table["experiment"],
    )
    cells = numbered.groupby("number")
    newest = numbered["run"] == cells["run"].transform("max")
    held = cells["holder"].transform("max") > 0
    return numbered[newest & held & (numbered["model"] != "sequential")]


def _strip(axes: Axes, y: float, spans: pd.DataFrame) -> None:
    for holder, mine in spans[spans["holder"] > 0].groupby("holder", sort=True):
        parts = list(zip(mine["start"], mine["end"] - mine["start"], strict=True))
        colour = COLOURS[(int(str(holder)) - 1) % len(COLOURS)]
        axes.broken_barh(parts, (y - 0.35, 0.7), facecolors=colour, linewidth=0)
