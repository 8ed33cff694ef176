"""Accounts that protect themselves: each carries a lock."""

import threading

PARAMS = {"items": 8, "n": 20_000}


class Account:
    def __init__(self, number):
        self.number = number
        self.guard = threading.Lock()


def make_items(items, n):
    return [(Account(k), n) for k in range(items)]


def task(item):
    account, n = item
    with account.guard:
        return sum(k * account.number for k in range(n))


def check(results, items, n):
    assert results == [k * n * (n - 1) // 2 for k in range(items)]
