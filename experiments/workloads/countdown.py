"""Count down to zero: the classic loop of every talk about the GIL.

Pure Python, CPU-bound, nothing shared: a thread holds the GIL for a whole switch interval, and
the shorter that is, the more of the time goes into handing it over.
Expect with 2 workers: threads 0.85 to 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: the loop says nothing about the work of a program. A compiler makes next to nothing of it
(PyPy is some thirty times as fast), so interpreters cannot be compared by it.
"""

from __future__ import annotations

PARAMS = {"items": 16, "start": 150_000}
CPU_BOUND = True


def make_items(items: int, start: int) -> list[tuple[int, int]]:
    """Return pieces (where to start, where to end), every end another. Untimed."""
    return [(start + index, index) for index in range(items)]


def task(piece: tuple[int, int]) -> int:
    """Return the sum of where the count began and where it ended. Timed."""
    start, end = piece
    number = start
    while number > end:
        number -= 1
    return start + number


def units(items: int, start: int) -> int:
    """Return how many steps a pass counts."""
    return items * start


def check(results: list[int], items: int, start: int) -> None:
    """Raise AssertionError unless every count ended at its end, which no other item has."""
    ends = [result - start - index for index, result in enumerate(results)]
    assert ends == list(range(items)), f"counts ended at {ends[:8]}, not at 0, 1, 2, ..."
