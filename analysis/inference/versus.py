"""Two cells that a claim compares: which is the other one, in what unit, and how it is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import formatting
from analysis.comparison.contrasts import Contrast
from analysis.comparison.pairs import Pairs, pair
from analysis.inference import evidence
from analysis.inference.evidence import Evidence
from analysis.quality.eligibility import MAX_LOST, no_verdict
from analysis.stats import Interval
from harness.experiment import compared_with, differing
from harness.storage.schema import FACTORS

PASS, WORK, LATENCY = "seconds", "seconds_per_unit", "latency_p50"
Claim = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Versus:
    """A cell that a claim speaks of, and the one it is compared with."""

    cell: Contrast
    other: Contrast
    quantity: str  # whose ratio it is: that of the other over the cell's
    unlike: str | None = None  # why nothing says what the work of one is to that of the other

    @property
    def pairs(self) -> Pairs:
        """Return the logarithms of the ratio in the blocks that have both; above 0 is faster."""
        quantity = WORK if self.quantity == WORK else PASS  # the value of a group is its latency
        return pair(self.other.of, self.cell.of, self.cell.busy, quantity)

    @property
    def evidence(self) -> Evidence:
        """Return the evidence on the ratio from blocks in which the machine was quiet."""
        pairs = self.pairs
        why = None if len(pairs) else f"no block has both this cell and {self.names[1]}"
        return evidence.of_pairs(pairs.clean, self.cell, why)

    @property
    def names(self) -> tuple[str, str]:
        """Return names that distinguish the two, such as ``after`` and ``before``."""
        differing = {name for name in FACTORS if self.cell.cell[name] != self.other.cell[name]}
        return _name(self.cell.cell, differing), _name(self.other.cell, differing)

    def unfit(self, canary: Mapping[str, Any], controls: pd.DataFrame) -> str | None:
        """Return why the two may not be compared, or None."""
        if self.unlike is not None:
            return self.unlike
        ours, theirs = (
            no_verdict(each, canary, controls, scaling=False) for each in (self.cell, self.other)
        )
        done = len(self.cell.blocks(clean=False))
        alone = done - len(self.pairs)
        if ours is None and theirs is None and alone > MAX_LOST * done:
            return f"{self.names[1]} has no value in {alone} of {done} blocks"
        return ours or (f"{self.names[1]}: {theirs}" if theirs else None)

    def said(self, interval: Interval) -> str:
        """Return the interval as times: ``after takes 0.98 to 1.01 times the time of before``."""
        bounds = (interval.high, interval.low) if interval.known else (interval.estimate,)
        times = " to ".join(formatting.number(1 / bound) for bound in bounds if bound > 0)
        if not times:
            return ""
        cell, other = self.names
        if self.quantity == LATENCY:
            return f"the median latency of {cell} is {times} times that of {other}"
        unit = " per unit of work" if self.quantity == WORK else ""
        return f"{cell} takes {times} times the time of {other}{unit}"


class Others:
    """The cells of one session, asked for the one that a claim compares with another."""

    def __init__(self, cells: Sequence[Contrast], session: Mapping[str, Any]) -> None:
        self._cells: dict[tuple[Any, ...], list[Contrast]] = {}
        for each in cells:
            self._cells.setdefault(_levels(each.cell), []).append(each)
        planned = session.get("cells") or []
        self._params = {each["key"]: each.get("params") for each in planned}
        self._declare_units = frozenset(session.get("units_declared") or ())

    def versus(self, claim: Claim, cell: Contrast) -> Versus | None:
        """Return ``cell`` with the one that ``claim`` compares it with, if that was tried."""
        other = self.find(claim, cell)
        if other is None or not _was_tried(other):
            return None
        quantity = self._quantity(cell, other)
        return Versus(cell, other, quantity, self._unlike(cell, other, quantity))

    def find(self, claim: Claim, cell: Contrast) -> Contrast | None:
        """Return the other cell, tried or not; None where there is none, or it is the same one."""
        group = _is_group(cell)
        asked = compared_with(
            {name: cell.cell[name] for name in FACTORS}, claim["against"], group=group
        )
        found = self._cells.get(_levels(asked), []) if not group else self._alike(asked)
        # A target may have been found in both states of the GIL.
        best = max(found, key=lambda each: len(each.blocks(clean=False)), default=None)
        return None if best is None or _levels(best.cell) == _levels(cell.cell) else best

    def without_value(self, claim: Claim, cells: Sequence[Contrast]) -> list[Contrast]:
        """Return those of ``cells`` that took no time, and those they are compared with."""
        beside = [other for each in cells if (other := self.find(claim, each))]
        return [each for each in [*cells, *beside] if each.why and not each.of.is_done]

    def _alike(self, asked: Mapping[str, Any]) -> list[Contrast]:
        every = (each for alike in self._cells.values() for each in alike)
        return [each for each in every if all(each.cell[n] == asked[n] for n in asked)]

    def _quantity(self, cell: Contrast, other: Contrast) -> str:
        """Return whose ratio is meant: the same parameters are the same work, whatever its units.

        A latency is one of a single call, in which there is nothing to count.
        """
        if _is_group(cell):
            return LATENCY
        ours, theirs = (self._params.get(key(each)) for each in (cell, other))
        return PASS if ours is not None and ours == theirs else WORK

    def _unlike(self, cell: Contrast, other: Contrast, quantity: str) -> str | None:
        """Return that parameters differ and nobody said how much work they make, or None.

        A record has units in any case; those that nobody declared are the number of items.
        """
        names = [str(each.cell["workload"]) for each in (cell, other)]
        silent = [name for name in names if name not in self._declare_units]
        if quantity != WORK or not silent:
            return None
        ours, theirs = (self._params.get(key(each)) or {} for each in (cell, other))
        return (
            f"parameters differ ({differing(ours, theirs)}) and it is not stored that {silent[0]} "
            "declares `units`, so that nothing says how much work each does"
        )


def key(cell: Contrast) -> str:
    """Return what stands for a cell's code, parameters and build."""
    return str(cell.trials["key"].iloc[0])


def _was_tried(cell: Contrast) -> bool:
    return bool((cell.trials["status"] != "skipped").any())


def _is_group(cell: Contrast) -> bool:
    known = cell.of.numbers("latency_count")
    return bool(np.isfinite(known).any())


def _levels(levels: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(levels.get(name) for name in FACTORS)


def _name(cell: Mapping[str, Any], differing: set[str]) -> str:
    """Return the levels in ``differing`` as one reads them."""
    parts = [str(cell["workload"])] if "workload" in differing else []
    if differing & {"model", "workers"}:
        parts.append(f"{cell['model']} x{cell['workers']}")
    parts += [str(cell["target"])] if "target" in differing else []
    parts += [str(cell["lifecycle"])] if "lifecycle" in differing else []
    parts += [f"chunk {cell['chunk']}"] if "chunk" in differing else []
    if "switch_interval" in differing:
        parts.append(f"switch {formatting.seconds(cell['switch_interval'])}")
    parts += [f"gc {cell['gc']}"] if "gc" in differing else []
    first, *rest = parts
    return f"{first} ({', '.join(rest)})" if rest else first
