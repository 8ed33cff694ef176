"""Imports an extension that does not declare itself safe without the GIL."""

PARAMS = {"items": 4}


def make_items(items):
    """Return the items' handles."""
    return list(range(items))


def task(item):
    """Misbehave."""
    import needs_gil  # built by the test, beside this file

    return needs_gil.square(item)


def check(results, items):
    """Expect the squares."""
    assert results == [item * item for item in range(items)], f"got {results}"
