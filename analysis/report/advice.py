"""The answer before everything else: which model to use, for what, on which interpreter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.dataset.frames import records
from analysis.inference.labels import BARE
from analysis.stats import EQUIVALENT, SLOWER
from analysis.tables import advice

Row = Mapping[str, Any]
NO_ANSWER = "no answer yet"
NAMED = 4  # workloads that are named one by one

TITLES = {
    advice.HOLDS: "CPU-bound pure Python, and other CPU-bound work that holds the GIL",
    advice.RELEASES: "CPU-bound work in C code that releases the GIL",
    advice.COMPUTES: "CPU-bound work; these results do not show whether it holds the GIL",
    advice.WAITS: "Work that mostly waits, for instance for a network",
    advice.MIXED: "Work that computes and waits",
    advice.UNKNOWN: "Work for which these results do not show whether it computes or waits",
}
_RANK = (advice.UNSURE, advice.LIKELY, advice.SURE)


@dataclass(frozen=True, slots=True)
class Pick:
    """What to use on one interpreter for one kind of work, and how sure that is."""

    target: str
    gil: str
    use: str
    numbers: str
    user: str  # the same over the build with the GIL, where that is another one
    others: str  # what does not fit in the main answer
    threads: str  # what threads gain where they are not the answer
    sure: str
    rests_on: str
    workloads: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """The picks of one kind of work on one machine."""

    machine: str
    title: str
    picks: Sequence[Pick]


@dataclass(frozen=True, slots=True)
class Line:
    """The answer for one workload on one machine, in one sentence."""

    machine: str
    workload: str
    text: str
    sure: str
    targets: Sequence[str]
    models: Sequence[str]


def groups(table: pd.DataFrame) -> list[Group]:
    """Return the picks by machine and kind of work; what the GIL matters most for comes first."""
    found = []
    for machine in sorted(set(table["machine"])):
        here = table[table["machine"] == machine]
        for kind in advice.KINDS:
            rows = records(here[here["kind"] == kind])
            picks = [_pick(target, _of(rows, target)) for target in _targets(rows)]
            if picks:
                found.append(Group(str(machine), TITLES[kind], picks))
    return found


def lines(table: pd.DataFrame) -> list[Line]:
    """Return a sentence per machine and workload."""
    keys = sorted(set(zip(table["machine"], table["workload"], strict=True)))
    return [
        _line(machine, workload, records(table[_is(table, machine, workload)]))
        for machine, workload in keys
    ]


def _is(table: pd.DataFrame, machine: str, workload: str) -> pd.Series:
    return (table["machine"] == machine) & (table["workload"] == workload)


def _of(rows: Sequence[Row], target: str) -> list[Row]:
    return [row for row in rows if row["target"] == target]


def _targets(rows: Sequence[Row]) -> list[str]:
    """Return the targets; one with switches only where the same without them is missing."""
    names = sorted({str(row["target"]) for row in rows})
    return [name for name in names if "," not in name or name.partition(",")[0] not in names]


def _pick(target: str, rows: Sequence[Row]) -> Pick:
    """Return one answer for several workloads: what is advised for most of them."""
    known = [row for row in rows if row["sure"] != advice.UNSURE]
    # Where nothing but threads of one GIL was tried, that they gain nothing is no advice.
    judged = [row for row in known if row["use"] != advice.PLAIN_LOOP] or known or list(rows)
    uses: dict[str, list[Row]] = {}
    for row in judged:
        uses.setdefault(str(row["use"]), []).append(row)
    ranked = sorted(uses, key=lambda use: (-len(uses[use]), -min(_points(uses[use]))))
    main = uses[ranked[0]]
    sure = min((str(row["sure"]) for row in main), key=_RANK.index)
    worst = [row for row in main if row["sure"] == sure]
    return Pick(
        target=target,
        gil=_gil(rows),
        use=_use(main, sure),
        numbers=_numbers(main, sure),
        user=_user(main) if sure != advice.UNSURE else "",
        others="; ".join(f"{use} for {_names(uses[use])}" for use in ranked[1:]),
        threads=_threads(rows) if main[0]["model"] not in advice.THREADS else "",
        sure=sure,
        rests_on=str(min(worst, key=lambda row: row["n"])["rests_on"]),
        workloads=sorted({str(row["workload"]) for row in rows}),
    )


def _gil(rows: Sequence[Row]) -> str:
    return " and ".join(sorted({formatting.gil(row["gil"]) for row in rows}))


def _use(rows: Sequence[Row], sure: str) -> str:
    if sure == advice.UNSURE:
        return NO_ANSWER
    if rows[0]["use"] == advice.PLAIN_LOOP:
        return f"use {advice.PLAIN_LOOP}"
    workers = sorted({int(row["workers"]) for row in rows})
    count = formatting.plural(workers[0], "worker") if len(workers) == 1 else "several workers"
    return f"use {rows[0]['use']}, {count}"


def _numbers(rows: Sequence[Row], sure: str) -> str:
    """Return the speed-ups of some rows: their range, and the outermost ends of the intervals."""
    points = _points(rows)
    spread = formatting.times(min(points))
    if formatting.times(max(points)) != spread:
        spread += f" to {formatting.times(max(points))}"
    interval = formatting.bounds(min(row["low"] for row in rows), max(row["high"] for row in rows))
    best = spread
    if rows[0]["use"] == advice.PLAIN_LOOP or sure == advice.UNSURE:
        best = f"{rows[0]['model']} gave {spread}"
    return f"{best} {interval}".rstrip() + f" in {_names(rows)}"


def _user(rows: Sequence[Row]) -> str:
    """Return what is left of the gain over a plain loop on the build with the GIL."""
    known = [float(row["user"]) for row in rows if row["user"] > 0]
    if len(known) < len(rows) or rows[0]["use"] == advice.PLAIN_LOOP:
        return ""
    low, high = formatting.times(min(known)), formatting.times(max(known))
    return f"{low if low == high else f'{low} to {high}'} over a plain loop with the GIL"


def _names(rows: Sequence[Row]) -> str:
    names = sorted({str(row["workload"]) for row in rows})
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _points(rows: Sequence[Row]) -> list[float]:
    return [float(row["speedup"]) for row in rows]


def _threads(rows: Sequence[Row]) -> str:
    """Return what threads gained where they share a GIL; empty where it is not known."""
    known = [row for row in rows if row["threads_gain"] > 0]
    # A pass that is too short, say, tells what a pool costs and nothing of threads.
    known = [row for row in known if row["threads_label"] != BARE]
    gains = [float(row["threads_gain"]) for row in known]
    if not gains:
        return ""
    low, high = formatting.times(min(gains)), formatting.times(max(gains))
    spread = low if low == high else f"{low} to {high}"
    labels = {row["threads_label"] for row in known}
    if labels <= {EQUIVALENT, SLOWER}:
        return f"threads gain nothing: {spread}"
    return f"threads show no gain: {spread}" if max(gains) <= advice.HELD else f"threads: {spread}"


def _line(machine: str, workload: str, rows: Sequence[Row]) -> Line:
    parts = [_part(row) for row in rows]
    threads = _threads(
        [row for row in rows if row["gil"] is True and row["model"] not in advice.THREADS]
    )
    if threads:
        parts.append(threads.replace("threads", "threads with the GIL", 1))
    return Line(
        machine,
        workload,
        "; ".join(parts),
        min((str(row["sure"]) for row in rows), key=_RANK.index),
        [str(row["target"]) for row in rows],
        sorted({str(row["model"]) for row in rows}),
    )


def _part(row: Row) -> str:
    found = (
        f"{formatting.times(row['speedup'])} {formatting.bounds(row['low'], row['high'])}".rstrip()
    )
    if row["sure"] == advice.UNSURE:
        return f"no answer on {row['target']} ({row['model']} {found}: {row['rests_on']})"
    what = f"use {row['use']} on {row['target']}"
    if row["use"] == advice.PLAIN_LOOP:
        what += f", the best alternative ({row['model']}) gave"
    if user := _user([row]):
        found += f", {user}"
    doubt = "" if row["sure"] == advice.SURE else f" ({row['sure']}: {row['rests_on']})"
    beside = "".join(f" ({each})" for each in (row["beside"], row["origin"]) if each)
    return f"{what}: {found}{doubt}{beside}"
