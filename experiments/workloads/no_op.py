"""Do nothing, many times: what handing out a task and collecting its result costs.

The seconds per item are the execution model's overhead: a queue and two thread switches, a pipe
and two pickles, or a call. With a GIL the thread that hands out and the one that works compete
for it; that is part of the cost.
Expect per item: sequential well under 1 microsecond, asyncio 5 to 20, threads 10 to 70, processes
and sub-interpreters 50 to 200, and no model any faster with 2 workers.
Trap: a sequential pass is far too short for a speed-up to mean anything; read seconds per item.
"""

from __future__ import annotations

PARAMS = {"items": 5_000}


def make_items(items: int) -> list[int]:
    """Return the numbers below ``items``, so that a lost or repeated one is seen. Untimed."""
    return list(range(items))


def task(item: int) -> int:
    """Return the item. Timed."""
    return item


async def task_async(item: int) -> int:
    """Return the item, from a coroutine that never waits. Timed."""
    return item


def check(results: list[int], items: int) -> None:
    """Raise AssertionError unless every item came back once, in order."""
    assert len(results) == items, f"{len(results)} results for {items} items"
    for index, result in enumerate(results):
        assert result == index, f"item {index} came back as {result}"
