"""Make lists that hold themselves: garbage that only the cyclic collector can free.

Pure Python and CPU-bound: a thread that runs it holds the GIL throughout. The collector belongs
to the interpreter and not to a thread. With a GIL it mostly looks at young objects alone. A
free-threaded build has no generations: every collection stops all threads and looks at every
object alive; the more are alive, the longer one takes and the rarer they get.

``ballast``  tuples every worker keeps alive, made in ``setup``: what a collection has to look at.
``freeze``   take all that is alive after ``setup`` out of the collector's sight (``gc.freeze``,
             which PyPy does not have).

Expect with 2 workers: threads about 1 time as fast as sequential with a GIL; without one less
than 2 times, because one thread collects while the others stand still, unless the collector is
off (factor gc); processes and sub-interpreters 1.7 to 2 times on every build.
Trap: with gc off nothing is freed, memory grows with every pass, and what is measured is
allocation alone. It is the reference, not a recommendation.
"""

from __future__ import annotations

import gc
import threading

PARAMS = {"items": 16, "cycles": 40_000, "ballast": 0, "freeze": False}
CPU_BOUND = True

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, list[tuple[list[int], int]]] = {}


def make_items(items: int, cycles: int, ballast: int, freeze: bool) -> list[tuple[int, int]]:  # noqa: ARG001
    """Return pieces (number of the item, cycles to make). Untimed."""
    return [(index, cycles) for index in range(items)]


def setup(items: int, cycles: int, ballast: int, freeze: bool) -> None:  # noqa: ARG001
    """Make what this worker keeps alive, and hide it from the collector if asked to. Untimed."""
    # Every tuple holds a list: the collector stops tracking tuples of numbers, and a ballast that
    # nobody looks at would weigh nothing.
    anchor: list[int] = []
    _own[threading.get_ident()] = [(anchor, number) for number in range(ballast)]
    # Collected here, so that no pass pays for the first look at the ballast.
    gc.collect()
    if freeze:
        gc.freeze()


def task(piece: tuple[int, int]) -> int:
    """Return a number to which every list that holds itself has added one. Timed."""
    index, cycles = piece
    made = index
    for _ in range(cycles):
        cycle: list[object] = []
        cycle.append(cycle)
        made += cycle[0] is cycle
    return made


def units(items: int, cycles: int, ballast: int, freeze: bool) -> int:  # noqa: ARG001
    """Return how many cycles a pass makes."""
    return items * cycles


def check(results: list[int], items: int, cycles: int, ballast: int, freeze: bool) -> None:  # noqa: ARG001
    """Raise AssertionError unless every item made all of its cycles."""
    answer = list(range(cycles, cycles + items))
    assert results == answer, f"expected {answer[:4]}, got {results[:4]}"
