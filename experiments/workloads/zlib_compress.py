"""Compress text with zlib and unpack it again: C code that lets the GIL go.

``zlib`` releases the GIL while it packs, unpacks and adds up the CRC; threads then run truly
side by side although the build has a GIL.
Expect with 2 workers: threads, processes and sub-interpreters 1.7 to 2 times as fast as
sequential on every build; asyncio.to_thread likewise.
Trap: interpreters may link different zlib libraries, and zlib-ng is several times as fast at
the same level and packs to another size. So a result says what came *out* again, and seconds
compare interpreters only where ``zlib.ZLIB_RUNTIME_VERSION`` is the same.
"""

from __future__ import annotations

import random
import threading
import zlib

PARAMS = {"items": 16, "kibibytes": 128, "level": 6, "seed": 7}
CPU_BOUND = True

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, list[bytes]] = {}


def make_items(items: int, kibibytes: int, level: int, seed: int) -> list[tuple[int, int]]:  # noqa: ARG001
    """Return handles (which text, level); the texts come from ``setup``. Untimed."""
    return [(index, level) for index in range(items)]


def setup(items: int, kibibytes: int, level: int, seed: int) -> None:  # noqa: ARG001
    """Make this worker's texts. Untimed."""
    _own[threading.get_ident()] = texts(items, kibibytes, seed)


def texts(items: int, kibibytes: int, seed: int) -> list[bytes]:
    """Return ``items`` texts of common words: one text, each time begun at another place."""
    draw = random.Random(seed)
    words = ["".join(draw.choices("etaoinshrdlu", k=2 + rank % 8)) for rank in range(400)]
    size = kibibytes * 1024
    # Three bytes are the least a word and its space take, so this is always enough.
    text = " ".join(draw.choices(words, k=size // 3)).encode()[:size]
    return [text[start:] + text[:start] for start in (size * i // items for i in range(items))]


def task(handle: tuple[int, int]) -> tuple[int, int, int]:
    """Pack and unpack one text; return its CRC and size afterwards and its packed size. Timed."""
    index, level = handle
    packed = zlib.compress(_own[threading.get_ident()][index], level)
    text = zlib.decompress(packed)
    return zlib.crc32(text), len(text), len(packed)


def units(items: int, kibibytes: int, level: int, seed: int) -> int:  # noqa: ARG001
    """Return how many KiB a pass compresses."""
    return items * kibibytes


def check(
    results: list[tuple[int, int, int]], items: int, kibibytes: int, level: int, seed: int
) -> None:
    """Raise AssertionError unless what came out went in, and was smaller on the way."""
    expected = []
    for text in texts(items, kibibytes, seed):
        crc = 0
        for start in range(0, len(text), 1024):
            crc = zlib.crc32(text[start : start + 1024], crc)
        expected.append((crc, len(text)))
    assert [tuple(result[:2]) for result in results] == expected, f"texts differ: {results[:2]}"
    smaller = all(0 < packed < size for _, size, packed in results)
    assert smaller or level == 0, f"not compressed: {results[:2]}"
