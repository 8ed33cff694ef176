"""Speed-up of every cell against sequential on the same target: a panel per workload."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis.plotting import panels, style

INPUT = "speedups"  # the table this figure is drawn from
TITLE = "Speed-up of every cell"
CAPTION = (
    "Each point is a speed-up over the sequential run of the same work on the same "
    "interpreter, with its 95 % interval; right of the dotted line is faster. A hollow point has "
    "no interval: too few blocks. The grey tick is the number of workers or of usable CPUs, "
    "whichever is smaller: CPU-bound work can gain no more, work that waits can. The "
    "axis is logarithmic: twice as fast and half as fast are equally far from 1."
)
ONE_CPU = ("asyncio", "sequential")  # models that never use more than one


def has_data(table: pd.DataFrame) -> bool:
    """Return whether there is anything to compare."""
    return bool((table["model"] != "sequential").any())


def draw(table: pd.DataFrame) -> Figure:
    """Draw one point and interval per row of ``table`` that is not a baseline.

    Pure: reads no file and leaves pyplot's global state alone. Statistics are drawn as given,
    never computed here, so the figure and the table cannot disagree. A row without a speed-up is
    drawn as the word that says why, so that a gap is never taken for a slow cell.
    """
    with style.house():
        shown = table[table["model"] != "sequential"]
        if not len(shown):
            return _empty()
        figure, grid = panels.panels(shown)
        for panel in grid:
            panel.axes.axvline(1, color=style.FAINT, linestyle=":", zorder=1)
        for axes, y, row in panels.every_row(grid):
            _point(axes, y, row)
        _axis(grid[-1].axes, shown)
        panels.label_axes(grid)
        _legend(figure, shown)
        return figure


def _point(axes: Axes, y: float, row: Mapping[str, Any]) -> None:
    colour, marker = style.of_model(row["model"])
    if not np.isfinite(row["speedup"]):
        _word(axes, y, row)
        return
    if pd.notna(row["ideal"]) and row["model"] not in ONE_CPU:
        axes.plot(row["ideal"], y, marker="|", color=style.FAINT, markersize=13, zorder=1)
    panels.point(axes, y, (row["speedup"], row["low"], row["high"]), colour, marker)


def _word(axes: Axes, y: float, row: Mapping[str, Any]) -> None:
    failed = [name for name in ("skipped", "error", "timeout", "wrong") if row[f"n_{name}"]]
    word = failed[0] if failed else "no baseline" if row["baseline"] == "none" else "no whole block"
    axes.annotate(
        word,
        (1, y),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=style.FAINT,
        fontstyle="italic",
    )


def _axis(axes: Axes, rows: pd.DataFrame) -> None:
    """Set a logarithmic axis, base 2, that holds every bar and at least 0.5 to 2."""
    columns = ["speedup", "low", "high", "ideal"]
    ends = rows[columns].astype("float64").to_numpy().ravel()
    ends = np.append(ends[np.isfinite(ends) & (ends > 0)], [0.5, 2.0])
    axes.set_xscale("log", base=2)
    axes.set_xlim(ends.min() / 1.1, ends.max() * 1.1)
    axes.xaxis.set_major_locator(LogLocator(base=2, numticks=10))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("speed-up over sequential on the same target (log scale)")


def _legend(figure: Figure, rows: pd.DataFrame) -> None:
    """Name the models; where each row is labelled this only ties colours to names."""
    handles = []
    for name in sorted(rows["model"].unique()):
        colour, marker = style.of_model(name)
        handles.append(Line2D([], [], color=colour, marker=marker, label=name))
    tick = {"marker": "|", "markersize": 11, "linestyle": "", "label": "min(workers, CPUs)"}
    handles.append(Line2D([], [], color=style.FAINT, **tick))
    columns = min(4, len(handles))
    figure.legend(handles=handles, loc="outside upper left", ncols=columns, frameon=False)


def _empty() -> Figure:
    figure = Figure(figsize=(panels.WIDTH, 0.8))
    figure.text(0.02, 0.5, "Nothing to compare: only sequential cells.", va="center")
    return figure
