"""Hold the GIL for a set share of the time, in C: a truth to judge the sampler by.

``ctypes.PyDLL`` calls a C function with the GIL held, ``ctypes.CDLL`` without. Both sleep, so
that nothing but the lock is asked for, and two workers can hold it in turn without needing a CPU.
Expect on a build with a GIL: it is held for as long as the first kind of call lasts.
Trap: without a GIL both calls are the same, and there is nothing to be held.
"""

from __future__ import annotations

import ctypes
import time

PARAMS = {"items": 1, "rounds": 100, "held": 0.002, "free": 0.002}

# PyPy has no PyDLL, and no lock that could be read there.
_holding = getattr(ctypes, "PyDLL", ctypes.CDLL)(None).usleep
_letting_go = ctypes.CDLL(None).usleep


def make_items(items: int, rounds: int, held: float, free: float) -> list[tuple[int, int, int]]:
    """Return one (rounds, microseconds held, microseconds free) per worker. Untimed."""
    return [(rounds, round(1e6 * held), round(1e6 * free))] * items


def task(cycle: tuple[int, int, int]) -> tuple[int, float, float, float]:
    """Return rounds done, when they began and ended, and the seconds the GIL was held. Timed."""
    rounds, held, free = cycle
    clock = time.perf_counter
    began = clock()
    holding = 0.0
    for _ in range(rounds):
        start = clock()
        _holding(held)
        holding += clock() - start
        _letting_go(free)
    return rounds, began, clock(), holding


def io_seconds(items: int, rounds: int, held: float, free: float) -> float:
    """Return how long the workers sleep, in all."""
    return items * rounds * (held + free)


def observe(results: list[tuple[int, float, float, float]]) -> dict[str, float]:
    """Return the share of the time in which some worker held the GIL."""
    began, ended = min(each[1] for each in results), max(each[2] for each in results)
    return {"duty": sum(each[3] for each in results) / (ended - began)}


def check(
    results: list[tuple[int, float, float, float]],
    items: int,
    rounds: int,
    held: float,
    free: float,
) -> None:
    """Raise AssertionError unless every worker did every round and none was cut short."""
    assert [each[0] for each in results] == [rounds] * items, f"rounds done: {results}"
    for _, began, ended, holding in results:
        assert holding >= 0.99 * rounds * held, f"held {holding} s"
        assert ended - began >= 0.99 * rounds * (held + free), f"took {ended - began} s"
