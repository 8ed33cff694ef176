"""Compute Fibonacci numbers by plain recursion: function calls and little else.

Pure Python and CPU-bound: a thread that runs it holds the GIL throughout.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: calls are where a free-threaded build pays most (CPython 3.13 without the GIL has no
specialising interpreter), so compare its threads also with the other build's sequential pass.
"""

from __future__ import annotations

PARAMS = {"items": 8, "n": 25}
CPU_BOUND = True


def make_items(items: int, n: int) -> list[int]:
    """Return ``items`` equal pieces of work. Untimed."""
    return [n] * items


def task(n: int) -> int:
    """Return the n-th Fibonacci number. Timed."""
    return fib(n)


def fib(n: int) -> int:
    """Return the n-th Fibonacci number by calling itself 2 * fib(n + 1) - 2 times."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def units(items: int, n: int) -> int:
    """Return how many calls a pass makes."""
    return items * (2 * doubled(n + 1)[0] - 1)


def check(results: list[int], items: int, n: int) -> None:
    """Raise AssertionError unless every result agrees with the fast doubling method."""
    expected = doubled(n)[0]
    assert results == [expected] * items, f"expected {expected} each, got {results[:4]}"


def doubled(n: int) -> tuple[int, int]:
    """Return Fibonacci numbers n and n + 1 from those at n // 2, in as many steps as n has bits."""
    if n == 0:
        return 0, 1
    low, high = doubled(n // 2)
    even = low * (2 * high - low)
    odd = low * low + high * high
    return (odd, even + odd) if n % 2 else (even, odd)
