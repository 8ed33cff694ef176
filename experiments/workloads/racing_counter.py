"""Add to a shared counter without a lock, and demand the exact count.

``counter.value += 1`` reads, adds and writes. Another thread may write in between, and its update
is lost. A GIL does not forbid that: it may be handed over between any two bytecodes in Python
3.9 and on PyPy, while CPython 3.10 and later look at the request only at jumps and calls, where
this statement has none. Without a GIL nothing stands in the way.
Expect: sequential right everywhere; two threads end as ``wrong`` on a free-threaded build, may on
Python 3.9 and PyPy, and come out right on CPython 3.10 and later with a GIL, by luck of the
implementation. Processes and sub-interpreters share no counter: theirs is ``wrong`` at once.
Trap: the wrong answer would be the fast one, and looks like a speed-up.
"""

from __future__ import annotations

PARAMS = {"items": 16, "increments": 100_000}
CPU_BOUND = True


class Counter:
    """A number that anybody may change."""

    def __init__(self) -> None:
        self.value = 0


# Of the module and not of a worker: every thread adds to this one.
_counter = Counter()


def make_items(items: int, increments: int) -> list[tuple[int, int]]:
    """Return pieces (number of the item, increments). Untimed."""
    return [(index, increments) for index in range(items)]


def task(piece: tuple[int, int]) -> tuple[int, int, int]:
    """Add one so many times; return how many times, and the count before and after. Timed."""
    _, increments = piece
    counter = _counter
    before = counter.value
    for _ in range(increments):
        counter.value += 1
    return increments, before, counter.value


def units(items: int, increments: int) -> int:
    """Return how many increments a pass makes."""
    return items * increments


def counted(results: list[tuple[int, int, int]]) -> int:
    """Return how far the counter moved in the pass.

    The first item to begin saw the count at which the pass began. A count can have grown by the
    number of all increments only if each of them was added to the one before it; so the highest
    count that any item saw at its end is that high exactly if none was lost.
    """
    return max(after for _, _, after in results) - min(before for _, before, _ in results)


def observe(results: list[tuple[int, int, int]]) -> dict[str, float]:
    """Return the share of increments that were lost, or less: an earlier count may be higher."""
    made = sum(increments for increments, _, _ in results)
    return {"lost": 1 - counted(results) / made}


def check(results: list[tuple[int, int, int]], items: int, increments: int) -> None:
    """Raise AssertionError unless the counter moved by exactly the number of increments."""
    assert [result[0] for result in results] == [increments] * items, f"items: {results[:4]}"
    made, moved = items * increments, counted(results)
    assert moved == made, f"{made - moved} of {made} increments were lost"
