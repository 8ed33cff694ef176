"""Which processes are compared with which: pairs of trials of one session and one block.

Everything that shows or judges a speed-up starts here, so that the table, the figure and the
verdicts cannot pair differently.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import thresholds
from analysis.columns import (
    CELL,
    DONE,
    FACTORS,
    OBSERVATIONS,
    OBSERVED,
    SESSION,
    of_session,
    records,
    session_ids,
)
from analysis.tidy import AA, CANARY

SEQUENTIAL = "sequential"
_SAME_FIRST = ("lifecycle", "gc", "switch_interval", "chunk")
_KEYS = [*SESSION, "key", "control", "block"]


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

    @property
    def session(self) -> tuple[str, str, str]:
        """Return machine, session and experiment."""
        return (self.cell["machine"], self.cell["session"], self.cell["experiment"])


def trials(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per (cell, block, control): the median of a process's timed values.

    Warm-ups and what a cold trial did ``again`` are left out; values of wrong trials too, for a
    wrong answer is never a fast one. Of several attempts a later one that is ok replaces one that
    failed.
    """
    timed = (
        frame["seconds"].notna() & ~frame["warmup"].fillna(False) & ~frame["again"].fillna(False)
    )
    used = frame.assign(seconds=frame["seconds"].where(timed & (frame["status"] == "ok")))
    metrics = [name for name in frame.columns if name.startswith(OBSERVED)]
    metrics += ["cpu_seconds", *OBSERVATIONS]
    used[metrics] = used[metrics].where(used["seconds"].notna())
    constant = [*CELL, "cores", "status", "reason", "void", "units", "baseline_seconds", "build"]
    constant += ["trial", "position", "canary_together", "canary_single"]
    constant += ["canary_threshold", "canary_source", "twin", "cpu_bound", "unobserved"]
    how = dict.fromkeys(["seconds", *metrics], "median") | dict.fromkeys(constant, "first")
    for name in _KEYS:
        how.pop(name, None)
    grouped = used.groupby([*_KEYS, "attempt"], dropna=False, sort=True)
    attempts = grouped.agg(how).reset_index()
    ranked = attempts.assign(good=attempts["status"] == "ok").sort_values(
        [*_KEYS, "good", "attempt"], kind="stable"
    )
    last = ranked.drop_duplicates(_KEYS, keep="last").drop(columns="good")
    last = last.assign(seconds_per_unit=last["seconds"] / last["units"].where(last["units"] > 0))
    return _with_gil(last).reset_index(drop=True)


def contrasts(frame: pd.DataFrame) -> list[Contrast]:
    """Return a contrast for every cell of every session, also for those that never ran."""
    every = trials(frame)
    plain = every[every["control"].isna()]
    found: list[Contrast] = []
    for session in session_ids(plain):
        here = of_session(plain, session).groupby(list(CELL), dropna=False, sort=True)
        cells = [rows.sort_values("block") for _, rows in here]
        baselines = [rows for rows in cells if rows["model"].iloc[0] == SEQUENTIAL]
        busy = busy_blocks(every, session)
        found += [_contrast(rows, baselines, busy, _twin(rows, cells)) for rows in cells]
    return found


def busy_blocks(every: pd.DataFrame, session: tuple[str, str, str]) -> frozenset[int]:
    """Return the blocks of a session in which the machine was not all ours."""
    here = of_session(every, session)
    threshold, _ = canary_threshold(here)
    readings = canary(here)
    return frozenset(readings.loc[readings["capacity"] < threshold, "block"])


def canary_threshold(here: pd.DataFrame) -> tuple[float, str]:
    """Return what the canary must reach in one session, and where that number comes from."""
    known = here.loc[here["canary_threshold"].notna(), ["canary_threshold", "canary_source"]]
    if not len(known):
        return thresholds.canary({})
    return float(known["canary_threshold"].iloc[0]), str(known["canary_source"].iloc[0])


def canary(every: pd.DataFrame) -> pd.DataFrame:
    """Return the capacity in each block: work of k spinners over k times one spinner's.

    One spinner's is its median over the session: the single reading of a block is as noisy as
    the capacity it would be divided into.
    """
    rows = every[(every["control"] == CANARY) & every["canary_together"].notna()]
    single = rows.groupby([*SESSION, "workers"])["canary_single"].transform("median")
    capacity = rows["canary_together"] / (single * rows["workers"].astype("float64"))
    return rows[[*SESSION, "block", "workers"]].assign(capacity=capacity).reset_index(drop=True)


