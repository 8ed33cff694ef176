"""A square per workload and way of running it: the shape of the figures that show all at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis import formatting
from analysis.plotting import panels, style

FULL = 2.0  # the colour is full at 2 to the power of it
GREY = "#c9ced4"
DARK, LIGHT = "#000000", "#ffffff"  # on a square, whose colour is the same in the dark mode
CELL, LEFT = 0.42, 3.0  # inches

Row = Mapping[str, Any]
Key = tuple[str, str, str, int]  # workload, target, model, workers
Variant = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Square:
    """A ratio, and whether it may be called one."""

    value: float
    judged: bool


def squares(rows: Iterable[tuple[Row, Square]]) -> dict[Key, Square]:
    """Return the square of each key; of several experiments that have it, that of more blocks."""
    found: dict[Key, tuple[tuple[Any, ...], Square]] = {}
    for row, square in rows:
        rank = (row["n"], row["session"], row["experiment"])
        key = (row["workload"], row["target"], formatting.model(row), int(row["workers"]))
        if key not in found or rank > found[key][0]:
            found[key] = (rank, square)
    return {key: square for key, (_, square) in found.items()}


def draw(found: Mapping[Key, Square], colours: str) -> Figure:
    """Draw a column per workload and a row per variant, a heading per target."""
    with style.house():
        workloads = sorted({key[0] for key in found})
        variants = sorted({key[1:] for key in found})
        targets = sorted({variant[0] for variant in variants})
        places = _places(variants)
        width = max(panels.WIDTH, LEFT + CELL * len(workloads))
        height = panels.ROW * (len(variants) + len(targets)) + 1.7
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        for key, square in found.items():
            _square(axes, (workloads.index(key[0]), places[key[1:]]), square, colours)
        _ticks(axes, workloads, places)
        return figure


def _places(variants: Sequence[Variant]) -> dict[Variant, float]:
    """Return the height of each variant; a target leaves a line for its heading."""
    places: dict[Variant, float] = {}
    y, target = -1.0, None
    for variant in variants:
        y += 2 if variant[0] != target else 1
        target = variant[0]
        places[variant] = y
    return places


def _square(axes: Axes, at: tuple[float, float], square: Square, colours: str) -> None:
    (x, y), colour = at, GREY
    size = float(np.log2(square.value))
    if square.judged:
        colour = colormaps[colours](Normalize(-FULL, FULL, clip=True)(size))
    axes.add_patch(
        Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor=style.PAPER, linewidth=1)
    )
    ink = LIGHT if square.judged and abs(size) > 0.65 * FULL else DARK
    axes.text(
        x, y, formatting.number(square.value), ha="center", va="center", color=ink, fontsize=8
    )


def _ticks(axes: Axes, workloads: Sequence[str], places: Mapping[Variant, float]) -> None:
    heads = {variant[0]: y - 1 for variant, y in reversed(list(places.items()))}
    rows = [(y, f"{model} x{workers}") for (_, model, workers), y in places.items()]
    marks = sorted([*rows, *((y, target) for target, y in heads.items())])
    axes.set_yticks([y for y, _ in marks], [text for _, text in marks])
    for index, (y, _) in enumerate(marks):
        if y in heads.values():
            axes.get_yticklabels()[index].set_fontweight("bold")
    axes.set_xticks(range(len(workloads)), workloads, rotation=40, ha="left")
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.set_xlim(-0.5, len(workloads) - 0.5)
    axes.set_ylim(max(places.values()) + 0.6, -0.6)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
