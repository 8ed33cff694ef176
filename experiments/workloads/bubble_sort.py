"""Bubble-sort lists of ints that belong to one worker, to all workers, or to nobody.

Pure Python, CPU-bound, every worker on a list of its own: a thread holds the GIL throughout.
What differs between the kinds is who owns the *int objects* the lists point to, which decides
what counting a reference costs without a GIL (biased reference counting: the thread that
allocated an object counts without atomic instructions, every other thread with them).

``private``  every worker allocates its own ints, in ``setup``, in its own thread.
``shared``   the first worker whose ``setup`` runs allocates the ints for the whole process and
             so owns them; the other threads count with atomic instructions, on the same cache
             lines. Sequential is its own first worker. A process or sub-interpreter shares
             nothing with another, so there this is ``private`` once more.
``small``    ints up to 255, which CPython keeps for ever and never counts.

Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, whatever the kind;
without one 1.7 to 2 times for ``private`` and ``small``, less for ``shared``; processes
and sub-interpreters 1.7 to 2 times on every build.
Trap: copying a list copies pointers. Threads that sort copies of one list share its ints.
"""

from __future__ import annotations

import functools
import random
import threading

PARAMS = {"items": 8, "length": 600, "kind": "private", "seed": 7}
CPU_BOUND = True

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, list[list[int]]] = {}
_common: list[list[int]] = []


def make_items(items: int, length: int, kind: str, seed: int) -> list[tuple[int, str]]:  # noqa: ARG001
    """Return handles (which list, kind); the lists are made by ``setup``. Untimed."""
    return [(index, kind) for index in range(items)]


def setup(items: int, length: int, kind: str, seed: int) -> None:
    """Allocate the lists in the worker that will sort them, or once for all. Untimed."""
    if kind != "shared":
        _own[threading.get_ident()] = unsorted(items, length, kind, seed)
    elif not _common:
        _common[:] = unsorted(items, length, kind, seed)


def unsorted(items: int, length: int, kind: str, seed: int) -> list[list[int]]:
    """Return ``items`` orders of the same ``length`` int objects.

    The order is drawn first and then filled with small or large values in the same ranks, so
    that every kind makes the same comparisons (and, but for equal small values, the same swaps).
    """
    if kind not in ("private", "shared", "small"):
        raise ValueError(f"kind is 'private', 'shared' or 'small', not {kind!r}")
    # Above 2**20, so that no interpreter has them among its preallocated small ints.
    values = [rank * 256 // length if kind == "small" else 2**20 + rank for rank in range(length)]
    draw = random.Random(seed)
    return [draw.sample(values, length) for _ in range(items)]


def task(handle: tuple[int, str]) -> int:
    """Sort one list and return a checksum that depends on every position. Timed."""
    index, kind = handle
    lists = _common if kind == "shared" else _own[threading.get_ident()]
    numbers = list(lists[index])
    for last in range(len(numbers) - 1, 0, -1):
        for place in range(last):
            if numbers[place] > numbers[place + 1]:
                numbers[place], numbers[place + 1] = numbers[place + 1], numbers[place]
    return checksum(numbers)


def checksum(numbers: list[int]) -> int:
    """Return the sum of position times value: smaller unless the numbers ascend."""
    return sum(place * number for place, number in enumerate(numbers))


def units(items: int, length: int, kind: str, seed: int) -> int:  # noqa: ARG001
    """Return how many comparisons a pass makes."""
    return items * length * (length - 1) // 2


def check(results: list[int], **params: object) -> None:
    """Raise AssertionError unless every list was sorted as ``sorted`` sorts it."""
    answer = expected(**params)
    assert results == answer, f"expected checksums {answer[:4]}..., got {results[:4]}"


@functools.lru_cache(maxsize=1)
def expected(items: int, length: int, kind: str, seed: int) -> list[int]:
    """Return the checksums of lists sorted by the interpreter's own sort."""
    return [checksum(sorted(numbers)) for numbers in unsorted(items, length, kind, seed)]
