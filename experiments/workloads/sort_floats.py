"""Sort a long list of floats: one C call that keeps the GIL from its first comparison to its last.

No other thread runs until the call returns: for one 60 ms call the switch interval of 5 ms means
nothing.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: total time does not show the harm; the latency of whatever else the process does, does.
"""

from __future__ import annotations

import functools
import random
import threading

PARAMS = {"items": 8, "length": 60_000, "seed": 7}

CPU_BOUND = True

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, list[float]] = {}


def make_items(items: int, length: int, seed: int) -> list[int]:  # noqa: ARG001
    """Return ranks: places of which to tell who came there. Untimed."""
    return [(index + 1) * length // (items + 1) for index in range(items)]


def setup(items: int, length: int, seed: int) -> None:  # noqa: ARG001
    """Make this worker's own floats: shared ones would be counted by all. Untimed."""
    _own[threading.get_ident()] = make_numbers(length, seed)


def make_numbers(length: int, seed: int) -> list[float]:
    """Return floats in random order."""
    draw = random.Random(seed)
    return [draw.random() for _ in range(length)]


def task(rank: int) -> tuple[float, float, float]:
    """Return the number of a rank, the smallest and the largest, of the sorted list. Timed."""
    numbers = sorted(_own[threading.get_ident()])
    return numbers[rank], numbers[0], numbers[-1]


def units(items: int, length: int, seed: int) -> int:  # noqa: ARG001
    """Return how many floats a pass sorts."""
    return items * length


def check(results: list[tuple[float, float, float]], items: int, length: int, seed: int) -> None:
    """Raise AssertionError unless as many numbers are smaller as a rank says; nothing is sorted."""
    numbers, least, most = unsorted(length, seed)
    ranks = make_items(items, length, seed)
    assert len(results) == len(ranks), f"{len(results)} results for {len(ranks)} items"
    for index, (number, first, last) in enumerate(results):
        rank = ranks[index]
        assert (first, last) == (least, most), f"ends are {first} and {last}"
        smaller = sum(each < number for each in numbers)
        assert smaller == rank, f"{smaller} numbers are smaller than that of rank {rank}"
        assert number in numbers, f"{number} is none of the numbers"


@functools.lru_cache(maxsize=1)
def unsorted(length: int, seed: int) -> tuple[list[float], float, float]:
    """Return the numbers as they were, the smallest and the largest."""
    numbers = make_numbers(length, seed)
    return numbers, min(numbers), max(numbers)
