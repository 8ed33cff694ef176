"""Forks a child that outlives it, in a session of its own."""

import os
import time

PARAMS = {"items": 4}


def make_items(items):
    """Return the items' handles."""
    return list(range(items))


def task(item):
    """Misbehave."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
    return item * item


def check(results, items):
    """Expect the squares."""
    assert results == [item * item for item in range(items)], f"got {results}"
