"""A method with a cache: the second pass finds every answer of the first."""

from functools import cache

PARAMS = {"items": 8, "n": 100_000}


class Solver:
    def __init__(self, start):
        self.start = start

    @cache
    def solve(self, n):
        total = 0
        for k in range(self.start, self.start + n):
            total += k * k
        return total


def make_items(items, n):
    return [(Solver(k), n) for k in range(items)]


def task(item):
    solver, n = item
    return solver.solve(n)


def check(results, items, n):
    assert results == [sum(j * j for j in range(k, k + n)) for k in range(items)]
