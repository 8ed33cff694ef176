"""Walk over a heap of small objects, some tens of MB of them, that a worker needs for its work.

Threads share the heap. A forked process shares it too, until it touches an object: counting a
reference writes to the object's memory page, and the page is copied. Spawned processes and
sub-interpreters make a heap each. Read the memory per worker, not the time.
Expect per worker: threads next to nothing; processes-fork little with ``touch = false`` and the
whole heap with it, although nothing is changed; spawn and sub-interpreters the whole heap always.
With a GIL two threads walk no faster than one.
Trap: resident memory added up over processes counts shared pages once for each of them. And PyPy
counts no references and keeps ints unboxed in a list: nothing is copied there.
"""

from __future__ import annotations

PARAMS = {"items": 8, "mebibytes": 32, "touch": True}

CPU_BOUND = True

FIRST = 1_000_000  # of the ints: none of them is one that the interpreter keeps for everybody
OBJECT = 40  # bytes of an int of this size and of its place in a list

_heap: list[int] = []  # a module's, not a thread's: made before the workers, all may share it


def make_items(items: int, mebibytes: int, touch: bool) -> list[tuple[int, bool]]:
    """Return handles (number, whether to touch); make the heap in this process. Untimed."""
    setup(items, mebibytes, touch)
    return [(number, touch) for number in range(items)]


def setup(items: int, mebibytes: int, touch: bool) -> None:  # noqa: ARG001 - gets every parameter
    """Make the heap, where this worker has inherited none. Untimed."""
    if len(_heap) != count(mebibytes):
        _heap[:] = range(FIRST, FIRST + count(mebibytes))


def count(mebibytes: int) -> int:
    """Return of how many objects the heap is made."""
    return mebibytes * 2**20 // OBJECT


def task(handle: tuple[int, bool]) -> tuple[int, int]:
    """Return the item's number and the sum of all objects, or their number untouched. Timed."""
    number, touch = handle
    return number, sum(_heap) if touch else len(_heap)


def units(items: int, mebibytes: int, touch: bool) -> int:  # noqa: ARG001 - gets every parameter
    """Return how many MiB of objects a pass walks over."""
    return items * mebibytes


def check(results: list[tuple[int, int]], items: int, mebibytes: int, touch: bool) -> None:
    """Raise AssertionError unless the sums are those of a closed form."""
    length = count(mebibytes)
    total = length * FIRST + length * (length - 1) // 2 if touch else length
    expected = [(number, total) for number in range(items)]
    assert [tuple(result) for result in results] == expected, f"sums differ: {results[:2]}"
