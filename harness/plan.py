"""Experiment and targets to trials in running order. Pure: no clock, disk or process.

A block measures every cell once. Inside a block the workloads are shuffled, then all cells of one
workload together, so that what is compared lies seconds and not half an hour apart. The order
depends on (seed, session, block) alone.
"""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from harness.experiment import Experiment, design_for, matches, params_for
from harness.target import Missing, Target
from harness.workload import Workload, group

CANARY = "canary"
AA = "a/a"
DIAGNOSTIC = "diagnostic"
SEQUENTIAL = "sequential"
# Creates its threads inside the clock, as the tutorial does: there is no warm form of it.
ALWAYS_COLD = frozenset({"threads-raw"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One level of every factor; what gets compared."""

    workload: str
    model: str
    workers: int
    target: str
    lifecycle: str
    chunk: int
    switch_interval: float
    gc: str
    params: Mapping[str, Any]
    env: Mapping[str, str]
    key: str
    values: int
    warmups: int
    timeout: float
    skipped: str | None = None

    @property
    def levels(self) -> dict[str, Any]:
        """The cell's level of every factor, as stored."""
        names = ("workload", "model", "workers", "target")
        names += ("lifecycle", "chunk", "switch_interval", "gc")
        return {name: getattr(self, name) for name in names}

    @property
    def stored(self) -> dict[str, Any]:
        """What a record says of its cell."""
        return {**self.levels, "key": self.key, "params": dict(self.params), "env": dict(self.env)}

    def __str__(self) -> str:
        parts = [self.workload, self.model, f"{self.workers}w", self.target]
        if self.lifecycle != "warm":
            parts.append(self.lifecycle)
        if self.chunk != 1:
            parts.append(f"chunk {self.chunk}")
        if self.switch_interval != 0.005:
            parts.append(f"switch {self.switch_interval:g}s")
        if self.gc != "on":
            parts.append(f"gc {self.gc}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Trial:
    """One cell, measured in one fresh process (JMH: fork; krun: process execution)."""

    cell: Cell
    block: int
    position: int
    control: str | None = None

    @property
    def slot(self) -> tuple[int, str, str | None]:
        """Where in the session the trial belongs, whatever the attempt."""
        return (self.block, self.cell.key, self.control)


@dataclass(frozen=True, slots=True)
class Offer:
    """What one target can run, or why it can run nothing."""

    target: Target | Missing
    models: Mapping[str, str | None] = field(default_factory=dict)
    workloads: Mapping[str, str | None] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan needs to know of this program and this computer."""

    tasks: Mapping[str, str]  # execution model to the function it runs: "task" or "task_async"
    cores: int  # CPUs one may use here; bounds the canary
    worker_digest: str  # the worker's code is part of what is measured


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a session of one experiment is to measure."""

    experiment: Experiment
    cells: tuple[Cell, ...]
    canary: Cell
    digest: str
    diagnostic: bool = False  # watched from outside: no controls, and its times are never used

    @property
    def runnable(self) -> list[Cell]:
        """The cells that are measured in every block."""
        return [cell for cell in self.cells if cell.skipped is None]

    @property
    def control(self) -> str | None:
        """What the records of the cells themselves are marked as."""
        return DIAGNOSTIC if self.diagnostic else None

    @property
    def duplicates(self) -> list[Cell]:
        """The A/A cells, measured twice a block: a sequential one and one with two workers.

        Where nothing runs with two, the fewest above one take their place.
        """
        alone = [cell for cell in self.runnable if cell.model == SEQUENTIAL]
        together = [cell for cell in self.runnable if cell.workers > 1]
        return alone[:1] + sorted(together, key=lambda cell: cell.workers)[:1]

    def block(self, session: str, number: int) -> list[Trial]:
        """Return the trials of one block in running order."""
        shuffled = random.Random(f"{self.experiment.design.seed}/{session}/{number}")
        groups: dict[str, list[tuple[Cell, str | None]]] = {}
        for cell in self.runnable:
            groups.setdefault(cell.workload, []).append((cell, self.control))
        for cell in [] if self.diagnostic else self.duplicates:
            groups[cell.workload].append((cell, AA))
        if groups and not self.diagnostic:
            groups[CANARY] = [(self.canary, CANARY)]
        names = sorted(groups)
        shuffled.shuffle(names)
        order: list[tuple[Cell, str | None]] = []
        for name in names:
            shuffled.shuffle(groups[name])
            order += groups[name]
        return [
            Trial(cell, number, position, control) for position, (cell, control) in enumerate(order)
        ]


def make(
    experiment: Experiment,
    offers: Sequence[Offer],
    workloads: Mapping[str, Workload],
    surroundings: Surroundings,
) -> Plan:
    """Return the plan of ``experiment`` on the targets that ``offers`` describes.

    Parameters
    ----------
    workloads : mapping
        Level of the factor `workload` to the facts of its file.
    """
    cells = tuple(
        _cell(experiment, offer, workloads[levels["workload"]], levels, surroundings)
        for levels, offer in _combinations(experiment, offers, workloads)
    )
    most = max((cell.workers for cell in cells), default=1)
    spinners = max(1, min(surroundings.cores, max(2, most)))
    described = [
        [cell.key, cell.skipped is not None, cell.values, cell.warmups, cell.timeout]
        for cell in cells
    ]
    identity = [described, experiment.design.seed, experiment.design.gil, spinners]
    return Plan(experiment, cells, _canary(spinners), digest_of(identity))


def only(plan: Plan, wanted: Mapping[str, Sequence[str]]) -> Plan:
    """Return ``plan`` with the cells whose levels, as text, are among those wanted."""
    kept = tuple(
        cell
        for cell in plan.cells
        if all(str(cell.levels[name]) in levels for name, levels in wanted.items())
    )
    identity = [plan.digest, sorted(cell.key for cell in kept)]
    return replace(plan, cells=kept, digest=digest_of(identity))


def _combinations(
    experiment: Experiment, offers: Sequence[Offer], workloads: Mapping[str, Workload]
) -> list[tuple[dict[str, Any], Offer]]:
    """Return each distinct combination of levels with its target, exclusions taken out."""
    factors = experiment.factors
    found: dict[str, tuple[dict[str, Any], Offer]] = {}
    others = (factors.lifecycle, factors.chunk, factors.switch_interval, factors.gc)
    axes = product(factors.workload, factors.model, factors.workers, offers, *others)
    for workload, model, workers, offer, lifecycle, chunk, interval, gc in axes:
        levels = {
            "workload": workload,
            "model": model,
            "workers": _workers(experiment, workloads[workload], workload, model, offer) or workers,
            "target": _name(offer),
            "lifecycle": "cold" if model in ALWAYS_COLD else lifecycle,
            "chunk": 1 if model == SEQUENTIAL else chunk,
            "switch_interval": interval,
            "gc": gc,
        }
        asked = {**levels, "gil": getattr(offer.target, "gil", None)}
        if not any(matches(where, asked) for where in experiment.excludes):
            found.setdefault(json.dumps(levels), (levels, offer))
    return list(found.values())


def _workers(
    experiment: Experiment, facts: Workload, level: str, model: str, offer: Offer
) -> int | None:
    """Return how many workers there are whatever the factor says, or None."""
    if facts.roles:
        return facts.members(params_for(experiment, level, _name(offer), facts.params))
    return 1 if model == SEQUENTIAL else None


def _cell(
    experiment: Experiment,
    offer: Offer,
    workload: Workload,
    levels: dict[str, Any],
    surroundings: Surroundings,
) -> Cell:
    params = params_for(experiment, levels["workload"], levels["target"], workload.params)
    asked = {**levels, "gil": getattr(offer.target, "gil", None)}
    design = design_for(experiment, asked)
    cold = levels["lifecycle"] == "cold"
    env = dict(offer.target.env) if isinstance(offer.target, Target) else {}
    identity = {
        **levels,
        "code": workload.digest,
        "params": params,
        "build": offer.target.build_id if isinstance(offer.target, Target) else None,
        "env": env,
        "worker": surroundings.worker_digest,
    }
    return Cell(
        **levels,
        params=params,
        env=env,
        key=digest_of(identity),
        values=design.values,
        warmups=0 if cold else design.warmups,
        timeout=design.timeout,
        skipped=_why_skipped(offer, workload, levels, surroundings.tasks),
    )


def _why_skipped(
    offer: Offer, workload: Workload, levels: Mapping[str, Any], tasks: Mapping[str, str]
) -> str | None:
    if isinstance(offer.target, Missing):
        return offer.target.reason
    if offer.refused is not None:
        return offer.refused
    if (refused := offer.workloads.get(str(workload.path))) is not None:
        return refused
    if workload.roles:
        return group.refusal(levels) or offer.models.get(levels["model"])
    needed = tasks[levels["model"]]
    if needed == "task_async" and not workload.has_task_async:
        return f"{workload.name} has no task_async, which {levels['model']} runs"
    if needed == "task" and not workload.has_task:
        return f"{workload.name} has no task, which {levels['model']} runs"
    return offer.models.get(levels["model"])


def _canary(spinners: int) -> Cell:
    return Cell(
        workload=CANARY,
        model=CANARY,
        workers=spinners,
        target="",
        lifecycle="warm",
        chunk=1,
        switch_interval=0.005,
        gc="on",
        params={},
        env={},
        key=digest_of(f"canary {spinners}"),
        values=1,
        warmups=0,
        timeout=60.0,
    )


def _name(offer: Offer) -> str:
    return offer.target.level if isinstance(offer.target, Missing) else offer.target.name


def digest_of(value: object) -> str:
    """Return 16 hex digits that stand for ``value``, which JSON can carry."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
