"""A workload that does nothing: what is left is what the harness itself costs.

The GIL has nothing to do with it; expect the price of moving an item there and back.
"""

PARAMS = {"items": 4}


def make_items(items):
    """Return the numbers from 0 on. Untimed."""
    return list(range(items))


def task(item):
    """Return the item. Timed."""
    return item


async def task_async(item):
    """Return the item. Timed."""
    return item


def check(results, items):
    """Raise AssertionError unless every item came back in its place. Untimed."""
    assert results == list(range(items)), f"expected 0 to {items - 1}, got {results[:4]}"
