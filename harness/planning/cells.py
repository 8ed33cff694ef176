"""Experiment and targets to cells: what is compared, and why what cannot run cannot. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

from harness.experiment import FACTORS, Experiment, design_for, matches, params_for
from harness.experiment.levels import settled, why_not
from harness.models import Model
from harness.storage.schema import CANARY
from harness.target import Missing, Target
from harness.workload import Workload

# What stands in the way of a cell: no such target here, no environment for it, a workload that
# cannot be imported there, a model that is not offered or does not fit the work.
Obstacle = Literal["target", "environment", "workload", "model"]


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
    obstacle: Obstacle | None = None  # what kind of reason that is

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
class Offer:
    """What one target can run, or why it can run nothing."""

    target: Target | Missing
    models: Mapping[str, str | None] = field(default_factory=dict)
    workloads: Mapping[str, str | None] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan needs to know of this program and this computer."""

    models: Mapping[str, Model]  # all there are
    cores: int  # CPUs one may use here; bounds the canary
    worker_digest: str  # the worker's code is part of what is measured


def cells_of(
    experiment: Experiment,
    offers: Sequence[Offer],
    workloads: Mapping[str, Workload],
    surroundings: Surroundings,
) -> tuple[Cell, ...]:
    """Return a cell for each distinct combination of levels, also for those that cannot run."""
    return tuple(
        _cell(experiment, offer, workloads[levels["workload"]], levels, surroundings)
        for levels, offer in _combinations(experiment, offers, workloads)
    )


def _combinations(
    experiment: Experiment,
    offers: Sequence[Offer],
    workloads: Mapping[str, Workload],
) -> list[tuple[dict[str, Any], Offer]]:
    """Return each distinct combination of levels with its target, exclusions taken out."""
    factors = experiment.factors
    found: dict[str, tuple[dict[str, Any], Offer]] = {}
    others = (factors.lifecycle, factors.chunk, factors.switch_interval, factors.gc)
    axes = product(factors.workload, factors.model, factors.workers, offers, *others)
    for workload, model, workers, offer, lifecycle, chunk, interval, gc in axes:
        wanted = (workload, model, workers, _name(offer), lifecycle, chunk, interval, gc)
        members = _members(experiment, workloads[workload], workload, offer)
        levels = settled(dict(zip(FACTORS, wanted, strict=True)), members)
        asked = {**levels, "gil": getattr(offer.target, "gil", None)}
        if not any(matches(where, asked) for where in experiment.excludes):
            found.setdefault(json.dumps(levels), (levels, offer))
    return list(found.values())


def _members(experiment: Experiment, facts: Workload, level: str, offer: Offer) -> int | None:
    """Return how many members a group has on a target; None of what is no group."""
    if not facts.roles:
        return None
    return facts.members(params_for(experiment, level, _name(offer), facts.params))


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
    obstacle, skipped = _why_skipped(offer, workload, levels, surroundings.models[levels["model"]])
    return Cell(
        **levels,
        params=params,
        env=env,
        key=digest_of(identity),
        values=design.values,
        warmups=0 if cold else design.warmups,
        timeout=design.timeout,
        skipped=skipped,
        obstacle=obstacle,
    )


def _why_skipped(
    offer: Offer, workload: Workload, levels: Mapping[str, Any], model: Model
) -> tuple[Obstacle, str] | tuple[None, None]:
    """Return what kind of obstacle keeps a cell from being measured, and the reason."""
    if isinstance(offer.target, Missing):
        return "target", offer.target.reason
    if offer.refused is not None:
        return "environment", offer.refused
    if (refused := offer.workloads.get(str(workload.path))) is not None:
        return "workload", refused
    refused = why_not(levels, workload, model) or offer.models.get(levels["model"])
    return (None, None) if refused is None else ("model", refused)


def canary(spinners: int) -> Cell:
    """Return the control that so many spinning processes are."""
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
