"""The cells of each session: their trials as rows, and as arrays of numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.dataset.frames import records
from analysis.dataset.schema import CELL
from harness.storage.schema import FACTORS, SEQUENTIAL

_SAME_BASE = ("workload", "target")


class Numbers:
    """Columns of a table as arrays of floats, NaN where nothing is known.

    Each is converted once for all cells: to take a column out of a frame takes pandas longer than
    most of what is computed of one cell.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table
        self._known: dict[str, NDArray[np.float64]] = {}

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return one column, in the order of the rows."""
        if name not in self._known:
            column = self._table[name]
            self._known[name] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return self._known[name]


@dataclass(frozen=True)
class Cell:
    """The trials of one cell in one session, and what names it."""

    levels: Mapping[str, Any]
    rows: pd.DataFrame  # one per block: the last attempt in that block, whatever its status
    table: Numbers
    place: slice  # where the rows are in the table

    @property
    def session(self) -> tuple[str, str, str]:
        """Return machine, session and experiment."""
        return (self.levels["machine"], self.levels["session"], self.levels["experiment"])

    @cached_property
    def is_done(self) -> bool:
        """Return whether any trial of it took a time."""
        return not np.isnan(self.numbers("seconds")).all()

    @cached_property
    def blocks(self) -> NDArray[np.int64]:
        """Return the block of each row."""
        return self.numbers("block").astype(np.int64)

    @cached_property
    def whole(self) -> NDArray[np.bool_]:
        """Return of each row whether its block was not cut short."""
        return self.numbers("void") != 1

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of the rows, NaN where nothing is known."""
        return self.table[name][self.place]

    def median(self, name: str) -> float:
        """Return the median over blocks, of whole blocks where there is any."""
        values = self.numbers(name)
        known = [each[~np.isnan(each)] for each in (values[self.whole], values)]
        used = next((each for each in known if len(each)), None)
        return float("nan") if used is None else float(np.median(used))


class Cells:
    """The cells of one session, found by what they are."""

    def __init__(self, every: list[Cell]) -> None:
        self.every = every
        self._alike: dict[tuple[Any, ...], list[Cell]] = {}
        self._sequential: dict[tuple[Any, ...], list[Cell]] = {}
        for each in every:
            self._alike.setdefault(_levels(each.levels, FACTORS), []).append(each)
            if each.levels["model"] == SEQUENTIAL and each.is_done:
                known = self._sequential.setdefault(_levels(each.levels, _SAME_BASE), [])
                known.append(each)

    def alike(self, levels: Mapping[str, Any]) -> list[Cell]:
        """Return the cells with these levels of every factor, one per state of the GIL."""
        return self._alike.get(_levels(levels, FACTORS), [])

    def sequential(self, levels: Mapping[str, Any]) -> list[Cell]:
        """Return the sequential cells of the same workload and target that took a time."""
        return self._sequential.get(_levels(levels, _SAME_BASE), [])


def of_rows(levels: Mapping[str, Any], rows: pd.DataFrame) -> Cell:
    """Return the cell whose trials are all of these rows."""
    return Cell(levels, rows, Numbers(rows), slice(None))


def cells(plain: pd.DataFrame) -> list[Cell]:
    """Return the cells of all sessions, by session; grouped once, however many there are."""
    if not len(plain):
        return []
    number = plain.groupby(list(CELL), dropna=False, sort=True).ngroup().to_numpy()
    places = np.lexsort((plain["block"].to_numpy(dtype=np.int64), number))
    rows = plain.iloc[places]
    starts = np.flatnonzero(np.diff(number[places], prepend=-1))
    heads = records(rows.iloc[starts][list(CELL)])
    table, ends = Numbers(rows), [*starts[1:], len(rows)]
    return [
        Cell(head, rows.iloc[start:end], table, slice(start, end))
        for head, start, end in zip(heads, starts, ends, strict=True)
    ]


def _levels(levels: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(levels[name] for name in names)
