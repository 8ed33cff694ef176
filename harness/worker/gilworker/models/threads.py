"""OS threads in one interpreter, waiting in a pool; they share its GIL where the build has one."""

from __future__ import annotations

from contextlib import contextmanager

from gilworker.batches import batched
from gilworker.threadpool import executor

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Call, Run, Task

TASK = "task"
ENGINE = "ThreadPoolExecutor"


def unavailable() -> str | None:
    """Return None: every interpreter can."""
    return None


@contextmanager
def pool(
    workers: int, *, prepare: Call, warm: Call | None = None, chunk: int = 1, **_: object
) -> Iterator[Run]:
    """Yield ``run`` backed by ``workers`` threads."""
    with executor(workers, prepare, warm) as threads:

        def run(task: Task, items: Sequence[Any]) -> list[Any]:
            return batched(threads.map, task, items, chunk)

        yield run
