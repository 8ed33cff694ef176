"""The cells that an experiment file plans, as far as the file alone can tell.

What a target is called, or whether its GIL is on, is known only on a machine: there the answer is
"may be", so that nothing is refused that could be measured somewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from harness import models, workload
from harness.experiment.definition import (
    FACTORS,
    PRESETS,
    Experiment,
    Factors,
    Where,
    matches,
    with_preset,
)
from harness.experiment.levels import settled, why_not
from harness.workload import Workload

MOST = 5_000  # combinations looked through; a larger plan is taken to hold everything
SEVERAL = ("default", "twins", "all")  # may stand for more than one target
WORDS = (*SEVERAL, "free-threaded", "newest", "oldest", "jit")


@dataclass(frozen=True, slots=True)
class Planned:
    """One cell that is planned: its target is a level, which may stand for any target."""

    levels: Mapping[str, Any]
    facts: Workload
    why: str | None  # no interpreter can run it

    @property
    def group(self) -> bool:
        """Tell whether its workers are the members of a group."""
        return bool(self.facts.roles)

    def may_match(self, where: Where) -> bool:
        """Tell whether some machine has a cell of these levels that ``where`` speaks of."""
        return matches({n: level for n, level in where.items() if self._knows(n)}, self.levels)

    def must_match(self, where: Where) -> bool:
        """Tell whether ``where`` speaks of this cell on every machine."""
        return all(map(self._knows, where)) and self.may_match(where)

    def _knows(self, factor: str) -> bool:
        if factor == "target":
            return is_exact(self.levels["target"])
        # Parameters per target may change the members of a group, and so its workers.
        return factor in FACTORS and not (factor == "workers" and self.group)


def is_exact(target: str) -> bool:
    """Tell whether a level of the factor target names one target and chooses none."""
    base = target.partition(",")[0]
    return base not in WORDS and not any(mark in base for mark in "*?[")


def targets(levels: tuple[str, ...]) -> float:
    """Return how many targets of different builds there may be: infinite for a choice of many."""
    bases = {level.partition(",")[0] for level in levels}
    many = any(base in SEVERAL or (base not in WORDS and not is_exact(base)) for base in bases)
    return float("inf") if many else len(bases)


def plans(experiment: Experiment) -> list[tuple[Experiment, list[Planned]]]:
    """Return the experiment as it stands and as each preset has it, with the cells it plans.

    Empty where a plan is too large to be looked through.
    """
    variants: dict[Factors, Experiment] = {}
    for name in (None, *PRESETS):
        if (bent := with_preset(experiment, name)) is not None:
            variants.setdefault(bent.factors, bent)
    if not experiment.claims or any(_size(each) > MOST for each in variants.values()):
        return []
    known = {
        level: workload.read(workload.find(level, experiment.path.parent))
        for factors in variants
        for level in factors.workload
    }
    return [(each, _planned(each, known)) for each in variants.values()]


def _size(experiment: Experiment) -> int:
    return prod(len(getattr(experiment.factors, name)) for name in FACTORS)


def _planned(experiment: Experiment, known: Mapping[str, Workload]) -> list[Planned]:
    factors = experiment.factors
    found: dict[tuple[Any, ...], Planned] = {}
    for combination in product(*(getattr(factors, name) for name in FACTORS)):
        levels = settled(dict(zip(FACTORS, combination, strict=True)))
        levels["target"] = _name(levels["target"])
        facts = known[levels["workload"]]
        model = models.known()[levels["model"]]
        cell = Planned(levels, facts, why_not(levels, facts, model))
        if not any(cell.must_match(where) for where in experiment.excludes):
            found.setdefault(tuple(levels.values()), cell)
    return list(found.values())


def _name(target: str) -> str:
    """Return a level with the switches of its arm in the order in which a name has them."""
    base, *arm = target.split(",")
    return ",".join([base, *sorted(arm)])
