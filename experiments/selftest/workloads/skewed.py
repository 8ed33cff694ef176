"""Hash without the GIL, with nearly all of the work in one item.

Expect two threads to gain next to nothing: one of them soon has nothing left to do.
Trap: it looks like waiting for the GIL, which nobody does.
"""

from __future__ import annotations

import hashlib

CPU_BOUND = True
PARAMS = {"items": 8, "large": 480, "small": 6}

_BLOCK = bytes(1_000_000)


def make_items(items: int, large: int, small: int) -> list[int]:
    """Return how many blocks each item hashes, the first one most of all. Untimed."""
    return [large] + [small] * (items - 1)


def task(blocks: int) -> str:
    """Return the digest of so many blocks of zeros. Timed."""
    digest = hashlib.sha256()
    for _ in range(blocks):
        digest.update(_BLOCK)
    return digest.hexdigest()


def check(results: list[str], items: int, large: int, small: int) -> None:
    """Raise AssertionError unless equal items have equal digests and unequal ones do not."""
    assert len(results) == items, f"results: {results}"
    assert len(set(results[1:])) == 1, f"digests of equal items: {results}"
    assert (results[0] == results[1]) == (large == small), f"digests: {results}"
