"""Results to one tidy table: the only module here that knows the stored format."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import builds, observations, pilot, thresholds
from analysis.columns import DONE, FACTORS, OBSERVED, ORDER, SESSION, misfit, typed
from harness import store
from harness.errors import GilscopeError

Row = dict[str, Any]
CANARY = "canary"
AA = "a/a"
DIAGNOSTIC = "diagnostic"
# A digest proves that a file is what its writer wrote, not that the writer kept to the format:
# results may come from anywhere, and one bad file may cost one trial but never the report.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of one session besides its values."""

    machine: str
    experiment: str
    session: str
    data: Mapping[str, Any]
    facts: Mapping[str, Any]

    @property
    def id(self) -> tuple[str, str, str]:
        """Return the session's place in the columns ``machine, session, experiment``."""
        return (self.machine, self.session, self.experiment)


@dataclass(frozen=True, slots=True)
class Damage:
    """A stored file that was left out, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All that some results folders say.

    What the diagnostic pass found is apart from everything that was timed: `tidy.split` is the
    only door, so that no table can mix them.
    """

    frame: pd.DataFrame
    sessions: tuple[Session, ...]
    damaged: tuple[Damage, ...]
    diagnostics: pd.DataFrame = field(default_factory=lambda: typed([]))


def load(results: Path | str | Sequence[Path | str], *, diagnostic: bool = False) -> pd.DataFrame:
    """Return one row per value, and one (seconds NaN, with ``reason``) per trial without any.

    Parameters
    ----------
    results : path or sequence of paths
        Folders as `gilscope run --results` writes them.
    diagnostic : bool
        Return the diagnostic pass instead, one row per trial and never with seconds: whatever
        looks into a process while it works slows it down.

    Returns
    -------
    DataFrame
        Columns and types as in ``analysis.columns``; an observation NAME of a workload is the
        column ``observed.NAME``. No row is left out but those of damaged files, which a warning
        names.

    Raises
    ------
    GilscopeError
        A folder does not exist.
    """
    reading = read(results)
    for damage in reading.damaged:
        warnings.warn(f"left out: {damage.path}: {damage.why}", UserWarning, stacklevel=2)
    return reading.diagnostics if diagnostic else reading.frame


def read(results: Path | str | Sequence[Path | str]) -> Reading:
    """Return everything stored in ``results``; damaged files are listed and left out."""
    folders = [results] if isinstance(results, Path | str) else list(results)
    found: list[Row] = []
    diagnosed: list[Row] = []
    sessions: list[Session] = []
    damaged: list[Damage] = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise GilscopeError(
                "there is no such folder of results",
                where=str(folder),
                hint="Name the folder that `gilscope run --results DIR` wrote; the default is "
                "results.",
            )
        damaged += [_damage(folder, each) for each in store.damaged_sessions(folder)]
        for stored in store.sessions(folder):
            session = _session(stored, folder, damaged)
            records = list(_records(stored, session, folder, damaged))
            try:
                timed = table(session.data, records, session.facts)
                diagnosed += diagnosis(session.data, records)
            except MALFORMED as problem:
                damaged.append(Damage(_inside(folder, stored.path), _why(problem)))
            else:
                found += timed
                if session.data.get("pass") != DIAGNOSTIC:
                    sessions.append(session)
    sessions.sort(key=lambda each: each.id)
    damaged.sort(key=lambda each: (each.path, each.why))
    return Reading(_ordered(found), tuple(sessions), tuple(damaged), _ordered(diagnosed))


