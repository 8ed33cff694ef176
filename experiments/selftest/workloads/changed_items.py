"""Sort each item in place, which makes the second pass another work than the first.

Expect the trial to be wrong: its later values are those of lists that are sorted already.
Trap: the answer of every pass is right.
"""

from __future__ import annotations

import random

CPU_BOUND = True
PARAMS = {"items": 4, "length": 20_000, "seed": 1}


def make_items(items: int, length: int, seed: int) -> list[list[float]]:
    """Return lists of random numbers. Untimed."""
    source = random.Random(seed)
    return [[source.random() for _ in range(length)] for _ in range(items)]


def task(numbers: list[float]) -> float:
    """Return the median, and leave the list sorted. Timed."""
    numbers.sort()
    return numbers[len(numbers) // 2]


def check(results: list[float], items: int, length: int, seed: int) -> None:
    """Raise AssertionError unless every median is that of a sorted copy."""
    expected = [sorted(each)[length // 2] for each in make_items(items, length, seed)]
    assert results == expected, f"medians: {results}"
