"""Take a lock that nobody else wants and give it back: the price of being careful.

Every worker has a lock of its own: a thread that takes it holds the GIL and never waits for the
lock. A free lock costs an atomic instruction, not a call of the operating system.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: this is the least a lock can cost. A lock that two threads want at once is another matter:
see ``locked_add`` of ``shared_object``.
"""

from __future__ import annotations

import threading

PARAMS = {"items": 16, "rounds": 40_000}
CPU_BOUND = True  # the lock is never waited for

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, threading.Lock] = {}


def make_items(items: int, rounds: int) -> list[tuple[int, int]]:
    """Return pieces (where to count from, rounds). Untimed."""
    return [(index, rounds) for index in range(items)]


def setup(items: int, rounds: int) -> None:  # noqa: ARG001 - called with every parameter
    """Make this worker's lock. Untimed."""
    _own[threading.get_ident()] = threading.Lock()


def task(piece: tuple[int, int]) -> tuple[int, bool]:
    """Return a count of the rounds made under the lock, and whether it is free again. Timed."""
    count, rounds = piece
    lock = _own[threading.get_ident()]
    for _ in range(rounds):
        with lock:
            count += 1
    return count, not lock.locked()


def units(items: int, rounds: int) -> int:
    """Return how many times a pass takes a lock."""
    return items * rounds


def check(results: list[tuple[int, bool]], items: int, rounds: int) -> None:
    """Raise AssertionError unless every round was made and every lock given back."""
    answer = [(count, True) for count in range(rounds, rounds + items)]
    assert [tuple(result) for result in results] == answer, f"first results {results[:4]}"
