"""Compresses files in C code that releases the GIL; one of them is nine times all the others."""

import random
import zlib

PARAMS = {"items": 8, "size": 60_000}


def make_items(items, size):
    drawn = random.Random(7)
    return [drawn.randbytes(size * 9 * (items - 1) if k == 2 else size) for k in range(items)]


def task(data):
    return len(data), len(zlib.decompress(zlib.compress(data)))


def check(results, items, size):
    sizes = [size * 9 * (items - 1) if k == 2 else size for k in range(items)]
    assert results == [(each, each) for each in sizes]
