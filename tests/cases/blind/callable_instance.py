"""The task is an object that can be called."""

PARAMS = {"items": 8, "n": 20_000}


class Power:
    def __init__(self, exponent):
        self.exponent = exponent

    def __call__(self, n):
        return sum(k**self.exponent for k in range(n))


task = Power(2)


def make_items(items, n):
    return [n] * items


def check(results, items, n):
    assert results == [(n - 1) * n * (2 * n - 1) // 6] * items
