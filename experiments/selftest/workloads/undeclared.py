"""Compute without saying so: no CPU_BOUND.

Expect it to be called computing all the same, by the CPU share of its sequential pass.
"""

from __future__ import annotations

PARAMS = {"items": 8, "n": 200_000}


def make_items(items: int, n: int) -> list[int]:
    """Return the same number for each item. Untimed."""
    return [n] * items


def task(n: int) -> int:
    """Return the sum of the squares below n. Timed."""
    total = 0
    for k in range(n):
        total += k * k
    return total


def check(results: list[int], items: int, n: int) -> None:
    """Raise AssertionError unless every sum is that of the formula."""
    assert results == [(n - 1) * n * (2 * n - 1) // 6] * items, f"sums: {results}"
