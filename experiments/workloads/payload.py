"""Send data with every item: what a worker without shared memory has to be given first.

A thread is handed a reference. A process gets a copy: pickled, written to a pipe, read, unpickled,
and with a GIL no other thread of the sender runs while it pickles. The task only looks at the data
here and there, so that the seconds per MiB are what sending costs.
Expect with 2 workers: threads as fast as sequential, that is, next to nothing per MiB; processes
and sub-interpreters 1 to 3 ms per MiB of bytes, several times that for a list or a dict; with
``transport = "shared_memory"`` the same small time at every size.
Trap: the data in shared memory are there before the clock. Who has to copy them in first pays for
that; who makes them there does not.
"""

from __future__ import annotations

import atexit
import functools
import sys
from multiprocessing.shared_memory import SharedMemory

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from typing import Any

# kind is "bytes", "ints" (a list of them) or "dict" (of ints by text); transport "pickle" or, for
# bytes, "shared_memory"; size is in bytes, at 8 for an int of a list and 32 for an entry.
PARAMS = {"items": 16, "size": 1_048_576, "kind": "bytes", "transport": "pickle"}

LOOKS = 32  # places of a payload that are looked at
FIRST = 1_000_000  # of the ints: none of them is one that the interpreter keeps for everybody


def make_items(items: int, size: int, kind: str, transport: str) -> list[Any]:
    """Return the payloads, or the names of the blocks of memory that hold them. Untimed."""
    if transport == "pickle":
        return [make_payload(number, size, kind) for number in range(items)]
    if kind != "bytes" or transport != "shared_memory":
        raise ValueError(f"no transport {transport!r} for {kind!r}")
    return [(block.name, size) for block in shared(items, size)]


def make_payload(number: int, size: int, kind: str) -> Any:
    """Return the payload of an item, another one for each."""
    if kind == "bytes":
        return bytes([number % 251]) * size
    if kind == "ints":
        return list(range(FIRST + number, FIRST + number + size // 8))
    if kind == "dict":
        return {f"key {place:07d}": FIRST + number + place for place in range(size // 32)}
    raise ValueError(f"no payload of kind {kind!r}")


@functools.lru_cache(maxsize=1)
def shared(items: int, size: int) -> list[SharedMemory]:
    """Return blocks of memory with the payloads; they are gone when this process ends."""
    blocks = []
    for number in range(items):
        block = SharedMemory(create=True, size=size)
        atexit.register(remove, block)
        view(block)[:size] = make_payload(number, size, "bytes")
        blocks.append(block)
    return blocks


def view(block: SharedMemory) -> memoryview:
    """Return the bytes of an open block."""
    assert block.buf is not None
    return block.buf


def remove(block: SharedMemory) -> None:
    """Give a block of memory back."""
    block.close()
    block.unlink()


def task(payload: Any) -> tuple[int, int]:
    """Return the payload's length and the sum of what is at some places of it. Timed."""
    if isinstance(payload, tuple):
        return look_into(*payload)
    if isinstance(payload, dict):
        step = max(1, len(payload) // LOOKS)
        return len(payload), sum(payload[f"key {n:07d}"] for n in range(0, len(payload), step))
    return len(payload), sum(payload[:: max(1, len(payload) // LOOKS)])


def look_into(name: str, size: int) -> tuple[int, int]:
    """Return what ``task`` does, of a payload in shared memory."""
    # Otherwise the tracker of this process would take the block away when the process ends.
    options = {"track": False} if sys.version_info >= (3, 13) else {}
    block = SharedMemory(name=name, **options)
    try:
        return size, sum(view(block)[0 : size : max(1, size // LOOKS)])
    finally:
        block.close()


def units(items: int, size: int, kind: str, transport: str) -> float:  # noqa: ARG001
    """Return how many MiB a pass sends."""
    return items * size / 2**20


def check(results: list[tuple[int, int]], items: int, size: int, kind: str, transport: str) -> None:  # noqa: ARG001
    """Raise AssertionError unless lengths and sums are those that counting gives."""
    expected = []
    length = size // {"bytes": 1, "ints": 8, "dict": 32}[kind]
    step = max(1, length // LOOKS)
    looks = (length + step - 1) // step
    for number in range(items):
        if kind == "bytes":
            total = looks * (number % 251)
        else:
            total = looks * (FIRST + number) + step * looks * (looks - 1) // 2
        expected.append((length, total))
    assert [tuple(result) for result in results] == expected, f"payloads differ: {results[:4]}"
