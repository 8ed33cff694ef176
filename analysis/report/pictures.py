"""The pictures of a report: every figure for which there is something to draw."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import pandas as pd

from analysis import figures, parallel
from analysis.comparison import newest
from analysis.dataset.frames import of_session
from analysis.dataset.tidy import Session
from analysis.plotting import style

Tables = Mapping[str, pd.DataFrame]

# For fewer figures a process more is not worth its start, in which it imports what it needs.
WORTH = 8
TOGETHER = "machines"  # what all machines are called


@dataclass(frozen=True, slots=True)
class Sketch:
    """A figure that has something to show, not drawn yet."""

    scope: str  # what it shows: all machines, one of them, or one session
    slug: str  # which one
    name: str
    table: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the report, drawn, with the words that go with it."""

    slug: str
    name: str
    title: str
    caption: str
    svg: str
    png: bytes


def sketches(made: Tables, shown: Sequence[Session]) -> list[Sketch]:
    """Return what is to be drawn: of all machines, of each, and of each session that is shown."""
    latest = {
        name: table[table["latest"].astype("bool")]
        for name, table in made.items()
        if "latest" in table
    }
    found = _sketches(figures.ALL, TOGETHER, latest)
    for machine in sorted({each.machine for each in shown}):
        here = {name: table[table["machine"] == machine] for name, table in latest.items()}
        found += _sketches(figures.MACHINE, machine, here)
    for each in shown:
        found += _sketches(figures.SESSION, slug(each), rows_of(each, made))
    return found


def rows_of(session: Session, made: Tables) -> dict[str, pd.DataFrame]:
    """Return the rows that are shown of a session's experiment, of every table that has such.

    What no cell is a row of is that of the session itself.
    """
    return {
        name: newest.rows_of(each, session.machine, session.experiment)
        if "latest" in each
        else of_session(each, session.id)
        for name, each in made.items()
        if name != "advice"
    }


def slug(session: Session) -> str:
    """Return what a session is called where only the newest of its experiment is shown."""
    return f"{session.machine}-{session.experiment}"


def drawn(sketches: Sequence[Sketch], processes: int) -> dict[tuple[str, str], list[Picture]]:
    """Return the pictures by scope and slug, drawn in up to so many processes."""
    found: dict[tuple[str, str], list[Picture]] = {}
    most = min(processes, len(sketches) // WORTH)
    with closing(parallel.mapped(draw, sketches, most)) as made:
        for sketch, picture in zip(sketches, made, strict=True):
            found.setdefault((sketch.scope, sketch.slug), []).append(picture)
    return found


def draw(sketch: Sketch) -> Picture:
    """Return the picture; the same bytes, whichever process draws it."""
    figure = figures.figure(sketch.name)
    made = figure.draw(sketch.table)
    texts = (figure.TITLE, figure.CAPTION)
    return Picture(sketch.slug, sketch.name, *texts, style.svg(made), style.png(made))


def _sketches(scope: str, slug: str, here: Tables) -> list[Sketch]:
    every = [(name, here[figures.figure(name).INPUT]) for name in figures.of_scope(scope)]
    return [
        Sketch(scope, slug, name, table)
        for name, table in every
        if figures.figure(name).has_data(table)
    ]
