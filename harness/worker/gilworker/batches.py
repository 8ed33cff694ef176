"""Several items in one message, for the models that send messages."""

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from gilworker.contracts import Task


def each(task: Task, batch: Sequence[Any]) -> list[Any]:
    """Return the results of one batch. Top level, so that it can be sent by name."""
    return [task(item) for item in batch]


def batched(
    map_: Callable[[Task, Iterable[Any]], Iterable[Any]],
    task: Task,
    items: Sequence[Any],
    chunk: int,
) -> list[Any]:
    """Return ``map_``'s results over ``items``, ``chunk`` of them in each job, in order."""
    if chunk == 1:
        return list(map_(task, items))
    batches = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    return [result for results in map_(partial(each, task), batches) for result in results]
