"""Which processes are compared with which: pairs of trials of one session and one block.

Everything that shows or judges a speed-up starts here, so that the table, the figure and the
verdicts cannot pair differently.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import once, order
from analysis.capacity import busy_blocks
from analysis.columns import CELL, FACTORS, of_session, records
from analysis.rows import AA
from analysis.stats import Order
from analysis.trials import trials

SEQUENTIAL = "sequential"
_SAME_BASE = ("workload", "target")
_SAME_FIRST = ("lifecycle", "gc", "switch_interval", "chunk")


@dataclass(frozen=True, slots=True)
class Contrast:
    """One cell of one session against its baseline."""

    cell: Mapping[str, Any]
    trials: pd.DataFrame  # one row per block: the cell's last word there, whatever its status
    paired: pd.DataFrame  # one row per compared block: block, difference, busy
    busy: frozenset[int]  # blocks in which the machine was not all ours
    baseline: str  # "sequential", "computed", "none", or "itself" for a sequential cell
    baseline_lifecycle: str | None
    baseline_seconds: float
    why: str | None  # there is nothing to compare
    inflation: pd.DataFrame  # as paired: CPU seconds of a pass against the sequential cell's
    tax: pd.DataFrame  # as paired: seconds per unit against the same cell of the twin with a GIL
    order: Order = Order.RANDOM_BLOCKS  # of its session
    pilot: int | None = None  # blocks of its session's pilot, which chose the number of all

    @property
    def session(self) -> tuple[str, str, str]:
        """Return machine, session and experiment."""
        return (self.cell["machine"], self.cell["session"], self.cell["experiment"])

    def values(self, name: str, *, clean: bool) -> NDArray[np.float64]:
        """Return what is known of one quantity, per whole block.

        ``clean`` leaves out the blocks in which the machine was not all ours.
        """
        return self.known(name, clean=clean)[1]

    def known(self, name: str, *, clean: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the blocks in which one quantity is known, and what it is; see `values`."""
        found = self.trials[name].to_numpy(dtype=np.float64, na_value=np.nan)
        kept = self._kept(clean) & ~np.isnan(found)
        return self.trials["block"].to_numpy(dtype=np.int64)[kept], found[kept]

    def blocks(self, *, clean: bool) -> list[int]:
        """Return the blocks of which a value is used."""
        done = self._kept(clean) & self.trials["seconds"].notna().to_numpy()
        return [int(block) for block in self.trials["block"].to_numpy()[done]]

    def _kept(self, clean: bool) -> NDArray[np.bool_]:
        kept = ~self.trials["void"].to_numpy(dtype=np.bool_)
        return kept & ~self.trials["block"].isin(list(self.busy)).to_numpy() if clean else kept


@once.per_frame
def contrasts(frame: pd.DataFrame) -> list[Contrast]:
    """Return a contrast for every cell of every session, also for those that never ran."""
    every = trials(frame)
    plain = every[every["control"].isna()]
    found: list[Contrast] = []
    for session, here in groupby(_cells(plain), key=lambda each: each.session):
        cells, busy = _Cells(list(here)), busy_blocks(every, session)
        ran = order.design(of_session(every, session))
        found += [replace(_contrast(each, cells, busy), **ran) for each in cells.every]
    return found


@once.per_frame
def duplicates(frame: pd.DataFrame) -> list[tuple[Mapping[str, Any], pd.DataFrame]]:
    """Return each A/A cell with its paired blocks: the same work against itself."""
    every = trials(frame)
    found = []
    plain = every[every["control"].isna()]
    for _, control in every[every["control"] == AA].groupby(list(CELL), dropna=False, sort=True):
        cell = control.iloc[0]
        session = (cell["machine"], cell["session"], cell["experiment"])
        own = of_session(plain, session)
        own = own[own["key"] == cell["key"]]
        found.append((records(control[list(CELL)].head(1))[0], _pair(own, control, frozenset())))
    return found


@dataclass(frozen=True)
class _Cell:
    """The trials of one cell in one session, and what names it."""

    levels: Mapping[str, Any]
    rows: pd.DataFrame

    @property
    def session(self) -> tuple[str, str, str]:
        """Return machine, session and experiment."""
        return (self.levels["machine"], self.levels["session"], self.levels["experiment"])

    @cached_property
    def is_done(self) -> bool:
        return bool(self.rows["seconds"].notna().any())


class _Cells:
    """The cells of one session, found by what they are."""

    def __init__(self, every: list[_Cell]) -> None:
        self.every = every
        self._alike: dict[tuple[Any, ...], list[_Cell]] = {}
        self._sequential: dict[tuple[Any, ...], list[_Cell]] = {}
        for each in every:
            self._alike.setdefault(_levels(each.levels, FACTORS), []).append(each)
            if each.levels["model"] == SEQUENTIAL and each.is_done:
                known = self._sequential.setdefault(_levels(each.levels, _SAME_BASE), [])
                known.append(each)

    def alike(self, levels: Mapping[str, Any]) -> list[_Cell]:
        return self._alike.get(_levels(levels, FACTORS), [])

    def sequential(self, levels: Mapping[str, Any]) -> list[_Cell]:
        return self._sequential.get(_levels(levels, _SAME_BASE), [])


