"""An asynchronous function that a plain task calls and does not await."""

import asyncio

PARAMS = {"items": 8, "n": 50_000}


async def fetch(n):
    await asyncio.sleep(0)
    return sum(k * k for k in range(n))


def make_items(items, n):
    return [n] * items


def task(n):
    return fetch(n)


def check(results, items, n):
    assert len(results) == items
    assert all(result is not None for result in results)
