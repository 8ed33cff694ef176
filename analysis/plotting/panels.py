"""The shape several figures share: a panel per workload, in it a labelled row per cell."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from analysis import formatting
from analysis.dataset.frames import records
from analysis.plotting import style

ROW = 0.27  # inches
WIDTH = 7.6
CURVES = 2.6  # inches of a panel with curves
TITLE_AT = 1.0  # the panel's upper edge; where none is given it is looked for in every drawing
ORDER = ("workload", "target", "model", "workers", "lifecycle", "chunk", "switch_interval", "gc")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """The rows of one workload and where each of them lies."""

    axes: Axes
    rows: Sequence[tuple[float, Row]]


def panels(table: pd.DataFrame) -> tuple[Figure, list[Panel]]:
    """Return an empty figure with a row for each row of ``table``, a heading per target.

    All panels share one x axis, which is left to the caller.
    """
    shown = table.sort_values([*ORDER], kind="stable")
    groups = [(str(name), records(rows)) for name, rows in shown.groupby("workload", sort=True)]
    lines = [len(rows) + len({row["target"] for row in rows}) + 1.5 for _, rows in groups]
    height = ROW * sum(lines) + 0.75 * len(groups) + 0.5
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=lines)[:, 0]
    _without_labels([each.yaxis for each in axes] + [each.xaxis for each in axes[:-1]])
    return figure, [
        _panel(each, name, rows) for each, (name, rows) in zip(axes, groups, strict=True)
    ]


def curves(
    table: pd.DataFrame, keys: Sequence[str], above: float
) -> tuple[Figure, list[tuple[Axes, pd.DataFrame]]]:
    """Return an empty figure with a panel for each combination of ``keys``, and its rows.

    All panels share both axes, which are left to the caller. ``above``: inches for the legend.
    """
    groups = list(table.groupby([*keys], sort=True))
    figure = Figure(figsize=(WIDTH, CURVES * len(groups) + above), layout="constrained")
    axes = figure.subplots(len(groups), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for panel, (key, _) in zip(axes, groups, strict=True):
        panel.set_title(" on ".join(map(str, key)), loc="left", fontweight="bold", y=TITLE_AT)
        panel.tick_params(labelbottom=True)
    return figure, [(panel, rows) for panel, (_, rows) in zip(axes, groups, strict=True)]


def bars(rows: pd.DataFrame, middle: str) -> tuple[np.ndarray, np.ndarray]:
    """Return how far below and above the column ``middle`` the bounds of each row lie.

    A bound that is unknown is drawn as no bar, not as one of unknown length.
    """
    at = rows[middle].to_numpy(dtype=np.float64)
    below = at - rows["low"].to_numpy(dtype=np.float64)
    return np.nan_to_num(below), np.nan_to_num(rows["high"].to_numpy(dtype=np.float64) - at)


def every_row(made: Sequence[Panel]) -> Iterator[tuple[Axes, float, Row]]:
    """Yield axes, height and row of each cell in all panels."""
    for panel in made:
        for y, row in panel.rows:
            yield panel.axes, y, row


def point(
    axes: Axes, y: float, interval: tuple[float, float, float], colour: str, marker: str
) -> None:
    """Draw an estimate with its bounds; hollow and bare where it has none."""
    middle, low, high = interval
    known = bool(np.isfinite(low) and np.isfinite(high))
    axes.errorbar(
        middle,
        y,
        xerr=[[middle - low], [high - middle]] if known else None,
        marker=marker,
        markersize=6,
        color=colour,
        markerfacecolor=colour if known else style.PAPER,
        capsize=3,
        zorder=3,
    )


def legend(figure: Figure, panels: Iterable[Axes]) -> None:
    """Say once above all panels what is called the same in each of them."""
    named = [zip(*axes.get_legend_handles_labels(), strict=True) for axes in panels]
    found = {label: handle for pairs in named for handle, label in pairs}
    figure.legend(
        list(found.values()), list(found), loc="outside upper left", ncols=3, frameon=False
    )


def label_axes(made: Sequence[Panel]) -> None:
    """Label every panel's axis: matplotlib labels the last one only, and a tall page needs all."""
    for panel in made:
        panel.axes.tick_params(labelbottom=True)


def _without_labels(axes: Iterable[Axis]) -> None:
    """Give labels that are never set a fixed place: to find one takes a fifth of all drawing."""
    for axis in axes:
        axis.set_label_coords(0.5, 0.5)


def _panel(axes: Axes, name: str, rows: Sequence[Row]) -> Panel:
    y, ticks, labels, heads = 0.0, [], [], []
    placed, target = [], None
    for row in rows:
        if row["target"] != target:
            target = row["target"]
            heads.append(len(ticks))
            ticks.append(y)
            labels.append(f"{target}")
            y += 1
        placed.append((y, row))
        ticks.append(y)
        labels.append(f"{formatting.model(row)} x{row['workers']}")
        y += 1
    axes.set_yticks(ticks, labels)
    for index in heads:
        axes.get_yticklabels()[index].set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(y - 0.4, -0.6)
    axes.set_title(name, loc="left", fontweight="bold", y=TITLE_AT)
    return Panel(axes, placed)
