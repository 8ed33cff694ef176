"""Make a small dictionary and drop it, over and over: short-lived containers.

Pure Python and CPU-bound, nothing shared but the allocator: a thread holds the GIL throughout.
Freed at once by its reference count, a dictionary goes back to a free list; a free-threaded
build has such a list, and a heap, per thread.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: PyPy sees that no dictionary outlives its round and makes none. Its seconds per unit are
those of an addition.
"""

from __future__ import annotations

PARAMS = {"items": 16, "dicts": 50_000}
CPU_BOUND = True


def make_items(items: int, dicts: int) -> list[tuple[int, int]]:
    """Return ranges of numbers (first, one past the last), one after another. Untimed."""
    return [(index * dicts, (index + 1) * dicts) for index in range(items)]


def task(piece: tuple[int, int]) -> int:
    """Return the sum of the numbers, each carried by a dictionary of its own. Timed."""
    total = 0
    for number in range(*piece):
        total += {"key": number}["key"]
    return total


def units(items: int, dicts: int) -> int:
    """Return how many dictionaries a pass makes."""
    return items * dicts


def check(results: list[int], items: int, dicts: int) -> None:
    """Raise AssertionError unless every sum is the mean of its range times its length."""
    answer = [(2 * index * dicts + dicts - 1) * dicts // 2 for index in range(items)]
    assert results == answer, f"expected sums {answer[:4]}, got {results[:4]}"
