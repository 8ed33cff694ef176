"""Iterate z * z + c over a grid of the complex plane: arithmetic that allocates at every step.

Pure Python and CPU-bound, nothing shared: a thread that runs it holds the GIL throughout. Every
product is a new ``complex`` object, so the allocator has a part in it. Rows through the set
cost many times as much as those beside it: the items are uneven, as real work is.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.6 to 2 times
without one; processes and sub-interpreters 1.6 to 2 times on every build.
Trap: with few items, or several handed out in one message, a worker ends up with the expensive
rows and the other waits. That costs every execution model the same and is no matter of locks.
"""

from __future__ import annotations

import functools

PARAMS = {"items": 16, "rows": 8, "limit": 200}
CPU_BOUND = True

# The part of the plane that is looked at; symmetric about the real axis, as the set is.
LEFT, WIDTH, TOP = -2.0, 2.75, 1.25


def make_items(items: int, rows: int, limit: int) -> list[tuple[int, int, int, int]]:
    """Return bands of rows (first, one past the last, rows in all, limit). Untimed."""
    size = items * rows
    return [(index * rows, (index + 1) * rows, size, limit) for index in range(items)]


def real(column: int, size: int) -> float:
    """Return the real part of a column's points."""
    return LEFT + WIDTH * (column + 0.5) / size


def imaginary(row: int, size: int) -> float:
    """Return the imaginary part of a row's points: exactly minus that of the mirrored row."""
    return TOP * (2 * row + 1 - size) / size


def task(band: tuple[int, int, int, int]) -> int:
    """Return how many steps the points of the band took to escape, or to the limit. Timed."""
    first, end, size, limit = band
    steps = 0
    for row in range(first, end):
        for column in range(size):
            c = complex(real(column, size), imaginary(row, size))
            z = 0j
            for _ in range(limit):
                z = z * z + c
                steps += 1
                if abs(z) > 2.0:
                    break
    return steps


def units(items: int, rows: int, limit: int) -> int:
    """Return how many steps a pass takes, but for a few that rounding decides."""
    return sum(expected(items, rows, limit))


def check(results: list[int], items: int, rows: int, limit: int) -> None:
    """Raise AssertionError unless mirrored bands agree, and all with real arithmetic.

    Exactly with the mirror image: the same operations on numbers that differ in sign. Within
    1 % with real arithmetic: there a compiler may have fused products and sums, and a point on
    the edge of the set may escape at another step.
    """
    answer = expected(items, rows, limit)
    assert len(results) == items, f"{len(results)} results for {items} bands"
    assert results == results[::-1], f"mirrored bands differ: {results}"
    for band, steps in enumerate(results):
        other = answer[band]
        assert abs(steps - other) <= 0.01 * other, f"{steps} steps in band {band}, not {other}"


@functools.lru_cache(maxsize=1)
def expected(items: int, rows: int, limit: int) -> list[int]:
    """Return the steps of every band, found without complex numbers in the upper half."""
    bands = make_items(items, rows, limit)
    upper = [
        sum(
            escape(real(column, size), imaginary(row, size), limit)
            for row in range(first, end)
            for column in range(size)
        )
        for first, end, size, _ in bands[: (items + 1) // 2]
    ]
    return upper + upper[: items // 2][::-1]


def escape(x: float, y: float, limit: int) -> int:
    """Return after how many steps the point escapes; ``limit`` if it is known never to."""
    distance = (x - 0.25) ** 2 + y * y
    in_cardioid = distance * (distance + x - 0.25) <= 0.25 * y * y
    in_disc = (x + 1) ** 2 + y * y <= 0.0625
    if in_cardioid or in_disc:
        return limit
    a = b = 0.0
    for step in range(1, limit + 1):
        a, b = a * a - b * b + x, 2 * a * b + y
        if a * a + b * b > 4.0:
            return step
    return limit
