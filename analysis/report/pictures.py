"""The pictures of a report: every figure for which there is something to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis import figures, style

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the report, drawn, with the words that go with it."""

    slug: str  # of what it shows: all machines, one of them, or one experiment on it
    name: str
    title: str
    caption: str
    svg: str
    png: bytes


def of_all(made: Tables) -> list[Picture]:
    """Return the pictures of the latest sessions of all machines together."""
    return _drawn("machines", figures.of_scope(figures.ALL), _newest(made))


def of_machine(machine: str, made: Tables) -> list[Picture]:
    """Return the pictures of all latest sessions of one machine together."""
    newest = {name: table[table["machine"] == machine] for name, table in _newest(made).items()}
    return _drawn(machine, figures.of_scope(figures.MACHINE), newest)


def of_session(slug: str, here: Tables) -> list[Picture]:
    """Return the pictures of one session; ``here`` are its rows of every table."""
    return _drawn(slug, figures.of_scope(figures.SESSION), here)


def _newest(made: Tables) -> Tables:
    return {
        name: table[table["latest"].astype("bool")]
        for name, table in made.items()
        if "latest" in table
    }


def _drawn(slug: str, names: Sequence[str], here: Tables) -> list[Picture]:
    found = []
    for name in names:
        figure = figures.figure(name)
        table = here[figure.INPUT]
        if figure.has_data(table):
            drawn = figure.draw(table)
            texts = (figure.TITLE, figure.CAPTION)
            found.append(Picture(slug, name, *texts, style.svg(drawn), style.png(drawn)))
    return found
