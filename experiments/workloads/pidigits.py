"""Compute digits of pi one by one: long integers, most of the time in C that keeps the GIL.

A spigot: its numbers grow with every digit, and the multiplications of the interpreter's C code
take over. They neither release the GIL nor look at the request for it, but each is short.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: interpreters multiply long integers by different code. What PyPy gains elsewhere it does
not gain here, and a free-threaded build pays little, since C code has no bytecode to specialise.
"""

from __future__ import annotations

import functools
import itertools

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMS = {"items": 8, "digits": 500}
CPU_BOUND = True

PRIME = 2**61 - 1


def make_items(items: int, digits: int) -> list[int]:
    """Return how many digits to compute, for every item one more. Untimed."""
    return [digits + index for index in range(items)]


def task(digits: int) -> int:
    """Return the digits of pi, read as one number modulo a prime. Timed."""
    number = 0
    for digit in itertools.islice(spigot(), digits):
        # As a remainder, so that the result is small and still depends on every digit.
        number = (number * 10 + digit) % PRIME
    return number


def spigot() -> Iterator[int]:
    """Yield the digits 3, 1, 4, ...: Gibbons, Unbounded Spigot Algorithms, 2006, section 6."""
    q, r, t, k, n, m = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < n * t:
            yield n
            q, r, n = 10 * q, 10 * (r - n * t), (10 * (3 * q + r)) // t - 10 * n
        else:
            q, r, n = q * k, (2 * q + r) * m, (q * (7 * k + 2) + r * m) // (t * m)
            t, k, m = t * m, k + 1, m + 2


def units(items: int, digits: int) -> int:
    """Return how many digits a pass computes; the later ones cost more."""
    return sum(make_items(items, digits))


def check(results: list[int], items: int, digits: int) -> None:
    """Raise AssertionError unless Machin's formula gives the same digits."""
    answer = [expected(number) % PRIME for number in make_items(items, digits)]
    assert results == answer, f"expected remainders {answer[:3]}, got {results[:3]}"


@functools.cache
def expected(digits: int) -> int:
    """Return pi times a power of ten, cut off: Machin's 16 atan(1/5) - 4 atan(1/239)."""
    guard = 10  # digits that take up what the cut-off divisions lose
    unity = 10 ** (digits - 1 + guard)
    return (16 * arctan(5, unity) - 4 * arctan(239, unity)) // 10**guard


def arctan(inverse: int, unity: int) -> int:
    """Return atan(1 / inverse) in units of 1 / unity, by its series."""
    power = unity // inverse
    total, odd, sign = power, 1, 1
    while power:
        power //= inverse * inverse
        odd += 2
        sign = -sign
        total += sign * (power // odd)
    return total
