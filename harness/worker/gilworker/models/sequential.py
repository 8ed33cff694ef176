"""A loop in the calling thread: the baseline every other model is compared with."""

from __future__ import annotations

from contextlib import contextmanager

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Call, Run, Task

TASK = "task"
NO_GROUP = "runs one item after another"


def unavailable() -> str | None:
    """Return None: every interpreter can."""
    return None


@contextmanager
def pool(workers: int, *, prepare: Call, warm: Call | None = None, **_: object) -> Iterator[Run]:
    """Yield a loop; there is one worker, the caller."""
    if workers != 1:
        raise ValueError(f"sequential has 1 worker, asked for {workers}")
    prepare()
    if warm is not None:
        warm()
    yield run


def run(task: Task, items: Sequence[Any]) -> list[Any]:
    """Return the results in order."""
    return [task(item) for item in items]
