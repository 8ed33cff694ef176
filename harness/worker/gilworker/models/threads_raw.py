"""``Thread`` subclasses made for the occasion, as tutorials do: created, started, joined, gone."""

from __future__ import annotations

import threading
from contextlib import contextmanager

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Call, Run, Task

TASK = "task"
NO_GROUP = "has no pool that could be warm"
ENGINE = "Thread"
LIFECYCLES = ("cold",)  # a thread that outlives a pass would be a pool


def unavailable() -> str | None:
    """Return None: every interpreter can."""
    return None


class Worker(threading.Thread):
    """One thread and its share of the items."""

    def __init__(self, prepare: Call, task: Task, items: Sequence[Any]) -> None:
        super().__init__()
        self.prepare = prepare
        self.task = task
        self.items = items
        self.results: list[Any] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Work through the items; keep an error, which ``join`` would not report."""
        try:
            self.prepare()
            self.results = [self.task(item) for item in self.items]
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self.error = error


@contextmanager
def pool(workers: int, *, prepare: Call, **_: object) -> Iterator[Run]:
    """Yield ``run``, which makes ``workers`` threads each time and deals the items in turn."""

    def run(task: Task, items: Sequence[Any]) -> list[Any]:
        threads = [Worker(prepare, task, items[first::workers]) for first in range(workers)]
        started: list[Worker] = []
        try:
            for thread in threads:
                thread.start()
                started.append(thread)
        finally:  # also when the system refuses another thread
            for thread in started:
                thread.join()
        results: list[Any] = [None] * len(items)
        for first, thread in enumerate(threads):
            if thread.error is not None:
                raise thread.error
            results[first::workers] = thread.results
        return results

    yield run
