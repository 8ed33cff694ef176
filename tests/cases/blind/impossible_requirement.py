"""Needs a version that does not exist."""

REQUIRES = ["numpy>=9000"]
PARAMS = {"items": 4}


def make_items(items):
    return [1] * items


def task(n):
    return n


def check(results, items):
    assert results == [1] * items
