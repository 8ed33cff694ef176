"""Hash 1 KiB blocks with SHA-256, over and over: C code that keeps the GIL.

``hashlib`` releases the GIL only for data of 2048 bytes and more, because letting go and coming
back would cost as much as hashing less. Below, threads take turns. Compare ``sha256_large``.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: "hashlib releases the GIL" is true and does not help here. Half of a 1 KiB hash is setting
up the hash object, where OpenSSL 3 has shared counters of its own that no GIL guards.
"""

from __future__ import annotations

import hashlib
import threading

PARAMS = {"items": 16, "hashes": 4_000}
CPU_BOUND = True

BLOCKS = 64  # different ones, each 1 KiB: half of the size from which hashlib releases the GIL

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, list[bytes]] = {}


def make_items(items: int, hashes: int) -> list[tuple[int, int]]:
    """Return pieces (first block, number of hashes); the blocks come from ``setup``. Untimed."""
    return [(index % BLOCKS, hashes) for index in range(items)]


def setup(items: int, hashes: int) -> None:  # noqa: ARG001 - called with every parameter
    """Make this worker's blocks. Untimed."""
    _own[threading.get_ident()] = blocks()


def blocks() -> list[bytes]:
    """Return the blocks; SHA-256 takes the same time for any content."""
    return [bytes([number]) * 1024 for number in range(BLOCKS)]


def task(piece: tuple[int, int]) -> int:
    """Return the sum of the digests, read as numbers, of so many blocks in turn. Timed."""
    first, hashes = piece
    mine = _own[threading.get_ident()]
    sha256 = hashlib.sha256
    total = 0
    for place in range(first, first + hashes):
        total += int.from_bytes(sha256(mine[place % BLOCKS]).digest(), "big")
    return total


def units(items: int, hashes: int) -> int:
    """Return how many blocks a pass hashes."""
    return items * hashes


def check(results: list[int], items: int, hashes: int) -> None:
    """Raise AssertionError unless each sum is that of every block's digest times its count.

    A block is hashed once here, in four pieces, however often the task hashed it.
    """
    digests = []
    for block in blocks():
        digest = hashlib.sha256()
        for start in range(0, 1024, 256):
            digest.update(block[start : start + 256])
        digests.append(int.from_bytes(digest.digest(), "big"))
    rounds, rest = divmod(hashes, BLOCKS)
    expected = [
        rounds * sum(digests) + sum(digests[(index + place) % BLOCKS] for place in range(rest))
        for index in range(items)
    ]
    assert results == expected, f"sums of digests differ in {len(results)} results"
