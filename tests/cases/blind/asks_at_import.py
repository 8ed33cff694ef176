"""Asks for its size at the keyboard."""

PARAMS = {"items": 4}
SIZE = int(input("How many? "))


def make_items(items):
    return [SIZE] * items


def task(n):
    return sum(range(n))


def check(results, items):
    assert results == [SIZE * (SIZE - 1) // 2] * items
