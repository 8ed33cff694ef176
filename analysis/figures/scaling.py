"""Speed-up against the number of workers: a panel per workload and target, a line per model."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import formatting
from analysis.dataset.frames import records
from analysis.plotting import panels, style

INPUT = "speedups"  # the table this figure is drawn from
TITLE = "What more workers gain"
CAPTION = (
    "Speed-up over sequential on the same interpreter, with its 95 % interval, a line per "
    "execution model. The dotted line is the limit for CPU-bound work: the number of workers, up "
    "to the usable CPUs, where it bends. On a level line the workers take turns; on a falling one "
    "each additional worker costs time. Both axes are logarithmic."
)
MIN_COUNTS = 2  # fewer make no line


def has_data(table: pd.DataFrame) -> bool:
    """Return whether a workload was measured with several numbers of workers."""
    return bool(len(_series(table)))


def draw(table: pd.DataFrame) -> Figure:
    """Draw a panel per workload and target, a line per model. Pure; nothing is computed here."""
    with style.house():
        shown = _series(table)
        figure, grid = panels.curves(shown, ["workload", "target"], above=0.8)
        for axes, rows in grid:
            _ideal(axes, rows)
            _lines(axes, rows)
            axes.set_ylabel("speed-up")
        last, _ = grid[-1]
        last.set_xscale("log", base=2)
        last.xaxis.set_major_locator(FixedLocator(sorted(set(shown["workers"]))))
        last.xaxis.set_minor_locator(NullLocator())
        last.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        last.set_yscale("log", base=2)
        last.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
        last.set_xlabel("workers (log scale)")
        panels.legend(figure, [axes for axes, _ in grid])
        return figure


def _series(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of models that were measured with several numbers of workers."""
    if not len(table):
        return table
    shown = table[(table["model"] != "sequential") & np.isfinite(table["speedup"])]
    shown = shown.assign(name=[formatting.model(row) for row in records(shown)])
    counts = shown.groupby(["workload", "target", "name"])["workers"].transform("nunique")
    return shown[counts >= MIN_COUNTS]


def _ideal(axes: Axes, rows: pd.DataFrame) -> None:
    cores, ends = rows["cores"].max(), (rows["workers"].min(), rows["workers"].max())
    if pd.notna(cores):
        at = sorted({*map(int, ends), min(max(int(cores), int(ends[0])), int(ends[1]))})
        best = [min(workers, int(cores)) for workers in at]
        axes.plot(at, best, color=style.FAINT, linestyle=":", zorder=1, label="ideal")


def _lines(axes: Axes, rows: pd.DataFrame) -> None:
    for name, line in rows.groupby("name", sort=True):
        ordered = line.sort_values("workers")
        colour, marker = style.of_model(str(ordered["model"].iloc[0]))
        axes.errorbar(
            ordered["workers"].astype("float64"),
            ordered["speedup"].astype("float64"),
            yerr=panels.bars(ordered, "speedup"),
            color=colour,
            marker=marker,
            capsize=2,
            label=str(name),
        )
