"""All speed-ups of a machine at a glance: a square per workload and variant."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis import sheet, style, words
from analysis.columns import records
from analysis.figures import MACHINE
from analysis.labels import BARE, OPEN, claimed, label, plain

INPUT = "speedups"  # the table this figure is drawn from
SCOPE = MACHINE
TITLE = "All speed-ups at a glance"
CAPTION = (
    "Each square is the speed-up of a workload (column) in one way of running it (row) against "
    "the sequential run on the same interpreter. Green is faster, purple slower, white the same; "
    "the colour is logarithmic and full at 4x and at 1/4. Grey squares are undecided or not to be "
    "judged: too few blocks, a busy machine, or an interval that reaches 1. Empty: not measured."
)
FULL = 2.0  # the colour is full at 2 to the power of it
GREY = "#c9ced4"
DARK, LIGHT = "#000000", "#ffffff"  # on a square, whose colour is the same in the dark mode
CELL, LEFT = 0.42, 3.0  # inches


def has_data(table: pd.DataFrame) -> bool:
    """Return whether at least two speed-ups can be held against one another."""
    return len(_squares(table)) > 1


def draw(table: pd.DataFrame) -> Figure:
    """Draw one square per workload and variant. Pure; nothing is computed here."""
    with style.house():
        squares = _squares(table)
        workloads = sorted({key[0] for key in squares})
        variants = sorted({key[1:] for key in squares})
        targets = sorted({variant[0] for variant in variants})
        places = _places(variants)
        width = max(sheet.WIDTH, LEFT + CELL * len(workloads))
        height = sheet.ROW * (len(variants) + len(targets)) + 1.7
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        for key, row in squares.items():
            _square(axes, workloads.index(key[0]), places[key[1:]], row)
        _ticks(axes, workloads, places)
        return figure


Key = tuple[str, str, str, int]
Variant = tuple[str, str, int]


def _squares(table: pd.DataFrame) -> dict[Key, Mapping[str, Any]]:
    """Return the row of each square; of several experiments that have it, that of more blocks."""
    found: dict[Key, Mapping[str, Any]] = {}
    for row in map(plain, records(table)):
        if row["model"] == "sequential" or not claimed(row)[0] > 0:
            continue
        key = (row["workload"], row["target"], words.model(row), int(row["workers"]))
        if key not in found or _rank(row) > _rank(found[key]):
            found[key] = row
    return found


def _rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["n_clean"], row["session"], row["experiment"])


def _places(variants: Sequence[Variant]) -> dict[Variant, float]:
    """Return the height of each variant; a target leaves a line for its heading."""
    places: dict[Variant, float] = {}
    y, target = -1.0, None
    for variant in variants:
        y += 2 if variant[0] != target else 1
        target = variant[0]
        places[variant] = y
    return places


def _square(axes: Axes, x: int, y: float, row: Mapping[str, Any]) -> None:
    value = claimed(row)[0]
    colour: Any = GREY
    if label(row) not in (OPEN, BARE):
        colour = colormaps["PRGn"](Normalize(-FULL, FULL, clip=True)(np.log2(value)))
    axes.add_patch(
        Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor=style.PAPER, linewidth=1)
    )
    strong = colour != GREY and abs(np.log2(value)) > 0.65 * FULL
    ink = LIGHT if strong else DARK
    axes.text(x, y, words.number(value), ha="center", va="center", color=ink, fontsize=8)


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
