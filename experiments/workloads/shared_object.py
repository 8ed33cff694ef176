"""Do one small thing to an object again and again, an object shared by all workers or one's own.

With a GIL it does not matter whose it is: one thread runs at a time. Without one, every access
counts a reference and many take the object's own lock. The thread that allocated an object does
both cheaply; the others use atomic instructions, and the cache line travels between the cores.

``operation``  ``read`` an attribute, ``add`` to it, ``locked_add`` (the same under a lock that
               belongs to it), ``append`` to a list and pop, ``dict_set``, ``dict_get``,
               ``index`` into a list.
``sharing``    ``shared``: the first worker whose ``setup`` runs allocates the object for the whole
               process, and so owns it; sequential is its own first worker. ``private``: every
               worker allocates one for itself, in its own thread. This is the control.

Expect with 2 threads: with a GIL about 1 time as fast as sequential, with the same CPU time;
without one ``private`` 1.7 to 2 times, with the same CPU time, and ``shared`` far less, with 1.4
times the CPU time and more (4 times for ``dict_set``). Processes and sub-interpreters share
nothing: with ``shared`` they would answer another question, and ``locked_add`` is ``wrong``.
Trap: who allocates. An object made by the main thread before the workers start is shared for
every one of them, even for one that works alone; a "private" object must be made by its worker.
Small ints and interned strings are never counted at all: the values here are large ints, the
keys are interned, so that nothing but the object and what it holds is shared.
"""

from __future__ import annotations

import sys
import threading

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from typing import Any

    Found = tuple[int, int, int]

PARAMS = {"items": 8, "operations": 200_000, "operation": "read", "sharing": "private"}
CPU_BOUND = True

KEYS = 1024  # a power of two, so that a key is chosen by masking
BASE = 2**20  # of the values: no interpreter has these among its preallocated small ints

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, tuple[Thing, list[str]]] = {}
_common: list[Thing] = []


class Thing:
    """What is shared or not: an attribute, a lock, a list, a dictionary."""

    def __init__(self) -> None:
        self.value = BASE
        self.lock = threading.Lock()
        self.stack: list[int] = []
        self.numbers = [BASE + number for number in range(KEYS)]
        self.table = {key: BASE + number for number, key in enumerate(new_keys())}


class Use:
    """What one item does with which object."""

    def __init__(self, thing: Thing, keys: list[str], index: int, operations: int) -> None:
        self.thing = thing
        self.keys = keys
        self.index = index
        self.operations = operations


def new_keys() -> list[str]:
    """Return the keys of the dictionary in a list of one's own."""
    return [sys.intern(f"key-{number}") for number in range(KEYS)]


def make_items(items: int, operations: int, operation: str, sharing: str) -> list[tuple[Any, ...]]:  # noqa: ARG001
    """Return handles (number of the item, operations, operation). Untimed."""
    return [(index, operations, operation) for index in range(items)]


def setup(items: int, operations: int, operation: str, sharing: str) -> None:  # noqa: ARG001
    """Allocate the object in the worker that will use it, or once for all. Untimed."""
    if operation not in OPERATIONS:
        raise ValueError(f"operation is one of {', '.join(OPERATIONS)}, not {operation!r}")
    if sharing not in ("shared", "private"):
        raise ValueError(f"sharing is 'shared' or 'private', not {sharing!r}")
    if sharing == "shared" and not _common:
        _common.append(Thing())
    thing = _common[0] if sharing == "shared" else Thing()
    # The list of keys is not what is studied, so every worker has its own.
    _own[threading.get_ident()] = (thing, new_keys())


def task(handle: tuple[Any, ...]) -> tuple[int, int, int]:
    """Operate; return how many times, and two numbers that depend on what was found. Timed."""
    index, operations, operation = handle
    thing, keys = _own[threading.get_ident()]
    return OPERATIONS[operation](Use(thing, keys, index, operations))


def read(use: Use) -> Found:
    """Read an attribute; return the sum of what was read."""
    thing, operations = use.thing, use.operations
    total = 0
    for _ in range(operations):
        total += thing.value
    return operations, total, 0


def add(use: Use) -> Found:
    """Add one to an attribute; return its value before and after."""
    thing, operations = use.thing, use.operations
    before = thing.value
    for _ in range(operations):
        thing.value += 1
    return operations, before, thing.value


def locked_add(use: Use) -> Found:
    """Add one to an attribute under its lock; return its value before and after."""
    thing, operations = use.thing, use.operations
    lock = thing.lock
    with lock:
        before = thing.value
    for _ in range(operations):
        with lock:
            thing.value += 1
    with lock:
        return operations, before, thing.value


