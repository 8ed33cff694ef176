"""Iterate a linear congruential generator: integer arithmetic and nothing else.

The base case. No call, no container, no object shared between workers: a thread holds the GIL
for the whole switch interval, gives it up only when asked, and nothing runs beside it.
Expect with 2 workers: threads 0.85 to 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: PyPy compiles the loop to a handful of machine instructions and is some fifty times as
fast, so the default pass is too short there; give it more iterations.
"""

from __future__ import annotations

PARAMS = {"items": 16, "iterations": 50_000, "seed": 1}
CPU_BOUND = True


def make_items(items: int, iterations: int, seed: int) -> list[tuple[int, int]]:
    """Return ``items`` pieces (first state, iterations), every state another. Untimed."""
    return [(seed + index, iterations) for index in range(items)]


def task(piece: tuple[int, int]) -> int:
    """Return the generator's state after so many iterations. Timed."""
    state, iterations = piece
    for _ in range(iterations):
        # Literals and not named constants: a free-threaded build never counts references to
        # them, while a global would cost a look-up per step and be shared by the threads.
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    return state


def units(items: int, iterations: int, seed: int) -> int:  # noqa: ARG001 - gets every parameter
    """Return how many iterations a pass has."""
    return items * iterations


def check(results: list[int], items: int, iterations: int, seed: int) -> None:
    """Raise AssertionError unless every state is the one found by jumping ahead."""
    factor, summand = jump(iterations)
    expected = [(factor * (seed + index) + summand) % 2**31 for index in range(items)]
    assert results == expected, f"states differ from the jump ahead, first ones {results[:4]}"


def jump(iterations: int) -> tuple[int, int]:
    """Return (a, c) such that ``iterations`` steps at once are x -> a * x + c modulo 2**31.

    Composing a step with itself doubles it, so the work is the number's bits, not its value.
    """
    factor, summand = 1, 0
    step_factor, step_summand = 1103515245, 12345
    while iterations:
        if iterations & 1:
            factor = factor * step_factor % 2**31
            summand = (summand * step_factor + step_summand) % 2**31
        step_summand = (step_factor + 1) * step_summand % 2**31
        step_factor = step_factor * step_factor % 2**31
        iterations >>= 1
    return factor, summand
