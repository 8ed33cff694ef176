"""Add small numpy arrays, over and over: a ufunc keeps the GIL until the loop is worth letting go.

numpy releases the GIL for a loop over more than 500 elements and keeps it for shorter ones. On
small arrays most of the time is spent finding out what is to be added.
Expect with 2 workers: with a GIL threads about 1 time as fast as sequential at 4 and 400 elements,
1.5 to 2 times at a million; without one 1 to 1.5 times at 4 (shared counters), more above.
Trap: around 1000 elements the GIL is let go and taken back every microsecond, and the hand-offs
may make two threads slower than one.
"""

from __future__ import annotations

import threading

import numpy as np

REQUIRES = ["numpy"]

PARAMS = {"items": 16, "size": 400, "calls": 10_000}

CPU_BOUND = True

_own = threading.local()


def make_items(items: int, size: int, calls: int) -> list[tuple[int, int]]:  # noqa: ARG001
    """Return pieces (start value, number of calls). Untimed."""
    return [(index, calls) for index in range(items)]


def setup(items: int, size: int, calls: int) -> None:  # noqa: ARG001 - gets every parameter
    """Make this worker's arrays. Untimed."""
    _own.total, _own.one = np.zeros(size), np.ones(size)


def task(piece: tuple[int, int]) -> float:
    """Return the sum of an array to which ones were added so many times. Timed."""
    start, calls = piece
    total, one = _own.total, _own.one
    total[:] = start
    add = np.add
    for _ in range(calls):
        add(total, one, out=total)
    return float(total.sum())


def units(items: int, size: int, calls: int) -> int:
    """Return how many elements a pass adds."""
    return items * size * calls


def check(results: list[float], items: int, size: int, calls: int) -> None:
    """Raise AssertionError unless each sum is the whole number that counting gives."""
    expected = [float(size * (index + calls)) for index in range(items)]
    assert results == expected, f"sums differ, first ones {results[:4]}"
