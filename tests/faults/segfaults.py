"""Reads address 0."""

import ctypes

PARAMS = {"items": 4}


def make_items(items):
    """Return the items' handles."""
    return list(range(items))


def task(item):
    """Misbehave."""
    ctypes.string_at(0)
    return item * item


def check(results, items):
    """Expect the squares."""
    assert results == [item * item for item in range(items)], f"got {results}"
