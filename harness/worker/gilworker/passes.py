"""The measured region: one pass over all items between two readings of the clock, no more."""

from __future__ import annotations

from time import perf_counter

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from gilworker.contracts import OpenPool, Run, Task


def warm_pass(task: Task, items: Sequence[Any], run: Run) -> tuple[float, list[Any]]:
    """Return the seconds and results of one pass through an open pool."""
    started = perf_counter()
    results = run(task, items)
    return perf_counter() - started, results


def cold_pass(open_pool: OpenPool, task: Task, items: Sequence[Any]) -> tuple[float, list[Any]]:
    """Return the seconds and results of one pass, its pool's whole life included."""
    started = perf_counter()
    with open_pool() as run:
        results = run(task, items)
    return perf_counter() - started, results
