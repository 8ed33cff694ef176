"""Gives another answer in any thread but the first."""

import threading

PARAMS = {"items": 4}


def make_items(items):
    """Return the items' handles."""
    return list(range(items))


def task(item):
    """Misbehave."""
    off = threading.current_thread() is not threading.main_thread()
    return item * item + off


def check(results, items):
    """Expect the squares."""
    assert results == [item * item for item in range(items)], f"got {results}"
