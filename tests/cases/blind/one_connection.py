"""A pool of connections that holds a single one: whoever works holds it."""

import queue

PARAMS = {"items": 8, "n": 120_000}
POOL = queue.Queue()
POOL.put("connection")


def make_items(items, n):
    return [n] * items


def task(n):
    connection = POOL.get()
    try:
        total = 0
        for k in range(n):
            total += k * k
        return total
    finally:
        POOL.put(connection)


def check(results, items, n):
    assert results == [(n - 1) * n * (2 * n - 1) // 6] * items