def _levels(levels: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(levels[name] for name in names)


def _cells(plain: pd.DataFrame) -> list[_Cell]:
    """Return the cells of all sessions, by session; grouped once, however many there are."""
    if not len(plain):
        return []
    number = plain.groupby(list(CELL), dropna=False, sort=True).ngroup().to_numpy()
    places = np.lexsort((_blocks(plain), number))
    rows = plain.iloc[places]
    starts = np.flatnonzero(np.diff(number[places], prepend=-1))
    heads = records(rows.iloc[starts][list(CELL)])
    ends = [*starts[1:], len(rows)]
    return [_Cell(head, rows.iloc[a:b]) for head, a, b in zip(heads, starts, ends, strict=True)]


def _contrast(each: _Cell, cells: _Cells, busy: frozenset[int]) -> Contrast:
    cell, rows = each.levels, each.rows
    twin, none = _twin(each, cells), _nothing()
    tax = none if twin is None else _pair(rows, twin, busy, "seconds_per_unit")
    if cell["model"] == SEQUENTIAL:
        why = None if each.is_done else _why_nothing(rows, rows)
        seconds, lifecycle = _median(rows), str(cell["lifecycle"])
        return Contrast(cell, rows, none, busy, "itself", lifecycle, seconds, why, none, tax)
    found, base, kind, lifecycle = _baseline(each, cells), None, "sequential", None
    if found is not None:
        base, lifecycle = found.rows, str(found.levels["lifecycle"])
    elif rows["baseline_seconds"].notna().any():
        # Said to take this long, not run: nobody knows what CPU time it would have needed.
        base = rows.assign(seconds=rows["baseline_seconds"], cpu_seconds=float("nan"))
        kind = "computed"
    if base is None:
        why = _why_nothing(rows, None)
        return Contrast(cell, rows, none, busy, "none", None, float("nan"), why, none, tax)
    paired = _pair(base, rows, busy)
    why = None if len(paired) else _why_nothing(rows, base)
    inflation = _pair(rows, base, busy, "cpu_seconds")
    return Contrast(cell, rows, paired, busy, kind, lifecycle, _median(base), why, inflation, tax)


def _baseline(each: _Cell, cells: _Cells) -> _Cell | None:
    """Return the sequential cell on the same target that shares most options with ``each``.

    The same life cycle first, or else the warm one. None if no such cell has a value.
    """

    def fit(other: _Cell) -> tuple[bool, ...]:
        first = other.levels
        same = [bool(first[name] == each.levels[name]) for name in _SAME_FIRST]
        return (same[0], bool(first["lifecycle"] == "warm"), *same[1:])

    return max(cells.sequential(each.levels), key=fit, default=None)


def _twin(each: _Cell, cells: _Cells) -> pd.DataFrame | None:
    """Return the same cell on the twin with a GIL; None unless ``each`` has such a twin."""
    asked = {**each.levels, "target": each.rows["twin"].iloc[0]}
    ours = [other.rows for other in cells.alike(asked)]
    return max(ours, key=lambda rows: int(rows["seconds"].notna().sum()), default=None)


def _pair(
    base: pd.DataFrame, other: pd.DataFrame, busy: frozenset[int], quantity: str = "seconds"
) -> pd.DataFrame:
    """Return log(base) - log(other) in every block that is whole and has both."""
    first, second = _by_block(base, quantity), _by_block(other, quantity)
    whole = set(_blocks(other)[~other["void"].to_numpy(dtype=np.bool_)].tolist())
    blocks = [block for block in sorted(first) if block in second and block in whole]
    difference = [math.log(first[block]) - math.log(second[block]) for block in blocks]
    loud = [block in busy for block in blocks]
    return pd.DataFrame(
        {
            "block": np.array(blocks, dtype=np.int64),
            "difference": np.array(difference, dtype=np.float64),
            "busy": np.array(loud, dtype=np.bool_),
        }
    )


def _by_block(rows: pd.DataFrame, quantity: str) -> dict[int, float]:
    values = rows[quantity].to_numpy(dtype=np.float64, na_value=np.nan)
    pairs = zip(_blocks(rows).tolist(), values.tolist(), strict=True)
    return {block: value for block, value in pairs if value > 0}


def _blocks(rows: pd.DataFrame) -> NDArray[np.int64]:
    return rows["block"].to_numpy(dtype=np.int64)


@cache
def _nothing() -> pd.DataFrame:
    empty = pd.DataFrame({"block": [], "seconds": [], "void": []})
    return _pair(empty, empty, frozenset())


def _why_nothing(rows: pd.DataFrame, base: pd.DataFrame | None) -> str:
    if rows["seconds"].isna().all():
        reasons = rows["reason"].dropna()
        status = str(rows["status"].iloc[-1])
        return f"{status}: {reasons.iloc[-1]}" if len(reasons) else status
    if rows["void"].astype("bool").all():
        return "no whole block: every one of them was cut short"
    if base is None:
        return "no baseline: no sequential trial of it is done on this target"
    return "no block in which both it and the sequential trial are done"


def _median(rows: pd.DataFrame) -> float:
    """Return the median over blocks, of whole blocks where there is any."""
    seconds = rows["seconds"].to_numpy(dtype=np.float64)
    whole = seconds[~rows["void"].to_numpy(dtype=np.bool_)]
    known = [each[~np.isnan(each)] for each in (whole, seconds)]
    used = next((each for each in known if len(each)), None)
    return float("nan") if used is None else float(np.median(used))
