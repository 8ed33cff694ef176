"""Every order gets a number of its own from a counter of the class."""

import threading

PARAMS = {"items": 8, "n": 60_000}


class Order:
    lock = threading.Lock()
    last = 0

    @classmethod
    def number(cls):
        with cls.lock:
            cls.last += 1
            return cls.last


def make_items(items, n):
    return [n] * items


def task(n):
    total = sum(k * k for k in range(n))
    return Order.number(), total


def check(results, items, n):
    assert [total for _, total in results] == [(n - 1) * n * (2 * n - 1) // 6] * items
    numbers = {number for number, _ in results}
    assert len(numbers) == items, f"{items} orders have {len(numbers)} numbers"
