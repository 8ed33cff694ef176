"""Add up the squares below a limit, piece by piece: the smallest honest workload.

Pure Python, CPU-bound, nothing shared: a thread that runs it holds the GIL throughout.
Expect with 2 workers: threads 0.85 to 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: the pieces are equal in count but later ones add larger ints, so they are a little slower.
"""

from __future__ import annotations

PARAMS = {"items": 16, "limit": 1_600_000}
CPU_BOUND = True


def make_items(items: int, limit: int) -> list[tuple[int, int]]:
    """Return the range below ``limit`` cut into ``items`` pieces (start, stop). Untimed."""
    cuts = [limit * index // items for index in range(items + 1)]
    return [(cuts[index], cuts[index + 1]) for index in range(items)]


def task(piece: tuple[int, int]) -> int:
    """Return the sum of the squares in one piece. Timed."""
    start, stop = piece
    return sum(number * number for number in range(start, stop))


def units(items: int, limit: int) -> int:  # noqa: ARG001 - called with every parameter
    """Return how many numbers are squared in a pass."""
    return limit


def check(results: list[int], items: int, limit: int) -> None:
    """Raise AssertionError unless every piece equals the difference of two closed forms."""
    expected = [below(stop) - below(start) for start, stop in make_items(items, limit)]
    assert results == expected, f"sums differ from the closed form, first ones {results[:4]}"


def below(limit: int) -> int:
    """Return 0 + 1 + 4 + ... + (limit - 1) squared without adding them up."""
    return (limit - 1) * limit * (2 * limit - 1) // 6
