"""Hash blocks of one size with SHA-256, to find the size from which the GIL is released.

``hashlib`` keeps the GIL for data below 2048 bytes and releases it from there on. A pass hashes
the same number of bytes at every size, so small blocks mean more hashes: with one parameter the
whole range is swept. Compare ``sha256_small`` and ``sha256_large``.
Expect with 2 workers and a GIL: threads about 1 time as fast as sequential up to 2047 bytes, and
1.7 to 2 times from a few times 2048 on; without a GIL and with processes 1.7 to 2 at any size.
Trap: just above 2048 bytes the GIL is let go and taken back every few microseconds. It is not
waited for, yet the hand-offs may cost what the overlap gains.
"""

from __future__ import annotations

import hashlib
import threading

PARAMS = {"items": 16, "size": 2048, "kibibytes": 4096}

CPU_BOUND = True

BLOCKS = 8  # different ones, hashed in turn

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, list[bytes]] = {}


def make_items(items: int, size: int, kibibytes: int) -> list[tuple[int, int]]:
    """Return pieces (first block, number of hashes): the fewer, the larger a block. Untimed."""
    hashes = max(1, kibibytes * 1024 // size)
    return [(index % BLOCKS, hashes) for index in range(items)]


def setup(items: int, size: int, kibibytes: int) -> None:  # noqa: ARG001 - gets every parameter
    """Make this worker's blocks. Untimed."""
    _own[threading.get_ident()] = blocks(size)


def blocks(size: int) -> list[bytes]:
    """Return the blocks; SHA-256 takes the same time for any content."""
    return [bytes([number]) * size for number in range(BLOCKS)]


def task(piece: tuple[int, int]) -> int:
    """Return the sum of the digests, read as numbers, of so many blocks in turn. Timed."""
    first, hashes = piece
    mine = _own[threading.get_ident()]
    sha256 = hashlib.sha256
    total = 0
    for place in range(first, first + hashes):
        total += int.from_bytes(sha256(mine[place % BLOCKS]).digest(), "big")
    return total


def units(items: int, size: int, kibibytes: int) -> float:
    """Return how many MiB a pass hashes."""
    return items * max(1, kibibytes * 1024 // size) * size / 2**20


def check(results: list[int], items: int, size: int, kibibytes: int) -> None:
    """Raise AssertionError unless each sum is that of every block's digest times its count.

    A block is hashed once here, in pieces, however often the task hashed it.
    """
    digests = []
    for block in blocks(size):
        digest = hashlib.sha256()
        for start in range(0, size, 1000):
            digest.update(block[start : start + 1000])
        digests.append(int.from_bytes(digest.digest(), "big"))
    expected = []
    for first, hashes in make_items(items, size, kibibytes):
        rounds, rest = divmod(hashes, BLOCKS)
        once = sum(digests[(first + place) % BLOCKS] for place in range(rest))
        expected.append(rounds * sum(digests) + once)
    assert results == expected, f"sums of digests differ in {len(results)} results"