def append(use: Use) -> Found:
    """Append to a list and pop from it; return the sums of what went in and what came out."""
    # Popped at once, so that the list stays short in whatever pass, and nothing can be lost
    # unseen. The mark is a small int: freeing what another thread made is not the question.
    thing, operations = use.thing, use.operations
    mark = use.index % 128
    push, pop = thing.stack.append, thing.stack.pop
    total = 0
    for _ in range(operations):
        push(mark)
        total += pop()
    return operations, mark * operations, total


def dict_set(use: Use) -> Found:
    """Set keys in turn; return the earliest item still seen, and the sum of places."""
    table, keys, operations = use.thing.table, use.keys, use.operations
    base = BASE * (use.index + 2)  # above what the dictionary was made with
    for number in range(base, base + operations):
        table[keys[number & 1023]] = number
    found = [table[key] for key in keys]
    return operations, min(found) // BASE - 2, sum(number % KEYS for number in found)


def dict_get(use: Use) -> Found:
    """Get keys in turn; return the sum of their values."""
    table, keys, operations = use.thing.table, use.keys, use.operations
    total = 0
    for number in range(operations):
        total += table[keys[number & 1023]]
    return operations, total, 0


def index_(use: Use) -> Found:
    """Index a list in turn; return the sum of what was there."""
    numbers, operations = use.thing.numbers, use.operations
    total = 0
    for number in range(operations):
        total += numbers[number & 1023]
    return operations, total, 0


OPERATIONS = {
    "read": read,
    "add": add,
    "locked_add": locked_add,
    "append": append,
    "dict_set": dict_set,
    "dict_get": dict_get,
    "index": index_,
}


def units(items: int, operations: int, operation: str, sharing: str) -> int:  # noqa: ARG001
    """Return how many operations a pass makes."""
    return items * operations


def check(
    results: list[tuple[int, int, int]], items: int, operations: int, operation: str, sharing: str
) -> None:
    """Raise AssertionError unless sums agree with their closed forms and counts with each other.

    Only unlocked ``add`` to a shared object may have lost updates, since that is what it does
    without a GIL; ``racing_counter`` is the workload that does not forgive it.
    """
    made = [result[0] for result in results]
    assert made == [operations] * items, f"operations: {made[:8]}"
    found = [tuple(result[1:]) for result in results]
    if operation in ("add", "locked_add"):
        check_counts(found, items, operations, operation, sharing)
    elif operation == "append":
        went_in = [index % 128 * operations for index in range(items)]
        assert [pushed for pushed, _ in found] == went_in, f"went in: {found[:4]}"
        came_out = [popped for _, popped in found]
        assert sum(came_out) == sum(went_in), f"{sum(went_in)} in, {sum(came_out)} out"
        assert sharing == "shared" or came_out == went_in, f"came out: {found[:4]}"
    elif operation == "dict_set":
        check_table(found, items, operations, sharing)
    else:
        total = operations * BASE + (0 if operation == "read" else places(operations))
        assert found == [(total, 0)] * items, f"expected {total} each, got {found[:4]}"


def check_table(found: list[tuple[int, ...]], items: int, operations: int, sharing: str) -> None:
    """Raise AssertionError unless every key had a number of its own, set by one of the items."""
    total = places(KEYS)
    assert [number for _, number in found] == [total] * items, f"not {total}: {found[:4]}"
    setters = [setter for setter, _ in found]
    if operations >= KEYS:  # else some keys were not set again
        assert all(0 <= setter < items for setter in setters), f"set by {setters[:8]}"
        assert sharing == "shared" or setters == list(range(items)), f"set by {setters[:8]}"


def check_counts(
    found: list[tuple[int, ...]], items: int, operations: int, operation: str, sharing: str
) -> None:
    """Raise AssertionError unless the counter moved by the number of additions, or lost some."""
    moved = [after - before for before, after in found]
    if sharing == "private":
        assert moved == [operations] * items, f"counted {moved[:8]}"
        return
    # The first to begin saw the lowest count, the last to end the highest.
    total = max(after for _, after in found) - min(before for before, _ in found)
    if operation == "locked_add":
        assert total == items * operations, f"{total} of {items * operations} were counted"
    else:
        assert 0 < total <= items * operations, f"{total} of {items * operations} were counted"


def places(operations: int) -> int:
    """Return the sum of number modulo KEYS over the numbers below ``operations``."""
    rounds, rest = divmod(operations, KEYS)
    return rounds * (KEYS * (KEYS - 1) // 2) + rest * (rest - 1) // 2
