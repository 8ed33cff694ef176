"""Which processes are compared with which: pairs of trials of one session and one block.

Everything that shows or judges a speed-up starts here, so that the table, the figure and the
verdicts cannot pair differently.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison import baselines, cells, run_order
from analysis.comparison.capacity import busy_blocks
from analysis.comparison.cells import Cell, Cells
from analysis.comparison.pairs import NONE, Pairs, pair
from analysis.comparison.trials import trials
from analysis.dataset import frames
from analysis.dataset.frames import of_session, records
from analysis.dataset.schema import CELL
from analysis.stats import Order
from harness.storage.schema import AA, SEQUENTIAL


@dataclass(frozen=True)
class Contrast:
    """One cell of one session against its baseline."""

    of: Cell
    busy: frozenset[int]  # blocks in which other processes used the CPUs
    ratios: Mapping[str, Pairs]  # by metric: of the cell against another one of its session
    baseline: str  # "sequential", "computed", "none", or "itself" for a sequential cell
    baseline_lifecycle: str | None = None
    baseline_seconds: float = float("nan")
    why: str | None = None  # there is nothing to compare
    order: Order = Order.RANDOM_BLOCKS  # of its session
    pilot: int | None = None  # blocks of its session's pilot, which chose the number of all

    @property
    def cell(self) -> Mapping[str, Any]:
        """Return what names the cell."""
        return self.of.levels

    @property
    def trials(self) -> pd.DataFrame:
        """Return one row per block: the last attempt in that block, whatever its status."""
        return self.of.rows

    @property
    def paired(self) -> Pairs:
        """Return the seconds of the baseline against the cell's."""
        return self.ratio("speedup")

    @property
    def session(self) -> tuple[str, str, str]:
        """Return machine, session and experiment."""
        return self.of.session

    def ratio(self, name: str) -> Pairs:
        """Return one of the ratios in every block that has both sides; empty where none has."""
        return self.ratios.get(name, NONE)

    def values(self, name: str, *, clean: bool) -> NDArray[np.float64]:
        """Return what is known of one quantity, per whole block.

        ``clean`` leaves out the blocks in which other processes used the CPUs.
        """
        return self.known(name, clean=clean)[1]

    def known(self, name: str, *, clean: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the blocks in which one quantity is known, and what it is; see `values`."""
        found = self.of.numbers(name)
        kept = (self._clean if clean else self.of.whole) & ~np.isnan(found)
        return self.of.blocks[kept], found[kept]

    def blocks(self, *, clean: bool) -> list[int]:
        """Return the blocks of which a value is used."""
        return self.known("seconds", clean=clean)[0].tolist()

    @cached_property
    def _clean(self) -> NDArray[np.bool_]:
        return self.of.whole & ~np.isin(self.of.blocks, list(self.busy))


@frames.per_frame
def contrasts(frame: pd.DataFrame) -> list[Contrast]:
    """Return a contrast for every cell of every session, also for those that never ran."""
    every = trials(frame)
    plain = every[every["control"].isna()]
    found: list[Contrast] = []
    for session, here in groupby(cells.cells(plain), key=lambda each: each.session):
        known, busy = Cells(list(here)), busy_blocks(every, session)
        ran = run_order.design(of_session(every, session))
        found += [replace(_contrast(each, known, busy), **ran) for each in known.every]
    return found


@frames.per_frame
def duplicates(frame: pd.DataFrame) -> list[tuple[Mapping[str, Any], Pairs]]:
    """Return each A/A cell with its paired blocks: the same work against itself."""
    every = trials(frame)
    found: list[tuple[Mapping[str, Any], Pairs]] = []
    plain = every[every["control"].isna()]
    for _, control in every[every["control"] == AA].groupby(list(CELL), dropna=False, sort=True):
        again = cells.of_rows(records(control[list(CELL)].head(1))[0], control)
        here = of_session(plain, again.session)
        own = here[here["key"] == str(control["key"].iloc[0])]
        found.append((again.levels, pair(cells.of_rows(again.levels, own), again)))
    return found


def _contrast(each: Cell, known: Cells, busy: frozenset[int]) -> Contrast:
    ratios = _ratios(each, known, busy)
    if each.levels["model"] == SEQUENTIAL:
        why = None if each.is_done else _why_nothing(each.rows, each.rows)
        lifecycle = str(each.levels["lifecycle"])
        return Contrast(each, busy, ratios, "itself", lifecycle, each.median("seconds"), why)
    base, kind = baselines.sequential(each, known), "sequential"
    lifecycle = None if base is None else str(base.levels["lifecycle"])
    if base is None:
        base, kind = baselines.computed(each), "computed"
    if base is None:
        return Contrast(each, busy, ratios, "none", why=_why_nothing(each.rows, None))
    paired = pair(base, each, busy)
    user = baselines.with_the_gil(each, known)
    ratios |= {
        "speedup": paired,
        "speedup_user": pair(user, each, busy, "seconds_per_unit"),
        "speedup_self": pair(baselines.one_worker(each, known), each, busy),
        "cpu_inflation": pair(each, base, busy, "cpu_seconds"),
        "gil_slowdown": paired.over(_of_twin(each, known, busy)),
    }
    why = None if len(paired) else _why_nothing(each.rows, base.rows)
    return Contrast(each, busy, ratios, kind, lifecycle, base.median("seconds"), why)


def _ratios(each: Cell, known: Cells, busy: frozenset[int]) -> dict[str, Pairs]:
    """Return what a sequential cell may have, too."""
    return {
        "tax": pair(each, baselines.twin(each, known), busy, "seconds_per_unit"),
        "lock_effect": pair(each, baselines.unlocked(each, known), busy),
        "convoy_factor": pair(each, baselines.alone(each, known), busy, "latency_p50"),
    }


def _of_twin(each: Cell, known: Cells, busy: frozenset[int]) -> Pairs:
    """Return the speed-up of the same cell on the twin with a GIL."""
    twin = baselines.twin(each, known)
    return NONE if twin is None else pair(baselines.sequential(twin, known), twin, busy)


def _why_nothing(rows: pd.DataFrame, base: pd.DataFrame | None) -> str:
    if rows["seconds"].isna().all():
        reasons = rows["reason"].dropna()
        status = str(rows["status"].iloc[-1])
        return f"{status}: {reasons.iloc[-1]}" if len(reasons) else status
    if rows["void"].astype("bool").all():
        return "no complete block: every block was cut short"
    if base is None:
        return "no baseline: no sequential trial of this work finished on this target"
    return "no block in which both this cell and the sequential trial finished"
