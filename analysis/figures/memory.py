"""Memory that one worker more costs, by execution model: shared out, and its own alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MultipleLocator

from analysis import formatting
from analysis.figures import MACHINE
from analysis.plotting import panels, style

INPUT = "diagnostics"  # the table this figure is drawn from
SCOPE = MACHINE
TITLE = "What a worker costs in memory"
CAPTION = (
    "The bar is the memory that a worker adds, with shared pages divided among the processes that "
    "share them (PSS); the black mark counts only pages of that process alone (USS). If they are "
    "far apart, the worker mostly uses shared pages, as a forked process does until it touches "
    "them; if they coincide, all of its memory is its own. The mark is left of 0 where forking "
    "turned private pages of the parent into shared ones. From the diagnostic pass, minus the "
    "memory before the pool."
)

TICKS = 6


def has_data(table: pd.DataFrame) -> bool:
    """Return whether the memory of any worker was read."""
    return bool(len(_known(table)))


def draw(table: pd.DataFrame) -> Figure:
    """Draw one bar per cell, a panel per workload. Pure; nothing is computed here."""
    with style.house():
        figure, grid = panels.panels(_known(table))
        for axes, y, row in panels.every_row(grid):
            _bar(axes, y, row)
        for panel in grid:
            panel.axes.axvline(0, color=style.FAINT, linewidth=1)
        last = grid[-1].axes
        last.xaxis.set_major_locator(MultipleLocator(_step(last.get_xlim())))
        last.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 2**20:g} MiB"))
        last.set_xlabel("memory per worker")
        panels.label_axes(grid)
        mark = Line2D([], [], color=style.INK, marker="|", markersize=10, linestyle="")
        bar = Line2D([], [], color=style.FAINT, linewidth=8)
        labels = ["shared out (PSS)", "its own alone (USS)"]
        figure.legend([bar, mark], labels, loc="outside upper left", ncols=2, frameon=False)
        return figure


def _step(ends: tuple[float, float]) -> float:
    """Return a power of two of MiB that leaves room for the labels."""
    return 2.0**20 * 2.0 ** np.ceil(np.log2((ends[1] - ends[0]) / 2**20 / TICKS))


def _known(table: pd.DataFrame) -> pd.DataFrame:
    return table[np.isfinite(table["pss_per_worker"].astype("float64"))]


def _bar(axes: Axes, y: float, row: Mapping[str, Any]) -> None:
    colour, _ = style.of_model(row["model"])
    axes.barh(y, row["pss_per_worker"], height=0.6, color=colour, zorder=2)
    if np.isfinite(row["uss_per_worker"]):
        axes.plot(row["uss_per_worker"], y, color=style.INK, marker="|", markersize=10, zorder=3)
    text = formatting.amount(row["pss_per_worker"], formatting.BYTES)
    end = max(row["pss_per_worker"], row["uss_per_worker"], 0.0)
    axes.annotate(
        text,
        (end, y),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=style.INK,
    )
