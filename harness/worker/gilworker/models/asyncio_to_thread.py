"""Blocking work pushed from an event loop to the threads of its executor by ``to_thread``."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

from gilworker import eventloop
from gilworker.batches import batched
from gilworker.threadpool import executor

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Call, Run, Task

TASK = "task"
NO_GROUP = "runs what an event loop awaits"
ENGINE = "ThreadPoolExecutor"


def unavailable() -> str | None:
    """Return None: every interpreter can."""
    return None


@contextmanager
def pool(
    workers: int, *, prepare: Call, warm: Call | None = None, chunk: int = 1, **_: object
) -> Iterator[Run]:
    """Yield ``run`` on a new event loop whose executor has ``workers`` threads.

    The size is set, because the loop's own choice depends on the interpreter's version and on
    the affinity mask.
    """
    with executor(workers, prepare, warm) as threads, eventloop.opened() as loop:
        loop.set_default_executor(threads)

        def through_loop(task: Task, jobs: Iterable[Any]) -> list[Any]:
            sent = (asyncio.to_thread(task, job) for job in jobs)
            return loop.run_until_complete(eventloop.together(sent))

        def run(task: Task, items: Sequence[Any]) -> list[Any]:
            return batched(through_loop, task, items, chunk)

        yield run
