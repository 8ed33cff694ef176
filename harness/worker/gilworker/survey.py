"""One further pass after the last value, item by item: how the work is shared among the items."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from time import perf_counter

from gilworker import notes

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Task

BRIEF = 0.2  # seconds of a pass; the share of a longer one is no matter of a time slice


class Survey:
    """What the pass showed: ``seconds`` of every item, ``printed`` bytes or None."""

    def __init__(self, task: Task, items: Sequence[Any]) -> None:
        with redirected() as (_, size):
            self.seconds = _timed(task, items)
            self.printed = size()
        if self.share > notes.SKEWED and len(items) > 1 and sum(self.seconds) < BRIEF:
            # Once may be chance: another program was given the CPU in the meantime.
            with redirected():
                self.seconds = [*map(min, self.seconds, _timed(task, items))]

    @property
    def share(self) -> float:
        """The share of the longest item in the pass."""
        total = sum(self.seconds)
        return max(self.seconds) / total if total > 0 else 0.0


def made(task: Task, items: Sequence[Any]) -> Survey | None:
    """Return the survey; None where the work cannot be done once more."""
    try:
        return Survey(task, items)
    except BaseException:  # noqa: BLE001 - what the trial has measured stands
        return None


def written() -> int:
    """Return how much was printed to a standard output that is a file; 0 where it is none."""
    flush()
    with suppress(OSError):
        return os.fstat(1).st_size
    return 0


def _timed(task: Task, items: Sequence[Any]) -> list[float]:
    seconds = []
    for item in items:
        started = perf_counter()
        task(item)
        seconds.append(perf_counter() - started)
    return seconds


@contextmanager
def redirected() -> Iterator[tuple[Any, Callable[[], int | None]]]:
    """Have standard output and error written to a file that is thrown away.

    Yields the file, and a function that returns how many bytes were written; None where there is
    no telling.
    """
    saved: list[tuple[int, int]] = []
    with thrown_away() as file:
        flush()
        try:
            for number in (1, 2):
                with suppress(OSError):  # it was closed
                    saved.append((number, os.dup(number)))
                    os.dup2(file.fileno(), number)

            def size() -> int | None:
                flush()
                return os.fstat(file.fileno()).st_size if saved else None

            yield file, size
        finally:
            flush()
            for number, copy in saved:
                os.dup2(copy, number)
                os.close(copy)


def thrown_away() -> Any:
    """Return an open file that nobody else sees."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("gilscope"), "w+b")
    import tempfile  # takes ten times as long to import as the file to make

    return tempfile.TemporaryFile()


def flush() -> None:
    """Write out what the interpreter still keeps of both standard streams."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # it may be anything the workload put there, or None
            stream.flush()
