"""Time to send an item against its size: what crossing a border of memory costs."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis import formatting
from analysis.dataset.frames import records
from analysis.plotting import panels, style

INPUT = "speedups"  # the table this figure is drawn from
TITLE = "What sending data costs"
CAPTION = (
    "Seconds per item over the size of the item: a colour per execution model, a marker per kind "
    "of data. A flat line sends a reference, whatever it refers to; a rising one copies. The "
    "distance between two lines is the cost of the boundary between workers, and where a line "
    "bends, size begins to cost more than the message itself. Both axes are logarithmic."
)
MIN_SIZES = 3  # fewer make no curve
SAME = 1.01  # how far two amounts of work may lie apart and be called the same


def has_data(table: pd.DataFrame) -> bool:
    """Return whether a workload was measured with items of several sizes."""
    return bool(len(sized(table)))


def sized(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of workloads with several sizes of items, with ``each`` in seconds."""
    if not len(table):
        return table
    shown = table.assign(
        base=table["workload"].str.partition("@")[0],
        each=table["seconds"].astype("float64") / table["items"].astype("float64"),
        variant=table["variant"].fillna(""),
    )
    shown = shown[np.isfinite(shown["each"]) & (shown["item_size"] > 0)]
    # Where an item's work does not grow with its size, that is the size of something else.
    work = shown["units"] / (shown["items"].astype("float64") * shown["item_size"])
    groups = shown.assign(work=work).groupby(["base", "target"])
    grows = groups["work"].transform("max") <= groups["work"].transform("min") * SAME
    return shown[(groups["item_size"].transform("nunique") >= MIN_SIZES) & grows]


def draw(table: pd.DataFrame) -> Figure:
    """Draw a panel per workload and target, a line per model and kind of data. Pure."""
    with style.house():
        shown = sized(table)
        figure, grid = panels.curves(shown, ["base", "target"], above=1.0)
        for axes, rows in grid:
            _lines(axes, rows, _markers(shown))
            axes.set_ylabel("time per item")
        _scales(grid[-1][0])
        figure.legend(handles=_keys(shown), loc="outside upper left", ncols=3, frameon=False)
        return figure


def _keys(rows: pd.DataFrame) -> list[Line2D]:
    """Return what a colour and what a marker means, not every pair of them."""
    models = sorted(
        {(formatting.model(row), row["model"], row["workers"]) for row in records(rows)}
    )
    found = [
        Line2D([], [], color=style.of_model(model)[0], label=f"{name} x{workers}")
        for name, model, workers in models
    ]
    marks = _markers(rows)
    found += [
        Line2D([], [], color=style.FAINT, marker=marks[kind], linestyle="", label=kind)
        for kind in marks
        if kind
    ]
    return found


def _markers(rows: pd.DataFrame) -> dict[str, str]:
    return dict(zip(sorted(set(rows["variant"])), "oDs^vPX*" * len(rows), strict=False))


def _lines(axes: Axes, rows: pd.DataFrame, markers: Mapping[str, str]) -> None:
    named = rows.assign(name=[formatting.model(row) for row in records(rows)])
    for _, line in named.groupby(["name", "workers", "variant"], sort=True):
        ordered = line.sort_values("item_size")
        colour, _ = style.of_model(str(ordered["model"].iloc[0]))
        marker = markers[str(ordered["variant"].iloc[0])]
        axes.plot(ordered["item_size"], ordered["each"], color=colour, marker=marker)


def _scales(axes: Axes) -> None:
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(LogLocator(base=2, numticks=9))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formatting.size(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formatting.seconds(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("size of an item (log scale)")
