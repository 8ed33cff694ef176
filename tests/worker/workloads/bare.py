"""No coroutine, no observation, a task that cannot be sent by name, a wrong answer on demand."""

PARAMS = {"items": 2, "first": 0}


def make_items(items, first):
    """Return numbers."""
    return list(range(items))


task = lambda item: item  # noqa: E731


def check(results, items, first):
    """Compare without a message."""
    assert results[0] == first
