"""Speed-up against the size of a piece of work: from where more workers are worth it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis import formatting
from analysis.dataset.frames import records
from analysis.plotting import panels, style

INPUT = "speedups"  # the table this figure is drawn from
TITLE = "How large a task must be"
CAPTION = (
    "The same work in smaller and larger pieces, one line per execution model. The break-even "
    "size is where a line crosses the dotted one: left of it, handing out a piece costs more than "
    "a second worker gains. A model that never crosses it is not worth it at any of these sizes. "
    "Both axes are logarithmic."
)
# Fewer sizes make no curve, and labels that differ in something else have all about one size.
MIN_SIZES, MIN_SPAN = 3, 4.0


def has_data(table: pd.DataFrame) -> bool:
    """Return whether the labels of one workload differ in the size of a piece."""
    return bool(len(sized(table)))


def sized(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of workloads that were measured in several sizes, with ``size`` in seconds.

    A size is that of the sequential pass on the same target over its pieces.
    """
    if not len(table):
        return table
    shown = table.assign(
        base=table["workload"].str.partition("@")[0],
        size=table["baseline_seconds"].astype("float64") / table["items"].astype("float64"),
    )
    shown = shown[(shown["model"] != "sequential") & np.isfinite(shown["speedup"])]
    shown = shown[np.isfinite(shown["size"]) & (shown["size"] > 0)]
    sizes = shown.groupby(["base", "target"])["size"]
    labels = shown.groupby(["base", "target"])["workload"].transform("nunique")
    span = sizes.transform("max") / sizes.transform("min")
    return shown[(labels >= MIN_SIZES) & (span >= MIN_SPAN)]


def draw(table: pd.DataFrame) -> Figure:
    """Draw a panel per workload and target, a line per model and worker count. Pure."""
    with style.house():
        shown = sized(table)
        figure, grid = panels.curves(shown, ["base", "target"], above=0.6)
        for axes, rows in grid:
            _lines(axes, rows)
            axes.set_ylabel("speed-up")
        _axis(grid[-1][0], shown)
        panels.legend(figure, [axes for axes, _ in grid])
        return figure


def _lines(axes: Axes, rows: pd.DataFrame) -> None:
    axes.axhline(1, color=style.FAINT, linestyle=":", zorder=1)
    named = rows.assign(
        name=[f"{formatting.model(row)} x{row['workers']}" for row in records(rows)]
    )
    for name, line in named.groupby("name", sort=True):
        ordered = line.sort_values("size")
        colour, marker = style.of_model(str(ordered["model"].iloc[0]))
        axes.errorbar(
            ordered["size"],
            ordered["speedup"].astype("float64"),
            yerr=panels.bars(ordered, "speedup"),
            color=colour,
            marker=marker,
            capsize=2,
            label=str(name),
        )


def _axis(axes: Axes, rows: pd.DataFrame) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(base=10, numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formatting.seconds(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yscale("log", base=2)
    ends = rows[["speedup", "low", "high"]].astype("float64").to_numpy().ravel()
    ends = np.append(ends[np.isfinite(ends) & (ends > 0)], [0.8, 2.0])
    axes.set_ylim(ends.min() / 1.1, ends.max() * 1.1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.set_xlabel("sequential time of one piece (log scale)")
