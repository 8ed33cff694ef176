"""The warm-up study: per cell its pace, where its scatter comes from, and what to repeat."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset.schema import CELL
from analysis.inference.steadiness import Pace, pace
from analysis.stats import best_repeats, blocks_for_precision, variance_components
from analysis.stats.interval import MIN_BLOCKS, Floats

COLUMNS = (*CELL, "control", "block", "attempt", "value_index")
COLUMNS += ("warmup", "again", "seconds", "status", "void")
AA = "a/a"

Level = str | int | float | bool | None
Process = tuple[Floats, Floats]  # seconds of its warm-ups, and of its timed values
Place = tuple[int, bool]  # block, and whether it is the second process of the cell there


@dataclass(frozen=True, slots=True)
class Scatter:
    """Standard deviations of the logarithm of seconds that each level adds: 0.01 is about 1 %."""

    value: float  # between the values of one process
    process: float  # between processes; where ``block`` is None, between blocks as well
    block: float | None  # between blocks; only where a cell was measured twice in each
    values: int | None  # timed values per process that buy most, at least; None: without end
    blocks: int | None  # for the wanted precision of a ratio; None: more than a million


@dataclass(frozen=True, slots=True)
class Study:
    """What the processes of one cell say together."""

    levels: Mapping[str, Level]  # machine, session, experiment and every factor
    processes: int
    warmups: int
    values: int
    left_out: int  # processes with another number of passes
    pace: Pace
    scatter: Scatter | None  # None below 6 blocks of two timed values


def studies(frame: pd.DataFrame, precision: float) -> list[Study]:
    """Return the study of every cell in a tidy table with at least ``COLUMNS``.

    Of several attempts the last one that is ok counts; blocks that were cut short do not.
    """
    plain = frame["control"].isna() | (frame["control"] == AA)
    marked = frame[["again", "void"]].fillna(False).any(axis=1)
    used = frame[plain & ~marked & (frame["status"] == "ok") & (frame["seconds"] > 0)]
    used = used.sort_values(["block", "attempt", "value_index"], kind="stable")
    found: list[Study] = []
    for _, rows in used.groupby(list(CELL), dropna=False, sort=True):
        levels = {name: _plain(rows[name].iloc[0]) for name in CELL}
        found.append(_study(levels, _processes(rows), precision))
    return found


def _study(levels: Mapping[str, Level], every: dict[Place, Process], precision: float) -> Study:
    counted = Counter((len(first), len(timed)) for first, timed in every.values())
    (warmups, values), _ = counted.most_common(1)[0]
    alike = {
        place: each
        for place, each in every.items()
        if (len(each[0]), len(each[1])) == (warmups, values)
    }
    first = {place: each for place, each in alike.items() if not place[1]} or alike
    passes = np.array([np.concatenate(each) for each in first.values()])
    return Study(
        levels=levels,
        processes=len(first),
        warmups=warmups,
        values=values,
        left_out=len(every) - len(alike),
        pace=pace(passes, warmups),
        scatter=_scatter(alike, precision) if values > 1 else None,
    )


def _scatter(every: dict[Place, Process], precision: float) -> Scatter | None:
    """Return what each level adds; None below 6 blocks."""
    first = {block: timed for (block, second), (_, timed) in every.items() if not second}
    second = {block: timed for (block, second), (_, timed) in every.items() if second}
    both = [block for block in first if block in second]
    if len(both) >= MIN_BLOCKS:
        parts = variance_components(np.log([[first[b], second[b]] for b in both]))
    elif len(first) >= MIN_BLOCKS:
        parts = variance_components(np.log(list(first.values())))
    else:
        return None
    spreads = np.sqrt(parts.clip(min=0))
    number = len(next(iter(first.values())))
    return Scatter(
        value=float(spreads[0]),
        process=float(spreads[1]),
        block=float(spreads[2]) if len(spreads) > 2 else None,
        values=_values(parts[:2], every),
        blocks=_blocks(float(spreads[0]), float(spreads[1]), number, precision),
    )


def _values(parts: Floats, every: dict[Place, Process]) -> int | None:
    """Return how many values of a process buy most, if a process costs no more than its warm-ups.

    Its start is not counted, so that the number is one of at least.
    """
    cost = float(np.mean([timed.mean() for _, timed in every.values()]))
    before = float(np.mean([first.sum() for first, _ in every.values()]))
    if not before > 0:
        return 1
    best = float(best_repeats(parts, [cost, before])[0])
    return int(np.ceil(best)) if np.isfinite(best) else None


def _blocks(value: float, process: float, values: int, precision: float) -> int | None:
    """Return the blocks for a ratio of two such cells, from what does not cancel in a block."""
    spread = float(np.sqrt(2 * (process**2 + value**2 / values)))
    if not spread > 0:
        return MIN_BLOCKS
    try:
        return blocks_for_precision(spread, precision)
    except ValueError:
        return None


def _processes(rows: pd.DataFrame) -> dict[Place, Process]:
    found: dict[Place, Process] = {}
    for _, one in rows.groupby(["block", "attempt", rows["control"].notna()], sort=True):
        warm = one["warmup"].fillna(False).to_numpy(dtype=np.bool_)
        seconds = one["seconds"].to_numpy(dtype=np.float64)
        place = (int(one["block"].iloc[0]), bool(pd.notna(one["control"].iloc[0])))
        found[place] = (seconds[warm], seconds[~warm])  # a later attempt replaces an earlier one
    return found


def _plain(value: Any) -> Level:  # whatever pandas keeps in a column
    """Return a level as JSON knows it."""
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
