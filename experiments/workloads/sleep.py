"""Wait: many short sleeps, which is what a program does that talks to others.

A sleeping thread holds no GIL and a sleeping coroutine no thread, so any number of waits can
overlap on one core, with or without a GIL.
Expect: a pool of N threads or N coroutines in flight about N times as fast as sequential, up to
the number of items and on every build; two processes twice, at the price of two processes.
Trap: nothing is computed here. What this shows about waiting says nothing about CPU work.
"""

from __future__ import annotations

import time

PARAMS = {"items": 100, "seconds": 0.05}


def make_items(items: int, seconds: float) -> list[tuple[int, float]]:
    """Return ``items`` waits, numbered so that a lost one is missed. Untimed."""
    return [(index, seconds) for index in range(items)]


def task(wait: tuple[int, float]) -> tuple[int, float]:
    """Sleep; return the item's number and how long it really slept. Timed."""
    index, seconds = wait
    start = time.perf_counter()
    time.sleep(seconds)
    return index, time.perf_counter() - start


async def task_async(wait: tuple[int, float]) -> tuple[int, float]:
    """Sleep in the event loop; return what ``task`` returns. Timed."""
    # Imported here, where the loop that runs this has already loaded it: at the top, every
    # process of a pool that never sees a coroutine would load it too.
    import asyncio

    index, seconds = wait
    start = time.perf_counter()
    await asyncio.sleep(seconds)
    return index, time.perf_counter() - start


def baseline(items: int, seconds: float) -> float:
    """Return how long the sleeps last one after another, where nobody should wait for that."""
    return items * seconds


def io_seconds(items: int, seconds: float) -> float:
    """Return how long the sleeps of a pass last, added up: nobody kept them waiting."""
    return items * seconds


def observe(results: list[tuple[int, float]]) -> dict[str, float]:
    """Return the longest sleep in seconds: how late the last sleeper woke."""
    return {"longest_sleep": max(slept for _, slept in results)}


def check(results: list[tuple[int, float]], items: int, seconds: float) -> None:
    """Raise AssertionError unless every item came back and none cut its sleep short."""
    numbers = [index for index, _ in results]
    assert numbers == list(range(items)), f"items lost or out of order: {numbers[:8]}"
    shortest = min(slept for _, slept in results)
    # An event loop may wake a coroutine a clock tick early; a per cent is far more than that.
    assert shortest >= 0.99 * seconds, f"slept {shortest:.4f} s instead of {seconds} s"
