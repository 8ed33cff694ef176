"""Coroutines on one event loop, in one thread; a worker is one coroutine in flight."""

from __future__ import annotations

from contextlib import contextmanager

from gilworker import eventloop

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Call, Run

TASK = "task_async"
NO_GROUP = "runs coroutines, not functions that wait"


def unavailable() -> str | None:
    """Return None: every interpreter can."""
    return None


@contextmanager
def pool(workers: int, *, prepare: Call, warm: Call | None = None, **_: object) -> Iterator[Run]:
    """Yield ``run`` on a new event loop, with at most ``workers`` items in flight."""
    with eventloop.opened() as loop:
        prepare()
        if warm is not None:
            loop.run_until_complete(eventloop.together(warm() for _ in range(workers)))

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            return loop.run_until_complete(in_flight(workers, task, items))

        yield run


async def in_flight(workers: int, task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """Return the results in order, of ``workers`` lanes that take the next item when free."""
    results: list[Any] = [None] * len(items)
    waiting = enumerate(items)

    async def lane() -> None:
        for index, item in waiting:
            results[index] = await task(item)

    await eventloop.together(lane() for _ in range(min(workers, len(items))))
    return results
