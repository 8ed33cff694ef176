"""Baselines: the cell of the same session with which each metric compares a cell."""

from typing import Any

import numpy as np

from analysis.comparison import cells
from analysis.comparison.cells import Cell, Cells
from harness.storage.schema import FACTORS

ALONE = "alone"  # the label of a group in which nobody disturbs those that measure
_SAME_FIRST = ("lifecycle", "gc", "switch_interval", "chunk")


def sequential(each: Cell, known: Cells, target: str | None = None) -> Cell | None:
    """Return the sequential cell that shares most options with ``each``; None if none has a value.

    On the same target, or on another. The same life cycle first, or else the warm one.
    """

    def fit(other: Cell) -> tuple[bool, ...]:
        first = other.levels
        same = [bool(first[name] == each.levels[name]) for name in _SAME_FIRST]
        return (same[0], bool(first["lifecycle"] == "warm"), *same[1:])

    asked = each.levels if target is None else {**each.levels, "target": target}
    return max(known.sequential(asked), key=fit, default=None)


def computed(each: Cell) -> Cell | None:
    """Return a baseline that was said to take so long, not run; None if nothing was said."""
    said = each.rows["baseline_seconds"]
    if not said.notna().any():
        return None
    columns = {"seconds": said, "seconds_per_unit": said / each.rows["units"]}
    # Nobody knows what CPU time it would have needed.
    return cells.of_rows(each.levels, each.rows.assign(**columns, cpu_seconds=float("nan")))


def with_the_gil(each: Cell, known: Cells) -> Cell | None:
    """Return the sequential cell on the build with a GIL: on the twin of a free-threaded target.

    None on a free-threaded target whose twin was not measured.
    """
    twin = each.rows["twin"].iloc[0]
    if not isinstance(twin, str):
        return None if each.levels["gil"] is False else sequential(each, known) or computed(each)
    return sequential(each, known, twin) or computed(each)


def twin(each: Cell, known: Cells) -> Cell | None:
    """Return the same cell on the twin with a GIL; None unless ``each`` has such a twin."""
    return _fullest(known.alike({**each.levels, "target": each.rows["twin"].iloc[0]}))


def unlocked(each: Cell, known: Cells) -> Cell | None:
    """Return the same cell on the same binary with the GIL off; None unless ``each`` has it on."""
    return _fullest(known.alike({**each.levels, "target": each.rows["unlocked"].iloc[0]}))


def one_worker(each: Cell, known: Cells) -> Cell | None:
    """Return the same cell with a single worker; None if ``each`` has but one itself."""
    if not each.levels["workers"] > 1:
        return None
    return _fullest(known.alike({**each.levels, "workers": 1}))


def alone(each: Cell, known: Cells) -> Cell | None:
    """Return the same group without those that disturb it, which is labelled ``@alone``."""
    name, _, label = str(each.levels["workload"]).partition("@")
    if label in ("", ALONE):
        return None
    asked = {**each.levels, "workload": f"{name}@{ALONE}"}
    # A group has a worker for each member: without the others it has fewer.
    asked.pop("workers")
    return _fullest([cell for cell in known.every if _has(cell, asked)])


def _has(each: Cell, levels: dict[str, Any]) -> bool:
    return all(each.levels[name] == levels[name] for name in FACTORS if name in levels)


def _fullest(found: list[Cell]) -> Cell | None:
    """Return the cell with most values: a target may have been found in both states of the GIL."""
    return max(found, key=_values, default=None)


def _values(each: Cell) -> int:
    return int(np.count_nonzero(each.numbers("seconds") > 0))
