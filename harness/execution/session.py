"""Which session a run belongs to: goes on with the open one, or begins another.

A session is one uninterrupted run of a plan, in turn with others. The same plan goes on where it
stopped if this machine has not paused for ten minutes since; anything else begins a session of
its own, with baselines of its own: nothing is ever compared with yesterday's.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.experiment import PILOT
from harness.planning.plan import Plan, Trial
from harness.storage import anonymise, store
from harness.storage.schema import RETRIED
from harness.storage.store import StoredSession

GAP = timedelta(minutes=10)
_NEVER = datetime.min.replace(tzinfo=UTC)

Slot = tuple[int, str, str | None]


@dataclass(slots=True)
class Progress:
    """What a session holds already."""

    stored: StoredSession | None
    attempts: dict[Slot, tuple[str, int]] = field(default_factory=dict)
    walls: dict[str, float] = field(default_factory=dict)
    reached: datetime = _NEVER  # when its last trial had ended
    resumed: bool = False
    blocks: int | None = None  # in all, of a session that chose its own number

    def add(self, record: Mapping[str, Any]) -> None:
        """Take note of one record."""
        slot = (record["block"], record["cell"]["key"], record["control"])
        if record["attempt"] >= self.attempts.get(slot, ("", 0))[1]:
            self.attempts[slot] = (record["status"], record["attempt"])
        self.walls[record["cell"]["key"]] = record["wall"]
        self.reached = max(self.reached, _span(record)[1])

    def attempt(self, trial: Trial, *, retry: bool) -> int | None:
        """Return the number of the attempt to make now; None if there is none to make."""
        status, number = self.attempts.get(trial.slot, ("", 0))
        if number == 0 or (retry and status in RETRIED):
            return number + 1
        return None

    def missing(self, trials: list[Trial], *, retry: bool) -> list[Trial]:
        """Return those of ``trials`` that are still to be measured."""
        return [trial for trial in trials if self.attempt(trial, retry=retry) is not None]


def find(  # noqa: PLR0913 - what is asked for, as keywords
    results: Path,
    machine: str,
    plan: Plan,
    *,
    retry: bool,
    now: datetime,
    size: Callable[[StoredSession], int] | None = None,
) -> Progress | None:
    """Return the session to go on with: a finished one, or the open one; None to begin anew.

    ``size`` tells how many blocks the stored pilot of a session with a precision asks for.
    """
    digest, design = plan.digest, plan.experiment.design
    for stored in _newest_first(results, machine, plan.experiment.name):
        if stored.data.get("plan") != digest or _precision(stored) != design.precision:
            continue
        progress = _progress(stored)
        left = _is_left(progress, plan, design.blocks, retry=retry)
        if not left and design.precision is not None and size is not None:
            progress.blocks = size(stored)
            left = _is_left(progress, plan, progress.blocks, retry=retry)
        if not left or is_unbroken(results, machine, progress.reached, now):
            return progress
    return None


def begin(
    results: Path, machine: str, plan: Plan, extra: Mapping[str, Any], now: datetime
) -> Progress:
    """Begin a session on disk and return its empty progress."""
    older = next(_newest_first(results, machine, plan.experiment.name), None)
    experiment = plan.experiment
    # The names are the user's own choice and the folder's; the rest may quote paths and errors.
    names = {
        "session": f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        "machine": machine,
        "experiment": experiment.name,
    }
    data = {
        "schema": store.SCHEMA,
        "started": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "plan": plan.digest,
        "definition": experiment.text,
        "question": experiment.question,
        "blocks": experiment.design.blocks,
        "pilot": None if experiment.design.precision is None else PILOT,
        "cells": [{**cell.stored, "skipped": cell.skipped} for cell in plan.cells],
        "after": older.session if older else None,
        **extra,
    }
    return Progress(store.write_session(results, anonymise.scrubber()(data) | names))


def is_unbroken(results: Path, machine: str, since: datetime, now: datetime) -> bool:
    """Return whether this machine has not stopped measuring for ten minutes since then.

    As its records say: file times would do on one computer, but a fresh clone of old results has
    new ones. Trials of other experiments count: sessions that run in turn wait for each other.
    """
    reached = since
    for begun, ended in sorted(_spans_after(results, machine, since)):
        if begun - reached >= GAP:
            return False
        reached = max(reached, ended)
    return now - reached < GAP


def _spans_after(
    results: Path, machine: str, since: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield when the trials that ended after ``since`` began and ended."""
    for stored in store.sessions(results, machine=machine):
        for path in reversed(store.record_files(stored)):
            try:
                span = _span(store.read_record(path))
            except store.Damaged:
                continue
            if span[1] <= since:
                break
            yield span


def _is_left(progress: Progress, plan: Plan, blocks: int, *, retry: bool) -> bool:
    assert progress.stored is not None
    name = progress.stored.session
    return any(progress.missing(plan.block(name, n), retry=retry) for n in range(blocks))


def _precision(stored: StoredSession) -> Any:
    design = stored.data.get("design")
    return design.get("precision") if isinstance(design, dict) else None


def _newest_first(results: Path, machine: str, experiment: str) -> Iterator[StoredSession]:
    found = store.sessions(results, machine=machine, experiment=experiment)
    return iter(sorted(found, key=lambda stored: stored.session, reverse=True))


def _progress(stored: StoredSession) -> Progress:
    begun = _time(str(stored.data.get("started", "")))
    progress = Progress(stored, reached=begun, resumed=True)
    for path in store.record_files(stored):
        try:
            progress.add(store.read_record(path))
        except store.Damaged:
            continue  # measured again; the damaged file stays for the report to name
    return progress


def _span(record: Mapping[str, Any]) -> tuple[datetime, datetime]:
    begun = _time(str(record["started"]))
    return begun, begun + timedelta(seconds=record["wall"])


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return _NEVER
