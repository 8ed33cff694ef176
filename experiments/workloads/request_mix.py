"""Answer requests that wait and then compute: the mix that a pool is sized for.

A waiting thread holds no GIL, a computing one holds it throughout. With a GIL the waits overlap
and the computing adds up; without one both overlap, as far as there are cores.
Expect with 8 workers and two cores: with a GIL threads and asyncio 1.5 to 2 times as fast as
sequential, the computing alone being half of it; free-threaded threads and processes 3 to 4 times.
Trap: a pool size found with one mix holds for that mix. Double the waiting and the best size
doubles; and past it more threads only make each request wait for the GIL.
"""

from __future__ import annotations

import time

PARAMS = {"items": 32, "seconds": 0.005, "iterations": 35_000}


def make_items(items: int, seconds: float, iterations: int) -> list[tuple[int, float, int]]:
    """Return ``items`` requests (number, wait, iterations). Untimed."""
    return [(index, seconds, iterations) for index in range(items)]


def task(request: tuple[int, float, int]) -> tuple[int, float]:
    """Wait, then compute; return what was computed and how long was waited. Timed."""
    number, seconds, iterations = request
    start = time.perf_counter()
    time.sleep(seconds)
    waited = time.perf_counter() - start
    return compute(number, iterations), waited


async def task_async(request: tuple[int, float, int]) -> tuple[int, float]:
    """Wait in the event loop, then compute and hold it up; return what ``task`` does. Timed."""
    import asyncio  # here: only a process that runs coroutines pays for it

    number, seconds, iterations = request
    start = time.perf_counter()
    await asyncio.sleep(seconds)
    waited = time.perf_counter() - start
    return compute(number, iterations), waited


def compute(state: int, iterations: int) -> int:
    """Return the state of a linear congruential generator after so many steps."""
    for _ in range(iterations):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    return state


def io_seconds(items: int, seconds: float, iterations: int) -> float:  # noqa: ARG001
    """Return how long the requests of a pass wait on purpose, one after another."""
    return items * seconds


def observe(results: list[tuple[int, float]]) -> dict[str, float]:
    """Return the longest wait in seconds: how late a request came to its computing."""
    return {"longest_wait": max(waited for _, waited in results)}


def check(results: list[tuple[int, float]], items: int, seconds: float, iterations: int) -> None:
    """Raise AssertionError unless every request waited and computed what a formula gives.

    After n steps the state is a^n * x + c * (a^n - 1) / (a - 1), all of it modulo 2^31.
    """
    states = [state for state, _ in results]
    power = pow(1103515245, iterations, 2**31 * 1103515244)
    summand = 12345 * ((power - 1) // 1103515244)
    expected = [(power * number + summand) % 2**31 for number in range(items)]
    assert states == expected, f"states differ from the formula, first ones {states[:4]}"
    shortest = min((waited for _, waited in results), default=0.0)
    # An event loop may wake a coroutine a clock tick early; a per cent is far more than that.
    assert shortest >= 0.99 * seconds, f"waited {shortest:.4f} s instead of {seconds} s"
