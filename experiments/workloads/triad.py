"""Compute a = b + s * c over long numpy arrays: the memory is busy and the cores wait for it.

numpy releases the GIL throughout, so no lock is in the way of two threads. What they share is the
way to the memory, and where one core fills it a second gains nothing, on any build.
Expect with 2 workers: threads and processes 1 to 2 times as fast as sequential, all the same:
below 2 it is the machine's memory that says so.
Trap: caches. Arrays that fit into the last one (300 MB on some servers) measure that; a level
well above it, ``mebibytes = 128`` and more, needs three such arrays for every worker.
"""

from __future__ import annotations

import threading

import numpy as np

REQUIRES = ["numpy"]

PARAMS = {"items": 8, "mebibytes": 32}

CPU_BOUND = True

_own = threading.local()


def make_items(items: int, mebibytes: int) -> list[int]:  # noqa: ARG001 - gets every parameter
    """Return the factors s. Untimed."""
    return list(range(1, items + 1))


def setup(items: int, mebibytes: int) -> None:  # noqa: ARG001 - called with every parameter
    """Make this worker's arrays and touch every page of them. Untimed."""
    length = mebibytes * 2**20 // 8
    _own.b = np.arange(length, dtype=float)
    _own.c = np.full(length, 2.0)
    _own.a = np.full(length, -1.0)


def task(factor: int) -> tuple[float, float, float]:
    """Return the first, the middle and the last element of b + s * c. Timed."""
    a = _own.a
    np.multiply(_own.c, factor, out=a)
    np.add(a, _own.b, out=a)
    return float(a[0]), float(a[len(a) // 2]), float(a[-1])


def units(items: int, mebibytes: int) -> float:
    """Return how many GiB a pass moves: two arrays read and one written, and one of each again."""
    return items * 5 * mebibytes / 1024


def check(results: list[tuple[float, float, float]], items: int, mebibytes: int) -> None:
    """Raise AssertionError unless the elements are what whole numbers give."""
    length = mebibytes * 2**20 // 8
    expected = [
        tuple(float(place + 2 * factor) for place in (0, length // 2, length - 1))
        for factor in range(1, items + 1)
    ]
    assert [tuple(result) for result in results] == expected, f"elements differ: {results[:2]}"
