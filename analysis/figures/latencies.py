"""How long calls took while others were busy: quantiles of every cell on a logarithmic axis."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis import formatting
from analysis.plotting import panels, style

INPUT = "latencies"  # the table this figure is drawn from
TITLE = "How long a call waited"
CAPTION = (
    "Each row is a cell: the filled point is the median latency of its calls with its 95 % "
    "interval, the other marks are the 90 % and 99 % quantiles and the longest call. Further "
    "left is better. A step of one switch interval (5 ms unless changed) from one row to the next "
    "is a call that waited for the GIL once. The axis is logarithmic."
)
MARKS = (
    ("latency_p90", "90 %", "|"),
    ("latency_p99", "99 %", "x"),
    ("latency_max", "longest", ">"),
)


def has_data(table: pd.DataFrame) -> bool:
    """Return whether any latency was measured."""
    return bool(np.isfinite(table["latency_p50"].astype("float64")).any())


def draw(table: pd.DataFrame) -> Figure:
    """Draw the quantiles of every row that has some. Pure; nothing is computed here."""
    with style.house():
        shown = table[np.isfinite(table["latency_p50"].astype("float64"))]
        figure, grid = panels.panels(shown)
        for axes, y, row in panels.every_row(grid):
            _marks(axes, y, row)
        _axis(grid[-1].axes, shown)
        panels.label_axes(grid)
        handles = [Line2D([], [], color=style.FAINT, marker="o", linestyle="", label="median")]
        handles += [
            Line2D([], [], color=style.FAINT, marker=marker, linestyle="", label=label)
            for _, label, marker in MARKS
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=4, frameon=False)
        return figure


def _marks(axes: Axes, y: float, row: Mapping[str, Any]) -> None:
    colour, _ = style.of_model(row["model"])
    ends = (row["latency_p50"], row["latency_max"])
    axes.plot(ends, (y, y), color=colour, linewidth=1, alpha=0.5, zorder=2)
    for name, _, marker in MARKS:
        axes.plot(row[name], y, marker=marker, color=colour, markersize=6, linestyle="", zorder=3)
    interval = (row["latency_p50"], row["latency_p50_low"], row["latency_p50_high"])
    panels.point(axes, y, interval, colour, "o")


def _axis(axes: Axes, rows: pd.DataFrame) -> None:
    names = ["latency_p50", "latency_p50_low", "latency_p50_high", "latency_p90", "latency_max"]
    ends = rows[names].astype("float64").to_numpy().ravel()
    ends = ends[np.isfinite(ends) & (ends > 0)]
    axes.set_xscale("log")
    axes.set_xlim(ends.min() / 1.5, ends.max() * 1.5)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 3.0), numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formatting.seconds(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("latency of a call (log scale)")
