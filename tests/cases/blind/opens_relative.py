"""Reads the file that lies beside it, by a relative path, when the items are made."""

PARAMS = {"items": 4}


def make_items(items):
    with open("measurements.txt") as lines:
        numbers = [int(line) for line in lines]
    return [numbers] * items


def task(numbers):
    return sum(n * n for n in numbers)


def check(results, items):
    assert results == [285] * items
