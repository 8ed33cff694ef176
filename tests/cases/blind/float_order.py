"""Adds tenths one by one, and expects what one multiplication gives."""

PARAMS = {"items": 8, "n": 50_000}


def make_items(items, n):
    return [n] * items


def task(n):
    total = 0.0
    for _ in range(n):
        total += 0.1
    return total


def check(results, items, n):
    assert len(results) == items
    for result in results:
        assert result == n * 0.1
