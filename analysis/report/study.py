"""The warm-up study as text for a terminal and as one JSON document."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from analysis import formatting
from analysis.dataset import tidy
from analysis.inference.studies import COLUMNS, Scatter, Study, studies

WIDTH = 100
HEAD = ("cell", "passes", "steady", "warm-ups", "shape", "value", "process", "block", "values")
MEANING = (
    "passes: warm-ups + timed values x processes. steady: are the timed values within 3 % of the "
    "last? warm-ups: how many it took; >= where a later pass is undecided. value, process, block: "
    "scatter that each level adds (+ where processes and blocks cannot be told apart). values: "
    "timed values per process that buy most, at least, the start of a process not counted. blocks: "
    "for a ratio"
)
SESSION = ("experiment", "machine", "session")


def of_sessions(
    results: Path, sessions: Sequence[tuple[str, str, str]], precision: float
) -> list[Study]:
    """Return the study of every cell of these sessions: (machine, session, experiment)."""
    frame = tidy.load(results, columns=list(COLUMNS))
    where = frame.set_index(["machine", "session", "experiment"]).index
    return studies(frame[where.isin(list(sessions))], precision)


def document(found: Sequence[Study], precision: float) -> dict[str, Any]:
    """Return the study as plain data."""
    cells = [{**each.levels, **_data(each)} for each in found]
    return {"version": 1, "precision": precision, "cells": cells}


def _data(study: Study) -> dict[str, Any]:
    data = asdict(study)
    del data["levels"]
    return data


def lines(found: Sequence[Study], precision: float) -> Iterator[str]:
    """Yield a table per session, the reasons below it, and in the end what the columns mean."""
    for (experiment, machine, session), group in groupby(
        found, key=lambda each: tuple(str(each.levels[name]) for name in SESSION)
    ):
        cells = list(group)
        yield f"{experiment} on {machine}, {formatting.moment(session)} ({session})"
        yield from _table([(*HEAD, "blocks"), *(_row(each) for each in cells)])
        yield from _reasons(cells)
        yield ""
    yield from textwrap.wrap(f"{MEANING} of two such cells to +-{precision:.3g}.", WIDTH)


def _row(study: Study) -> tuple[str, ...]:
    pace, scatter = study.pace, study.scatter
    nothing = pace.needed is None or (pace.least and not pace.needed)
    needed = "?" if nothing else f"{'>= ' if pace.least else ''}{pace.needed}"
    gil = f"gil {formatting.gil(study.levels['gil'])}"
    levels = study.levels
    cell = f"{levels['workload']}, {formatting.model(levels)} x{levels['workers']}, "
    return (
        f"{cell}{levels['target']}, {gil}",
        f"{study.warmups}+{study.values} x{study.processes}",
        pace.steady,
        needed,
        pace.shape or "undecided",
        *(_scatter(scatter) if scatter else ("",) * 5),
    )


def _scatter(scatter: Scatter) -> tuple[str, ...]:
    together = scatter.block is None
    return (
        formatting.percent(scatter.value),
        formatting.percent(scatter.process) + ("+" if together else ""),
        "" if scatter.block is None else formatting.percent(scatter.block),
        "any" if scatter.values is None else str(scatter.values),
        "> 1e6" if scatter.blocks is None else str(scatter.blocks),
    )


def _reasons(cells: Sequence[Study]) -> Iterator[str]:
    """Yield each reason once, with the number of cells it holds for."""
    whys = [each.pace.why for each in cells if each.pace.why]
    for why in dict.fromkeys(whys):
        yield f"  {formatting.plural(whys.count(why), 'cell')}: {why}"
    if left := sum(each.left_out for each in cells):
        yield f"  left out, with other passes than the rest of their cell: {left} of the processes"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{text:<{width}}" for text, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(cells)}".rstrip()
