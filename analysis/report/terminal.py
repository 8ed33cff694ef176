"""Plain text for a terminal of 100 columns: the end of a run, and the verdicts of `verify`."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import newest, tidy, verdicts, words
from analysis.columns import of_session, records
from analysis.report.content import notes
from analysis.tables import speedups
from harness.errors import GilscopeError

WIDTH = 100
_SHAPE = "  {:<30} {:>7}  {:<22} {:>8}"
_NOTE = 6  # columns a note is indented by


def summary(results: Path, machine: str, experiment: str, session: str) -> str:
    """Return the speed-ups of one session, a paragraph per workload and target."""
    reading = tidy.read(results)
    here = (machine, session, experiment)
    made = speedups.table(of_session(reading.frame, here))
    if not len(made):
        return "nothing was measured"
    return "\n".join([*table_lines(made), *_elsewhere(reading, here)])


def _elsewhere(reading: tidy.Reading, here: tuple[str, str, str]) -> list[str]:
    """Return that a report takes some of a session's cells from an older one, if it does."""
    every = speedups.table(reading.frame)
    own = newest.rows_of(every, here[0], here[2])
    older = own[own["session"] < here[1]]
    if not len(older):
        return []
    sessions = ", ".join(sorted({words.moment(each) for each in older["session"]}))
    text = f"The report takes {words.plural(len(older), 'cell')} from the session of {sessions}"
    return ["", *_wrapped(f"{text}, of which this one has less.", 0)]


def table_lines(table: pd.DataFrame) -> list[str]:
    """Return the lines of a table of speed-ups. Notes go below their row, so that none is cut."""
    lines: list[str] = []
    said = _shared(records(table))
    for _, rows in table.groupby(["workload", "target"], sort=True):
        found = records(rows)
        states = sorted({words.gil(row["gil"]) for row in found} - {"unknown"})
        gil = f" (GIL {' and '.join(states)})" if states else ""
        lines += ["", *_wrapped(f"{found[0]['workload']} on {found[0]['target']}{gil}", 0)]
        lines.append(_SHAPE.format("model", "workers", "speed-up", "seconds"))
        for row in found:
            lines += _row(row, said)
    for note in said:
        lines += ["", *_wrapped(f"All of them: {note}", 0)]
    return [*lines[1:], "", *_wrapped(_LEGEND, 0)]


def verdict_lines(results: Path, experiment: str) -> tuple[list[str], set[str]]:
    """Return what to print of an experiment's claims, and the verdicts that occur among them.

    Raises
    ------
    GilscopeError
        Nothing is stored of this experiment.
    """
    reading = tidy.read(results)
    if not (reading.frame["experiment"] == experiment).any():
        raise GilscopeError(
            f"there is no result of experiment {experiment!r}",
            where=str(results),
            hint="Measure it first with `gilscope run`, or name the folder with --results DIR.",
        )
    judged = verdicts.table(reading)
    judged = judged[judged["experiment"] == experiment]
    lines = [f"left out, damaged: {each.path}: {each.why}" for each in reading.damaged]
    if not len(judged):
        lines.append(f"{experiment} makes no claims")
    keys = ["machine", "session", "claim"]
    for key, rows in judged.groupby(keys, sort=True):
        lines += _claim(key if isinstance(key, tuple) else (key,), rows)
    return [line for each in lines for line in _wrapped(each, 4)], set(judged["verdict"])


def _claim(key: Sequence[Any], rows: pd.DataFrame) -> list[str]:
    machine, session, claim = key
    first = rows.iloc[0]
    head = f"{first['verdict']}: {claim} ({machine}, session {session}): {first['text']}"
    origin = [first["origin"]] if isinstance(first["origin"], str) else []
    return [head, *(f"    {text}" for text in [*verdicts.sentences(rows), *origin])]


def _row(row: Mapping[str, Any], said: Sequence[str]) -> list[str]:
    baseline = row["baseline"] == "itself" and row["n_ok"]
    speedup = "baseline" if baseline else words.reading(row)
    shown = _SHAPE.format(
        words.model(row), str(row["workers"]), speedup, words.seconds(row["seconds"])
    )
    own = [note for note in notes(row) if note not in said]
    below = [line for note in own for line in _wrapped(note, _NOTE)]
    return [shown.rstrip(), *(" " * _NOTE + line.lstrip() for line in below)]


def _shared(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the notes that qualify every speed-up there is: said once, below them all."""
    compared = [notes(row) for row in rows if row["speedup"] > 0]
    return [note for note in (compared[0] if compared else []) if all(note in n for n in compared)]


def _wrapped(text: str, indent: int) -> list[str]:
    """Return ``text`` in lines that fit; what follows the first is indented."""
    own = len(text) - len(text.lstrip())
    return textwrap.wrap(
        text, WIDTH - _NOTE, subsequent_indent=" " * max(own, indent), drop_whitespace=True
    )


_LEGEND = (
    "Speed-up: against sequential on the same target, above 1 is faster; in brackets its 95 % "
    "interval, this session only."
)
