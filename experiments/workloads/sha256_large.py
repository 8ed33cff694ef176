"""Hash buffers of several MiB with SHA-256: C code that lets the GIL go.

``hashlib`` releases the GIL for data of 2048 bytes and more, for the whole of each call; threads
then run truly side by side although the build has a GIL. Compare ``sha256_small``.
Expect with 2 workers: threads, processes and sub-interpreters 1.7 to 2 times as fast as
sequential on every build; asyncio.to_thread likewise.
Trap: the data. Sent to a process with each item they would cost more than hashing them; here
every worker makes its own buffer in ``setup``, before the clock.
"""

from __future__ import annotations

import hashlib
import threading

PARAMS = {"items": 16, "mebibytes": 8}
CPU_BOUND = True

# SHA-256 takes the same time for any content, so the data need not be random.
MEBIBYTE = bytes(range(256)) * 4096

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, bytes] = {}


def make_items(items: int, mebibytes: int) -> list[int]:  # noqa: ARG001 - gets every parameter
    """Return the numbers that end each message; the rest comes from ``setup``. Untimed."""
    return list(range(items))


def setup(items: int, mebibytes: int) -> None:  # noqa: ARG001 - called with every parameter
    """Make this worker's buffer. Untimed."""
    _own[threading.get_ident()] = MEBIBYTE * mebibytes


def task(number: int) -> str:
    """Return the digest of the buffer followed by the item's number. Timed."""
    digest = hashlib.sha256(_own[threading.get_ident()])
    digest.update(b"%d" % number)
    return digest.hexdigest()


def units(items: int, mebibytes: int) -> int:
    """Return how many MiB a pass hashes."""
    return items * mebibytes


def check(results: list[str], items: int, mebibytes: int) -> None:
    """Raise AssertionError unless hashing piece by piece, once for all items, agrees."""
    common = hashlib.sha256()
    for _ in range(mebibytes):
        common.update(MEBIBYTE)
    expected = []
    for number in range(items):
        digest = common.copy()
        digest.update(b"%d" % number)
        expected.append(digest.hexdigest())
    assert results == expected, f"digests differ, first ones {results[:2]}"
