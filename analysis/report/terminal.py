"""Plain text for a terminal of 100 columns: the end of a run, and the verdicts of `verify`."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.comparison import newest
from analysis.dataset import tidy
from analysis.dataset.frames import of_session, records
from analysis.inference import verdicts
from analysis.report.content import notes
from analysis.tables import speedups
from harness.errors import GilscopeError

WIDTH = 100
_SHAPE = "  {:<30} {:>7}  {:<22} {:>8}"
_NOTE = 6  # columns a note is indented by


LINES = 25  # of the table of one experiment; a terminal has few more


def summaries(
    results: Path, sessions: Sequence[tuple[str, str, str]], *, whole: bool = False
) -> list[list[str]]:
    """Return the speed-ups of each session (machine, experiment, name), as lines.

    Of one session all models of each workload and target; of several, or where that is too long
    and not asked for as a ``whole``, only the fastest of each that is no baseline.
    """
    reading = tidy.read(results)
    found = []
    for machine, experiment, session in sessions:
        here = (machine, session, experiment)
        made = speedups.table(of_session(reading.frame, here))
        if not len(made):
            found.append([f"{experiment}: nothing was measured"])
            continue
        lines = table_lines(made)
        if not whole and (len(sessions) > 1 or len(lines) > LINES):
            most = LINES if len(sessions) == 1 else LINES // 3
            lines = _fastest_lines(experiment, made, most)
        found.append([*lines, *_elsewhere(reading, here)])
    return found


def _fastest_lines(experiment: str, table: pd.DataFrame, most: int) -> list[str]:
    """Return a line per workload and target: the fastest model there, as far as it is known."""
    lines = []
    for (workload, target), rows in table.groupby(["workload", "target"], sort=True):
        compared = [row for row in records(rows) if row["speedup"] > 0]
        if not compared:
            continue
        best = max(compared, key=lambda row: row["speedup"])
        workers = f"{best['workers']} workers"
        said = f"at best {formatting.model(best)}, {workers}: {formatting.reading(best)}"
        lines.append(f"  {workload} on {target}: {said}")
    head = f"{experiment}: the fastest of each, by speed-up over sequential on the same target"
    more = len(lines) - (most - 3)
    shown = [*lines[: most - 3], f"  and {more} more"] if more > 1 else lines
    return [each for line in [head, *shown] for each in _wrapped(line, 4)]


def _elsewhere(reading: tidy.Reading, here: tuple[str, str, str]) -> list[str]:
    """Return that a report takes some of a session's cells from an older one, if it does."""
    every = speedups.table(reading.frame)
    own = newest.rows_of(every, here[0], here[2])
    older = own[own["session"] < here[1]]
    if not len(older):
        return []
    sessions = ", ".join(sorted({formatting.moment(each) for each in older["session"]}))
    text = (
        f"The report takes {formatting.plural(len(older), 'cell')} from the session of {sessions}"
    )
    return ["", *_wrapped(f"{text}, of which this one has less.", 0)]


def table_lines(table: pd.DataFrame) -> list[str]:
    """Return the lines of a table of speed-ups. Notes go below their row, so that none is cut.

    What several rows have to say stands once, below the table, by a number.
    """
    lines: list[str] = []
    every = records(table)
    said = _shared(every)
    numbers = _numbered(every, said)
    for _, rows in table.groupby(["workload", "target"], sort=True):
        found = records(rows)
        states = sorted({formatting.gil(row["gil"]) for row in found} - {"unknown"})
        gil = f" (GIL {' and '.join(states)})" if states else ""
        lines += ["", *_wrapped(f"{found[0]['workload']} on {found[0]['target']}{gil}", 0)]
        lines.append(_SHAPE.format("model", "workers", "speed-up", "seconds"))
        for row in found:
            lines += _row(row, said, numbers)
    lines += [""] if numbers else []
    for note, number in numbers.items():
        lines += _wrapped(f"[{number}] {note}", 4)
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
    here = reading.frame["control"][reading.frame["experiment"] == experiment]
    if not here.isna().any():
        what = "no finished trial" if len(here) else "no result"
        lost = [f"; {each.path} is left out: {each.why}" for each in reading.damaged[:1]]
        raise GilscopeError(
            f"there is {what} of experiment {experiment!r}{''.join(lost)}",
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


def _row(row: Mapping[str, Any], said: Sequence[str], numbers: Mapping[str, int]) -> list[str]:
    baseline = row["baseline"] == "itself" and row["n_ok"]
    speedup = "baseline" if baseline else formatting.reading(row)
    shown = _SHAPE.format(
        formatting.model(row), str(row["workers"]), speedup, formatting.seconds(row["seconds"])
    )
    own = [note for note in notes(row) if note not in said]
    marks = " ".join(f"[{numbers[note]}]" for note in own if note in numbers)
    below = [line for note in own if note not in numbers for line in _wrapped(note, _NOTE)]
    return [f"{shown}  {marks}".rstrip(), *(" " * _NOTE + line.lstrip() for line in below)]


def _numbered(rows: Sequence[Mapping[str, Any]], said: Sequence[str]) -> dict[str, int]:
    """Return a number for each note that several rows have, in the order of the rows."""
    every = [note for row in rows for note in notes(row) if note not in said]
    repeated = [note for note in dict.fromkeys(every) if every.count(note) > 1]
    return {note: number for number, note in enumerate(repeated, start=1)}


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
    "Speed-up: over sequential on the same target, above 1 is faster; in brackets its 95 % "
    "interval, this session only."
)