def duplicates(frame: pd.DataFrame) -> list[tuple[Mapping[str, Any], pd.DataFrame]]:
    """Return each A/A cell with its paired blocks: the same work against itself."""
    every = trials(frame)
    found = []
    for _, control in every[every["control"] == AA].groupby(list(CELL), dropna=False, sort=True):
        cell = control.iloc[0]
        session = (cell["machine"], cell["session"], cell["experiment"])
        own = of_session(every[every["control"].isna()], session)
        own = own[own["key"] == cell["key"]]
        found.append((records(control[list(CELL)].head(1))[0], _pair(own, control, frozenset())))
    return found


def _contrast(
    rows: pd.DataFrame,
    baselines: list[pd.DataFrame],
    busy: frozenset[int],
    twin: pd.DataFrame | None,
) -> Contrast:
    cell = records(rows[list(CELL)].head(1))[0]
    tax = _nothing() if twin is None else _pair(rows, twin, busy, "seconds_per_unit")
    none = _nothing()
    if cell["model"] == SEQUENTIAL:
        why = None if rows["seconds"].notna().any() else _why_nothing(rows, rows)
        seconds, lifecycle = _median(rows), str(cell["lifecycle"])
        return Contrast(cell, rows, none, busy, "itself", lifecycle, seconds, why, none, tax)
    base, kind, lifecycle = _baseline(cell, baselines), "sequential", None
    if base is not None:
        lifecycle = str(base["lifecycle"].iloc[0])
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


def _baseline(cell: Mapping[str, Any], baselines: list[pd.DataFrame]) -> pd.DataFrame | None:
    """Return the sequential cell on the same target that shares most options with ``cell``.

    The same life cycle first, or else the warm one. None if no such cell has a value.
    """

    def fit(rows: pd.DataFrame) -> tuple[bool, ...]:
        first = rows.iloc[0]
        same = [bool(first[name] == cell[name]) for name in _SAME_FIRST]
        return (same[0], bool(first["lifecycle"] == "warm"), *same[1:])

    ours = [
        rows
        for rows in baselines
        if all(rows[name].iloc[0] == cell[name] for name in ("workload", "target"))
        and rows["seconds"].notna().any()
    ]
    return max(ours, key=fit, default=None)


def _twin(rows: pd.DataFrame, cells: list[pd.DataFrame]) -> pd.DataFrame | None:
    """Return the same cell on the twin with a GIL; None unless ``rows`` have such a twin."""
    first = rows.iloc[0]
    if not isinstance(first["twin"], str):
        return None
    same = [name for name in FACTORS if name != "target"]
    ours = [
        other
        for other in cells
        if other["target"].iloc[0] == first["twin"]
        and all(other[name].iloc[0] == first[name] for name in same)
    ]
    return max(ours, key=lambda other: int(other["seconds"].notna().sum()), default=None)


def _pair(
    base: pd.DataFrame, other: pd.DataFrame, busy: frozenset[int], quantity: str = "seconds"
) -> pd.DataFrame:
    """Return log(base) - log(other) in every block that is whole and has both."""
    first, second = _by_block(base, quantity), _by_block(other, quantity)
    whole = set(other.loc[~other["void"].astype("bool"), "block"])
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
    pairs = zip(rows["block"], rows[quantity], strict=True)
    return {int(block): float(value) for block, value in pairs if value > 0}


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
    whole = rows.loc[~rows["void"].astype("bool"), "seconds"]
    return float((whole if whole.notna().any() else rows["seconds"]).median())


def _with_gil(rows: pd.DataFrame) -> pd.DataFrame:
    """Give a trial that did not live to say its GIL state the one its cell was usually found in."""
    usual = rows.groupby([*SESSION, "key"])["gil"].transform(
        lambda states: states.dropna().mode().iloc[0] if states.notna().any() else pd.NA
    )
    return rows.assign(gil=rows["gil"].fillna(usual.astype("boolean")))


def statuses(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many blocks ended how."""
    counted = rows["status"].value_counts()
    return {status: int(counted.get(status, 0)) for status in (*DONE, "skipped")}
