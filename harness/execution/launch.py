"""Run the trials that are missing, one process each, block by block.

Several experiments run their blocks in turn, so that a stop starves none. What is done is on
disk after every trial; to stop at any moment costs the trial in flight.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from harness.execution import trial
from harness.execution.lock import MachineLock
from harness.execution.session import Progress
from harness.execution.trial import Bench
from harness.planning.plan import Plan, Trial
from harness.storage import store
from harness.storage.schema import CANARY


@dataclass(slots=True)
class Campaign:
    """One experiment's session within a run."""

    bench: Bench
    progress: Progress
    blocks: int = 0  # in all; grows where a pilot asks for more
    begun: float | None = None
    blocks_done: int = 0
    stopped: str | None = None

    def __post_init__(self) -> None:
        self.blocks = self.progress.blocks or self.plan.experiment.design.blocks

    @property
    def plan(self) -> Plan:
        """What the session is to measure."""
        return self.bench.plan

    @property
    def is_hopeless(self) -> bool:
        """Whether every trial so far ended as an error: further blocks would end no better."""
        ended = {
            status
            for (_, _, control), (status, _) in self.progress.attempts.items()
            if control != CANARY and status != "skipped"
        }
        return ended == {"error"}

    def block(self, number: int) -> list[Trial]:
        """Return the trials of a block in running order."""
        return self.plan.block(self.bench.session, number)


@dataclass(slots=True)
class Tally:
    """How the time of a run was spent, and which trials did not end well."""

    failures: list[dict[str, Any]] = field(default_factory=list)
    timed: float = 0.0
    warmup: float = 0.0
    start_up: float = 0.0

    def add(self, record: Mapping[str, Any]) -> None:
        """Count one record of a trial that was run."""
        if record["status"] not in ("ok", "skipped"):
            self.failures.append(dict(record))
        timed, warmup = _measured(record)
        self.timed += timed
        self.warmup += warmup
        self.start_up += max(0.0, record["wall"] - timed - warmup)


Report = Callable[[Campaign, Trial, Mapping[str, Any] | None], None]
Unreadable = Callable[[store.StoredSession, Mapping[str, Any]], str | None]


def run(  # noqa: PLR0913 - what is asked for, as keywords
    campaigns: list[Campaign],
    lock: MachineLock,
    report: Report,
    *,
    unreadable: Unreadable,
    retry: bool = False,
    piloted: Callable[[Campaign], None] = lambda _: None,
) -> Tally:
    """Measure what the campaigns still lack and return what came of it.

    Parameters
    ----------
    report : callable
        Called twice per trial: with None before it starts, with its record after it.
    unreadable : callable
        Tells why the report could not read a record back, or None. Asked before it is stored.
    retry : bool
        Make another attempt at trials that ended as error or timeout.
    piloted : callable
        Called with a campaign that has a precision when its pilot is done; may add blocks.
    """
    tally = Tally()
    for campaign in campaigns:
        _store_skips(campaign)
    for campaign, trials in _in_turn(campaigns):
        campaign.begun = campaign.begun or time.monotonic()
        for planned in campaign.progress.missing(trials, retry=retry):
            attempt = campaign.progress.attempt(planned, retry=retry)
            assert attempt is not None
            report(campaign, planned, None)
            record = _one(campaign, planned, attempt, lock, unreadable)
            tally.add(record)
            report(campaign, planned, record)
        campaign.blocks_done += 1
        if campaign.is_hopeless and campaign.blocks_done < campaign.blocks:
            campaign.stopped = "stopped after its first block: every trial in it failed"
            continue
        design = campaign.plan.experiment.design
        if design.precision is not None and campaign.blocks_done == design.blocks:
            piloted(campaign)
        _stop_in_time(campaign)
    return tally


def orphan(left: Mapping[str, Any]) -> int:
    """Kill the trial that a killed run left behind; return how many processes that were."""
    from harness.process import supervisor

    marker = left.get("trial")
    return supervisor.kill_marked(marker) if isinstance(marker, str) and marker else 0


def _one(
    campaign: Campaign, planned: Trial, attempt: int, lock: MachineLock, unreadable: Unreadable
) -> dict[str, Any]:
    stored = campaign.progress.stored
    assert stored is not None
    # A damaged record keeps its name; what replaces it is a further attempt.
    while store.record_path(stored, trial.head(campaign.bench, planned, attempt)).exists():
        attempt += 1
    survived: trial.Left | None = None
    try:
        record = trial.measure(
            campaign.bench,
            planned,
            attempt,
            lambda pid, identity: lock.note(group=pid, trial=identity),
        )
    except trial.Left as problem:
        record, survived = problem.record, problem
    why = unreadable(stored, record)
    if why is not None:
        record = trial.refused(record, why)
    store.write_record(stored, record)
    if survived is not None:  # still noted in the lock: the next run tries to end what is left
        raise survived
    lock.note()
    campaign.progress.add(record)
    return record


def _in_turn(campaigns: list[Campaign]) -> Iterator[tuple[Campaign, list[Trial]]]:
    """Yield block 0 of every campaign, then block 1 of every campaign, and so on."""
    number = 0
    while any(number < campaign.blocks for campaign in campaigns):
        for campaign in campaigns:
            if campaign.stopped or number >= campaign.blocks:
                continue
            yield campaign, campaign.block(number)
        number += 1


def _stop_in_time(campaign: Campaign) -> None:
    limit = campaign.plan.experiment.design.max_time
    assert campaign.begun is not None
    if limit is not None and time.monotonic() - campaign.begun > limit:
        done = f"{campaign.blocks_done} of {campaign.blocks} blocks"
        campaign.stopped = f"stopped after {done}: max_time"


def _store_skips(campaign: Campaign) -> None:
    """Keep one record per session of every cell that cannot run here."""
    stored = campaign.progress.stored
    assert stored is not None
    after = len(campaign.block(0))
    for index, cell in enumerate(c for c in campaign.plan.cells if c.skipped is not None):
        planned = Trial(cell, 0, after + index, campaign.plan.control)
        if campaign.progress.attempt(planned, retry=False) is not None:
            record = trial.skipped(campaign.bench, planned)
            store.write_record(stored, record)
            campaign.progress.add(record)


def _measured(record: Mapping[str, Any]) -> tuple[float, float]:
    """Return the seconds a trial spent in values and in warm-ups."""
    timed = warmup = 0.0
    with suppress(TypeError, KeyError, AttributeError):
        for value in (record["response"] or {}).get("values") or []:
            seconds = float(value.get("wall", value["seconds"]))  # of a group a latency
            if value["warmup"]:
                warmup += seconds
            else:
                timed += seconds
    return timed, warmup
