"""Add up a CRC-32 over buffers of one size: C code so fast that memory is what it waits for.

``zlib.crc32`` releases the GIL for more than 5 KiB at a time and keeps it below that. A pass
covers the same number of bytes at every size.
Expect with 2 workers: threads 1.7 to 2 times as fast as sequential on every build with large
buffers, about 1 time with a GIL and 4 KiB; processes and sub-interpreters 1.7 to 2 times.
Trap: memory. Where one core already reads as fast as the memory delivers, a second adds nothing,
and that has nothing to do with a GIL. Large buffers may or may not fit into the last cache.
"""

from __future__ import annotations

import functools
import threading
import zlib

PARAMS = {"items": 16, "size": 1_048_576, "mebibytes": 16}

CPU_BOUND = True

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, bytes] = {}


def make_items(items: int, size: int, mebibytes: int) -> list[tuple[int, int]]:
    """Return pieces (start value, number of calls): the fewer, the larger a buffer. Untimed."""
    return [(index, max(1, mebibytes * 2**20 // size)) for index in range(items)]


def setup(items: int, size: int, mebibytes: int) -> None:  # noqa: ARG001 - gets every parameter
    """Make this worker's buffer. Untimed."""
    _own[threading.get_ident()] = make_buffer(size)


def make_buffer(size: int) -> bytes:
    """Return ``size`` bytes; a CRC takes the same time for any content."""
    return (bytes(range(256)) * (size // 256 + 1))[:size]


def task(piece: tuple[int, int]) -> int:
    """Return the CRC of the buffer, so many times over, from a start value. Timed."""
    value, calls = piece
    buffer = _own[threading.get_ident()]
    crc32 = zlib.crc32
    for _ in range(calls):
        value = crc32(buffer, value)
    return value


def units(items: int, size: int, mebibytes: int) -> float:
    """Return how many MiB a pass covers."""
    return items * max(1, mebibytes * 2**20 // size) * size / 2**20


def check(results: list[int], items: int, size: int, mebibytes: int) -> None:
    """Raise AssertionError unless the CRCs are those of the same bytes cut elsewhere."""
    expected = elsewhere(items, size, mebibytes)
    assert results == expected, f"CRCs differ, first ones {results[:4]}"


@functools.lru_cache(maxsize=1)
def elsewhere(items: int, size: int, mebibytes: int) -> list[int]:
    """Return the CRCs, computed across the buffers' borders.

    A CRC depends on its start value by exclusive-or alone: what a start value changes is found
    once for each of its bits, and no item is run through again.
    """
    _, calls = make_items(items, size, mebibytes)[0]
    buffer = make_buffer(size)
    middle = size // 2
    pieces = [buffer[:middle], *[buffer[middle:] + buffer[:middle]] * (calls - 1), buffer[middle:]]

    def crc(value: int) -> int:
        return functools.reduce(lambda before, piece: zlib.crc32(piece, before), pieces, value)

    plain = crc(0)
    changed = [crc(1 << bit) ^ plain for bit in range((items - 1).bit_length())]
    return [
        functools.reduce(
            lambda value, bit: value ^ bit,
            [change for bit, change in enumerate(changed) if index >> bit & 1],
            plain,
        )
        for index in range(items)
    ]
