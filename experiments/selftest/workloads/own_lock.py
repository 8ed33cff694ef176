"""Compute under one lock of the program's own, so that there is nothing to share out.

Expect two threads to be blocked half of their time, by that lock.
Trap: it looks like the GIL, which they would wait for as long without it.
"""

from __future__ import annotations

import threading

PARAMS = {"items": 6, "n": 1_000_000}

_lock = threading.Lock()


def make_items(items: int, n: int) -> list[int]:
    """Return the same number for each item. Untimed."""
    return [n] * items


def task(n: int) -> int:
    """Return the sum of the squares below n, computed with the lock held. Timed."""
    with _lock:
        total = 0
        for k in range(n):
            total += k * k
        return total


def check(results: list[int], items: int, n: int) -> None:
    """Raise AssertionError unless every sum is that of the formula."""
    assert results == [(n - 1) * n * (2 * n - 1) // 6] * items, f"sums: {results}"
