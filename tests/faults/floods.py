"""Prints megabytes."""

PARAMS = {"items": 4}


def make_items(items):
    """Return the items' handles."""
    return list(range(items))


def task(item):
    """Misbehave."""
    for _ in range(100):
        print("x" * 100_000)
    return item * item


def check(results, items):
    """Expect the squares."""
    assert results == [item * item for item in range(items)], f"got {results}"
