"""From experiments and the interpreters of this machine to plans that can be run."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import machine, models, target, workload
from harness.experiment import Experiment
from harness.planning import plan
from harness.planning.cells import Offer, Surroundings
from harness.planning.plan import Plan
from harness.target import Environment, Missing, Target
from harness.workload import Workload

if TYPE_CHECKING:
    from pathlib import Path

Place = tuple[Target, Environment]


@dataclass(frozen=True, slots=True)
class Assembled:
    """A plan with the interpreters and files it runs on."""

    plan: Plan
    workloads: Mapping[str, Workload]
    places: Mapping[tuple[str, str], Place]  # (target, workload level): where it runs


@dataclass(frozen=True, slots=True)
class Targets:
    """The interpreters of this machine, and those the user named, if any."""

    found: Sequence[Target]
    named: Sequence[Target] | None = None

    def of(self, experiment: Experiment) -> list[Target | Missing]:
        """Return what the experiment's target levels mean here."""
        asked = experiment.factors.target
        if self.named is None:
            return target.select(self.found, asked)
        return target.restricted(self.found, self.named, asked)

    def not_measured(self, plans: Sequence[Plan]) -> list[str]:
        """Return a line for each choice that left an interpreter out: this program's, or a plan's.

        Without ``--target`` that is one line in all. What is named and not measured is the
        experiment's own choice, and said for each.
        """
        if self.named is not None:
            return [line for plan in plans for line in _excluded(plan, self.named)]
        planned = {cell.target.partition(",")[0] for plan in plans for cell in plan.cells}
        names = [each.name for each in self.found if each.name in planned]
        if len(names) == len(self.found):
            return []
        counts = f"{len(self.found)} found, {len(names)} measured: {', '.join(names) or 'none'}"
        return [f"interpreters: {counts}; name others with --target"]


def targets(requests: Sequence[str]) -> Targets:
    """Return the interpreters found, and those that ``requests`` name.

    Raises GilscopeError for a request that names none.
    """
    wanted = target.parse_named(requests)
    found = target.discover(wanted.paths)
    return Targets(found, target.require(found, wanted.levels) if requests else None)


def _excluded(plan: Plan, named: Sequence[Target]) -> list[str]:
    """Return a line on the named interpreters that an experiment has no cell for."""
    planned = {name for cell in plan.cells for name in (cell.target, cell.target.partition(",")[0])}
    out = [each.name for each in named if each.name not in planned]
    if not out:
        return []
    asked = " and ".join(plan.experiment.factors.target)
    if plan.experiment.excludes:
        asked += ", except what it excludes"
    return [f"{plan.experiment.name}: not measured on {', '.join(out)}: it asks for {asked}"]


def assemble(experiment: Experiment, usable: Targets, *, build: bool) -> Assembled:
    """Return the experiment's plan on the targets it asks for.

    Parameters
    ----------
    build : bool
        Whether to make the targets' environments where they are missing. Without it nothing is
        run, and what a target was never asked about counts as offered.
    """
    levels = {name: _read(name, experiment) for name in experiment.factors.workload}
    places: dict[tuple[str, str], Place] = {}
    offers = []
    for each in usable.of(experiment):
        if isinstance(each, Missing):
            offers.append(Offer(each))
        elif build:
            offers.append(_offer(each, levels, places))
        else:
            paths = sorted({facts.path for facts in levels.values()})
            refused = target.known_refusals(each, paths)
            offers.append(Offer(each, target.known_models(each) or {}, refused))
    around = Surroundings(models.known(), machine.usable_cpus(), models.worker_digest())
    return Assembled(plan.make(experiment, offers, levels, around), levels, places)


def prepare_all(experiments: Sequence[Experiment], usable: Targets) -> None:
    """Prepare at once what several experiments need, since asking a target costs a process."""
    members: dict[tuple[str, tuple[str, ...]], tuple[Target, set[Path]]] = {}
    for experiment in experiments:
        read = [_read(name, experiment) for name in experiment.factors.workload]
        for each in usable.of(experiment):
            if isinstance(each, Missing):
                continue
            base = each.name.partition(",")[0]  # arms share an environment
            for facts in read:
                members.setdefault((base, facts.requires), (each, set()))[1].add(facts.path)
    for (_, requires), (each, paths) in members.items():
        with contextlib.suppress(
            target.Unavailable
        ):  # reported where the experiment's cells are made
            target.prepare(each, requires, sorted(paths))


def _read(level: str, experiment: Experiment) -> Workload:
    # An experiment made around one workload file has that file's path.
    path = experiment.path if experiment.is_own else workload.find(level, experiment.path.parent)
    return workload.read(path.resolve())  # absolute: a trial runs in a folder of its own


def _offer(each: Target, levels: Mapping[str, Workload], places: dict) -> Offer:
    """Prepare one environment per set of requirements, and say what runs in them.

    Not one for all: a package without a wheel for this interpreter would take away the
    workloads that do not need it.
    """
    refused: dict[str, str | None] = {}
    offered: Mapping[str, str | None] = {}
    reasons: list[str] = []
    for requires in sorted({facts.requires for facts in levels.values()}):
        members = {name: facts for name, facts in levels.items() if facts.requires == requires}
        paths = sorted({facts.path for facts in members.values()})
        try:
            environment = target.prepare(each, requires, paths)
        except target.Unavailable as problem:
            reasons.append(str(problem))
            refused |= {str(path): str(problem) for path in paths}
            continue
        offered = environment.models
        refused |= {path: why for path, why in environment.workloads.items() if why}
        places |= {(each.name, name): (each, environment) for name in members}
    runs_something = any(name == each.name for name, _ in places)
    return Offer(each, offered, refused, None if runs_something else _first(reasons))


def _first(reasons: Sequence[str]) -> str | None:
    return reasons[0] if reasons else None
