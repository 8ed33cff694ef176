"""Takes its options out of the dict it was given, as keyword arguments often are."""

PARAMS = {"items": 8, "n": 60_000}


def make_items(items, n):
    return [{"size": n, "step": 1 + k % 3, "name": f"job {k}"} for k in range(items)]


def task(options):
    size = options.pop("size")
    step = options.pop("step")
    total = 0
    for k in range(0, size, step):
        total += k
    return total


def check(results, items, n):
    assert results == [sum(range(0, n, 1 + k % 3)) for k in range(items)]
