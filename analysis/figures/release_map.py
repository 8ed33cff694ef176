"""Share of their time that threads wait for the GIL, by workload: what lets go of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.dataset.frames import records
from analysis.figures import MACHINE
from analysis.plotting import panels, style

INPUT = "waiting"  # the table this figure is drawn from
SCOPE = MACHINE
TITLE = "What releases the GIL"
CAPTION = (
    "Each point is the share of their time that threads wait for the GIL, with its 95 % interval. "
    "At 0 the work releases the GIL (or no other thread shares it); two threads that hold it "
    "whenever they work wait for half of their time, four for three quarters. In between: work "
    "that releases it now and then. A hollow point has no interval: too few blocks."
)
MODELS = ("threads", "threads-raw")

Row = Mapping[str, Any]


def has_data(table: pd.DataFrame) -> bool:
    """Return whether at least two workloads show how long threads waited."""
    return len({row["workload"] for row in _rows(table)}) > 1


def draw(table: pd.DataFrame) -> Figure:
    """Draw a point and interval per workload, a panel per target and number of threads. Pure."""
    with style.house():
        rows = _rows(table)
        keys = sorted({_panel_of(row) for row in rows})
        groups = [[row for row in rows if _panel_of(row) == key] for key in keys]
        lines = [len(group) + 1.5 for group in groups]
        height = panels.ROW * sum(lines) + 0.75 * len(groups) + 0.2
        figure = Figure(figsize=(panels.WIDTH, height), layout="constrained")
        axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=lines)
        for panel, group in zip(axes[:, 0], groups, strict=True):
            _panel(panel, group)
        axes[-1, 0].set_xlim(-0.03, 1.0)
        axes[-1, 0].xaxis.set_major_formatter(PercentFormatter(xmax=1.0))
        axes[-1, 0].set_xlabel("share of the threads' time spent waiting for the GIL")
        return figure


def _panel_of(row: Row) -> tuple[str, str, int]:
    return (row["target"], row["model"], int(row["workers"]))


def _rows(table: pd.DataFrame) -> list[Row]:
    """Return one row per target, threads and workload, from the one that waits least."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in records(table):
        usual = row["lifecycle"] == "warm" and row["model"] in MODELS and row["workers"] > 1
        if not usual or not np.isfinite(row["gil_wait"]):
            continue
        key = (*_panel_of(row), row["workload"])
        if key not in found or _rank(row) > _rank(found[key]):
            found[key] = row
    return sorted(found.values(), key=lambda row: (row["gil_wait"], row["workload"]))


def _rank(row: Row) -> tuple[Any, ...]:
    return (row["n"], row["session"], row["experiment"])


def _panel(axes: Axes, rows: list[Row]) -> None:
    target, model, workers = _panel_of(rows[0])
    colour, marker = style.of_model(model)
    for y, row in enumerate(rows):
        interval = (row["gil_wait"], row["gil_wait_low"], row["gil_wait_high"])
        panels.point(axes, y, interval, colour, marker)
    axes.set_yticks(range(len(rows)), [row["workload"] for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelbottom=True)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axvline(0, color=style.FAINT, linestyle=":", zorder=1)
    axes.set_title(f"{model} x{workers} on {target}", loc="left", fontweight="bold")
