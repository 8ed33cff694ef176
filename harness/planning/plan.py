"""Experiment and targets to trials in running order. Pure: no clock, disk or process.

A block measures every cell once. Inside a block the workloads are shuffled, then all cells of one
workload together, so that what is compared lies seconds and not half an hour apart. Workloads that
a claim compares count as one. The order depends on (seed, session, block) alone.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.errors import GilscopeError, did_you_mean
from harness.experiment import Experiment, matches
from harness.planning.cells import Cell, Offer, Surroundings, canary, cells_of, digest_of
from harness.storage.schema import AA, CANARY, DIAGNOSTIC, SEQUENTIAL
from harness.workload import Workload


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
        together = _together(self.experiment, self.cells)
        groups: dict[str, list[tuple[Cell, str | None]]] = {}
        for cell in self.runnable:
            groups.setdefault(together[cell.workload], []).append((cell, self.control))
        for cell in [] if self.diagnostic else self.duplicates:
            groups[together[cell.workload]].append((cell, AA))
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
    cells = cells_of(experiment, offers, workloads, surroundings)
    most = max((cell.workers for cell in cells), default=1)
    spinners = max(1, min(surroundings.cores, max(2, most)))
    described = [
        [cell.key, cell.skipped is not None, cell.values, cell.warmups, cell.timeout]
        for cell in cells
    ]
    identity = [described, experiment.design.seed, experiment.design.gil, spinners]
    together = _together(experiment, cells)
    if any(name != first for name, first in together.items()):  # it changes the order
        identity.append(sorted(together.items()))
    return Plan(experiment, cells, canary(spinners), digest_of(identity))


def _together(experiment: Experiment, cells: Sequence[Cell]) -> dict[str, str]:
    """Return of each workload the first, by name, of those that claims compare with it."""
    first = {cell.workload: cell.workload for cell in cells}
    for claim in experiment.claims:
        other = (claim.against or {}).get("workload")
        # The GIL's state is known only afterwards; it does not choose among workloads.
        where = {name: level for name, level in claim.where.items() if name != "gil"}
        meant = {cell.workload for cell in cells if matches(where, cell.levels)}
        joined = {first[name] for name in {*meant, other} if name in first}
        if other in first and joined:
            first = {name: min(joined) if head in joined else head for name, head in first.items()}
    return first


def only(plan: Plan, wanted: Mapping[str, Sequence[str]]) -> Plan:
    """Return ``plan`` with the cells whose levels, as text, are among those wanted."""
    kept = tuple(
        cell
        for cell in plan.cells
        if all(str(cell.levels[name]) in levels for name, levels in wanted.items())
    )
    identity = [plan.digest, sorted(cell.key for cell in kept)]
    return replace(plan, cells=kept, digest=digest_of(identity))


def narrowed(plans: Sequence[Plan], wanted: Mapping[str, Sequence[str]]) -> list[Plan]:
    """Return the plans with only the wanted cells.

    Raises GilscopeError for a level that none of them has.
    """
    for name, levels in wanted.items():
        known = sorted({str(cell.levels[name]) for each in plans for cell in each.cells})
        for level in levels:
            if level not in known:
                raise GilscopeError(
                    f"no cell has {name} = {level}{did_you_mean(level, known)}",
                    where="--only",
                    hint=f"Levels here: {', '.join(known)}.",
                )
    return [only(each, wanted) for each in plans] if wanted else list(plans)
