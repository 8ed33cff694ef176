"""Sequential time per unit of work without the GIL, over that of the twin with one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import formatting
from analysis.dataset.frames import records
from analysis.figures import MACHINE
from analysis.plotting import panels, style

INPUT = "tax"  # the table this figure is drawn from
SCOPE = MACHINE
TITLE = "Single-threaded cost of the build without the GIL"
CAPTION = (
    "Each point is the time of the sequential run on a free-threaded build over that on its twin, "
    "the same source built with a GIL, with its 95 % interval. Right of the dotted line the "
    "free-threaded build is slower before any thread starts: threads must first make up for "
    "that. A hollow point has no interval: too few blocks. The axis is logarithmic."
)
TICKS = (0.1, 0.25, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4, 8, 16)


def has_data(table: pd.DataFrame) -> bool:
    """Return whether any sequential cell was measured beside its twin."""
    return bool(_rows(table))


def draw(table: pd.DataFrame) -> Figure:
    """Draw one point and interval per workload, a panel per target. Pure."""
    with style.house():
        rows = _rows(table)
        targets = sorted({target for target, _ in rows})
        groups = [
            [row for (target, _), row in sorted(rows.items()) if target == t] for t in targets
        ]
        lines = [len(group) + 1.5 for group in groups]
        height = panels.ROW * sum(lines) + 0.75 * len(groups) + 0.2
        figure = Figure(figsize=(panels.WIDTH, height), layout="constrained")
        axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=lines)
        for panel, target, group in zip(axes[:, 0], targets, groups, strict=True):
            _panel(panel, target, group)
        _axis(axes[-1, 0], list(rows.values()))
        return figure


def _rows(table: pd.DataFrame) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the row of each target and workload; of several experiments that of more blocks."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in records(table):
        if row["model"] != "sequential" or not row["tax"] > 0:
            continue
        options = formatting.options(row)
        key = (row["target"], f"{row['workload']} ({options})" if options else row["workload"])
        if key not in found or _rank(row) > _rank(found[key]):
            found[key] = row
    return found


def _rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["n"], row["session"], row["experiment"])


def _panel(axes: Axes, target: str, rows: list[Mapping[str, Any]]) -> None:
    colour, marker = style.of_model("sequential")
    labels = []
    for y, row in enumerate(rows):
        interval = (row["tax"], row["tax_low"], row["tax_high"])
        panels.point(axes, y, interval, colour, marker)
        options = formatting.options(row)
        labels.append(f"{row['workload']} ({options})" if options else row["workload"])
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelbottom=True)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axvline(1, color=style.FAINT, linestyle=":", zorder=1)
    axes.set_title(f"{target} over {rows[0]['twin']}", loc="left", fontweight="bold")


def _axis(axes: Axes, rows: list[Mapping[str, Any]]) -> None:
    ends = np.array([[row[n] for n in ("tax", "tax_low", "tax_high")] for row in rows]).ravel()
    ends = np.append(ends[np.isfinite(ends) & (ends > 0)], [0.8, 1.25])
    low, high = ends.min() / 1.05, ends.max() * 1.05
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(FixedLocator([each for each in TICKS if low <= each <= high]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.set_xlabel("sequential time without the GIL over its twin's (log scale)")
