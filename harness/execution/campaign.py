"""What a run is to measure: interpreters prepared, plans made, sessions found or begun."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from harness.execution import calibration, diagnose, precision, provenance, session
from harness.execution.launch import Campaign
from harness.execution.precision import Sizing
from harness.execution.session import Progress
from harness.execution.trial import Bench
from harness.experiment import Experiment
from harness.planning import assemble, plan, refusals
from harness.planning.assemble import Assembled
from harness.planning.plan import Plan
from harness.storage import anonymise, store
from harness.target import Target

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Place:
    """Where results go, and the computer they are of."""

    results: Path
    machine: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for besides the experiments."""

    targets: Sequence[str] = ()
    only: Mapping[str, Sequence[str]] | None = None
    preset: str | None = None
    blocks: int | None = None
    diagnose: bool = False
    fresh: bool = False
    retry: bool = False
    engine: str | None = None


def campaigns(
    experiments: Sequence[Experiment], place: Place, asked: Asked, sizing: Sizing, say: Say
) -> list[Campaign]:
    """Prepare the targets, plan, and find or begin each experiment's session.

    Raises GilscopeError, with nothing stored, where nothing at all can be measured.
    """
    usable = assemble.targets(asked.targets)
    say("preparing interpreters ...")
    assemble.prepare_all(experiments, usable)
    made = [assemble.assemble(each, usable, build=True) for each in experiments]
    plans = plan.narrowed([each.plan for each in made], asked.only or {})
    if asked.diagnose:
        plans = [diagnose.plan_of(each, asked.blocks) for each in plans]
    for line in [*usable.not_measured(plans), *refusals.require_something(plans)]:
        say(line)
    place = _calibrated(place, plans, say)
    store.write_machine(place.results, place.machine, place.facts)
    chosen = [replace(each, plan=made) for each, made in zip(made, plans, strict=True)]
    found = [_open_session(each.plan, place, asked, sizing) for each in chosen]
    return [
        _campaign(each, progress, place, asked)
        for each, progress in zip(chosen, found, strict=True)
    ]


def _calibrated(place: Place, plans: Sequence[Plan], say: Say) -> Place:
    """Add to the machine's facts what its canary should find, where verdicts will rest on it."""
    judged = [each for each in plans if calibration.is_worth_it(each)]
    if not judged:
        return place
    spinners = max(each.canary.workers for each in judged)
    canary = calibration.of_run(place.results, place.machine, spinners, say)
    return replace(place, facts={**place.facts, "canary": canary})


def _open_session(planned: Plan, place: Place, asked: Asked, sizing: Sizing) -> Progress | None:
    """Return the progress of the session to go on with; None to begin one."""
    if asked.fresh:
        return None
    size = partial(precision.size, design=planned.experiment.design, sizing=sizing)
    return session.find(
        *(place.results, place.machine, planned),
        retry=asked.retry,
        now=datetime.now(UTC),
        size=size,
    )


def _campaign(
    assembled: Assembled, progress: Progress | None, place: Place, asked: Asked
) -> Campaign:
    """Prepare a session to be measured, begun now unless it is gone on with."""
    if progress is None:
        where = (place.results, place.machine, assembled.plan)
        progress = session.begin(*where, _beginning(assembled, place, asked), datetime.now(UTC))
    assert progress.stored is not None
    store.clean(progress.stored)
    bench = Bench(
        plan=assembled.plan,
        places=assembled.places,
        workloads={level: facts.path for level, facts in assembled.workloads.items()},
        python=Path(sys.executable),
        machine=place.machine,
        session=progress.stored.session,
        engine=asked.engine,
    )
    return Campaign(bench, progress)


def _beginning(assembled: Assembled, place: Place, asked: Asked) -> dict[str, Any]:
    """Return what a session keeps of its surroundings."""
    experiment = assembled.plan.experiment
    built = {key[0]: found[0] for key, found in assembled.places.items()}
    return {
        "preset": asked.preset,
        "own": experiment.is_own,
        "pass": "diagnostic" if assembled.plan.diagnostic else "timing",
        "claims": [asdict(claim) for claim in experiment.claims],
        "design": asdict(experiment.design),
        "units_declared": sorted(n for n, each in assembled.workloads.items() if each.has_units),
        "targets": {name: _build(each) for name, each in sorted(built.items())},
        "machine_facts": store.digest(place.facts)[:8],
        "provenance": provenance.collect(),
    }


def _build(target: Target) -> dict[str, Any]:
    facts = {**target.build, "env": dict(target.env), "twin": target.twin, "gil": target.gil}
    return anonymise.scrubber()({**facts, "build_id": target.build_id})
