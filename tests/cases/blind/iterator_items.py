"""Reads its numbers from iterators, which are empty the second time."""

PARAMS = {"items": 8, "n": 80_000}


def make_items(items, n):
    return [iter(list(range(k, k + n))) for k in range(items)]


def task(numbers):
    total = 0
    for number in numbers:
        total += number * number
    return total


def check(results, items, n):
    assert results == [sum(j * j for j in range(k, k + n)) for k in range(items)]
