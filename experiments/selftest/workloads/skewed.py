"""Hash without the GIL, with nearly all of the work in one item.

Expect two threads to gain next to nothing: one of them soon has nothing left to do.
Trap: it looks like waiting for the GIL, which nobody does.
"""

from __future__ import annotations

import hashlib

CPU_BOUND = True
PARAMS = {"items": 8, "large": 480, "small": 6}

_BLOCK = bytes(1_000_000)
# By `head -c 480000000 /dev/zero | sha256sum`.
_LARGE = {480: "bfa05d2b8551070d4da24ff89a7c50101770f0fc15f9a4c3fa06deb959243a75"}


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
    """Raise AssertionError unless every digest is that of as many zeros, hashed in one piece."""
    few = hashlib.sha256(bytes(small * len(_BLOCK))).hexdigest()
    assert results[1:] == [few] * (items - 1), f"digests of the small items: {results}"
    assert isinstance(results[0], str), f"digest of the large item: {results[0]}"
    assert results[0] == _LARGE.get(large, results[0]), f"digest of the large item: {results[0]}"