def split(
    session: Mapping[str, Any], records: Iterable[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the records that were timed, and those of the diagnostic pass."""
    timed: list[Mapping[str, Any]] = []
    diagnosed: list[Mapping[str, Any]] = []
    for record in records:
        (diagnosed if is_diagnostic(session, record) else timed).append(record)
    return timed, diagnosed


def is_diagnostic(session: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Return whether a trial was looked into while it worked; its times then mean nothing."""
    return session.get("pass") == DIAGNOSTIC or record["control"] == DIAGNOSTIC


def table(
    session: Mapping[str, Any],
    records: Iterable[Mapping[str, Any]],
    facts: Mapping[str, Any] | None = None,
) -> list[Row]:
    """Return the timed rows of one session, each with whether its block is void.

    ``facts`` are those of its machine: they know from when on the canary calls a block busy.
    """
    known, _ = split(session, records)
    whole = complete_blocks(session, known)
    threshold, source = thresholds.canary(facts or {})
    canary = {"canary_threshold": threshold, "canary_source": source}
    return [
        {**row, **canary, "void": row["status"] != "skipped" and row["block"] not in whole}
        for record in known
        for row in rows(session, record)
    ]


def diagnosis(session: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows of one session's diagnostic trials. They form no blocks: none is void."""
    _, found = split(session, records)
    return [{**row, "void": False} for record in found for row in rows(session, record)]


def rows(session: Mapping[str, Any], record: Mapping[str, Any]) -> list[Row]:
    """Return one row per value of ``record``, or a single one without seconds.

    In life cycle "cold" the first value is the result: the pool's creation is part of it. Later
    values found the code warm and are marked ``again``. A diagnostic trial has one row whatever
    it did.
    """
    cell, response = record["cell"], record["response"] or {}
    common = {name: cell[name] for name in FACTORS}
    common |= {name: record[name] for name in ("block", "position", "attempt", "trial", "control")}
    common |= {name: session[name] for name in SESSION}
    common |= {name: response.get(name) for name in ("units", "baseline_seconds", "engine")}
    common |= {name: response.get(name) for name in ("start_method", "pool_engine")}
    common["gil"] = _state(response).get("gil")
    cpus = _state(response).get("cpus")
    common["cores"] = len(cpus) if cpus else None
    common |= {"key": cell["key"], "status": record["status"], "reason": record["reason"]}
    targets = session.get("targets") or {}
    common["build"] = builds.describe(targets.get(cell["target"]))
    common["twin"] = builds.twin(targets, cell["target"])
    common["pilot"] = pilot.blocks(session)
    common |= observations.of_trial(response)
    common["diagnostic"] = is_diagnostic(session, record)
    if common["diagnostic"]:
        return [common | observations.of_diagnosis(response)]
    if record["control"] == CANARY:
        common |= _canary(response)
    values = response.get("values") or []
    if not values:
        return [common]
    return [
        {**common, **_value(value, record), **observations.of_value(value, response, common)}
        for value in values
    ]


def complete_blocks(
    session: Mapping[str, Any], records: Iterable[Mapping[str, Any]]
) -> frozenset[int]:
    """Return the blocks in which every runnable cell was tried to some end.

    A cell that turned out to be unable to run is no part of any block. A missing control does
    not void a block: it is shown beside the numbers instead.
    """
    tried: dict[int, set[str]] = {}
    refused: set[str] = set()
    for record in records:
        if record["control"] is not None:
            continue
        if record["status"] in DONE:
            tried.setdefault(record["block"], set()).add(record["cell"]["key"])
        else:
            refused.add(record["cell"]["key"])
    planned = {cell["key"] for cell in session["cells"] if not cell.get("skipped")}
    ran = set[str]().union(*tried.values())
    needed = planned - (refused - ran)
    return frozenset(block for block, keys in tried.items() if needed <= keys)


def _value(value: Mapping[str, Any], record: Mapping[str, Any]) -> Row:
    cold = record["cell"]["lifecycle"] == "cold"
    observed = value.get("observed") or {}
    return {
        "value_index": value["index"],
        "warmup": value["warmup"],
        "again": cold and not value["warmup"] and value["index"] > 0,
        "seconds": value["seconds"],
        "value_status": value["status"],
        "reason": value.get("reason") or record["reason"],
        "cpu_seconds": value.get("cpu_seconds"),
        **{OBSERVED + name: number for name, number in observed.items()},
    }


def _ordered(found: list[Row]) -> pd.DataFrame:
    return typed(found).sort_values(ORDER, kind="stable", ignore_index=True)


def _canary(response: Mapping[str, Any]) -> Row:
    if "together" not in response:
        return {}
    return {
        "capacity": response.get("capacity"),
        "canary_together": sum(response["together"]),
        "canary_single": response["single"],
    }


def _state(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the interpreter's state at the end of the trial: what it really ran under."""
    return (response.get("state") or {}).get("end") or {}


def _session(stored: store.StoredSession, folder: Path, damaged: list[Damage]) -> Session:
    try:
        facts = store.machine_facts(stored)
    except store.Damaged as problem:
        damaged.append(_damage(folder, problem))
        facts = {}
    return Session(stored.machine, stored.experiment, stored.session, stored.data, facts)


def _records(
    stored: store.StoredSession, session: Session, folder: Path, damaged: list[Damage]
) -> Iterator[Mapping[str, Any]]:
    """Yield the records that can be read and name the others."""
    for path in store.record_files(stored):
        try:
            record = store.read_record(path)
            wrong = next(filter(None, map(misfit, rows(session.data, record))), None)
        except store.Damaged as problem:
            damaged.append(_damage(folder, problem))
        except MALFORMED as problem:
            damaged.append(Damage(_inside(folder, path), _why(problem)))
        else:
            if wrong is None:
                yield record
            else:
                damaged.append(Damage(_inside(folder, path), f"not of this format: {wrong}"))


def _why(problem: Exception) -> str:
    return f"not of this format: {type(problem).__name__} {problem}"


def _damage(folder: Path, problem: store.Damaged) -> Damage:
    return Damage(_inside(folder, problem.path), problem.why)


def _inside(folder: Path, path: Path) -> str:
    """Return ``path`` without what lies above the results: a report names no one's folders."""
    return path.relative_to(folder).as_posix()
