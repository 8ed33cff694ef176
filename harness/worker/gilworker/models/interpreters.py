"""Sub-interpreters in one process, each with its own GIL and its own copy of every module."""

from __future__ import annotations

import os
import pickle
import select
import sys
from contextlib import contextmanager, suppress
from functools import partial

from gilworker.batches import batched
from gilworker.errors import Failure, reason_of, traceback_of

TYPE_CHECKING = False  # typing costs every interpreter 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Call, Run, Task

TASK = "task"
COPIES = True  # workers get copies of the items
ENGINE = "InterpreterPoolExecutor"
LOOK = 0.1  # seconds between looks at jobs that may have failed before their turn
SEPARATOR = "\0"  # between reason and traceback


def unavailable() -> str | None:
    """Return that it is too early a Python, or None."""
    if sys.implementation.name == "cpython" and sys.version_info >= (3, 14):
        return None
    name = "PyPy" if sys.implementation.name == "pypy" else ""
    version = ".".join(map(str, sys.version_info[:3]))
    return f"needs CPython 3.14 or newer, this is {name} {version}".replace("  ", " ")


@contextmanager
def pool(
    workers: int,
    *,
    prepare: Call,
    warm: Call | None = None,
    verify: Call | None = None,
    chunk: int = 1,
    **_: object,
) -> Iterator[Run]:
    """Yield ``run`` backed by ``workers`` interpreters, each in a thread of its own."""
    from concurrent.futures.interpreter import (  # pyright: ignore[reportMissingImports] - 3.14
        BrokenInterpreterPool,
        InterpreterPoolExecutor,
    )

    with _Pipes() as pipes:
        begin = pickle.dumps(partial(_begin, prepare, pipes.failed[1]))
        with InterpreterPoolExecutor(
            workers, initializer=_admit, initargs=(list(sys.path), begin)
        ) as interpreters:

            def run(task: Task, items: Sequence[Any]) -> list[Any]:
                try:
                    return batched(interpreters.map, task, items, chunk)
                except BrokenInterpreterPool as error:
                    raise _why(pipes, error) from error

            def everyone(call: Call) -> None:
                try:
                    _everyone(interpreters, workers, pipes, call)
                except BrokenInterpreterPool as error:
                    raise _why(pipes, error) from error

            if warm is not None:
                everyone(warm)
            yield run
            if warm is not None and verify is not None:
                everyone(verify)


def _why(pipes: _Pipes, error: BaseException) -> Failure:
    """Return the failure behind a broken pool: what an interpreter reported, if it could."""
    if not select.select([pipes.failed[0]], [], [], 0)[0]:
        return Failure(reason_of("an interpreter's start", error))
    reason, _, text = os.read(pipes.failed[0], 65_536).decode().partition(SEPARATOR)
    return Failure(reason, text)


def _admit(paths: list[str], begin: bytes) -> None:
    """Make our modules and the workload importable, then begin.

    Uses no global, so that it can be sent as code: a new interpreter finds the standard library
    and nothing of ours.
    """
    import pickle
    import sys

    sys.path[:] = paths
    pickle.loads(begin)()  # noqa: S301 - written by this very process


def _begin(prepare: Call, failed: int) -> None:
    """Get an interpreter ready; the executor would print the error and lose it."""
    try:
        prepare()
    except BaseException as error:
        text = f"{reason_of('an interpreter', error)}{SEPARATOR}{traceback_of(error)}"
        with suppress(BlockingIOError):  # full: others have said enough
            os.write(failed, text.encode("ascii", "backslashreplace"))
        raise


def _once(here: int, go: int, call: Call) -> Any:
    """Call it when every interpreter holds one such job, so that none takes two."""
    os.write(here, b".")
    os.read(go, 1)
    return call()


def _everyone(interpreters: Any, workers: int, pipes: _Pipes, call: Call) -> None:
    """Have every interpreter call ``call`` exactly once."""
    once = partial(_once, pipes.here[1], pipes.go[0], call)
    jobs = [interpreters.submit(once) for _ in range(workers)]
    try:
        for _ in range(workers):
            while not select.select([pipes.here[0]], [], [], LOOK)[0]:
                for job in jobs:
                    if job.done():  # before its turn
                        job.result()
            os.read(pipes.here[0], 1)
    finally:
        os.write(pipes.go[1], b"." * workers)
    for job in jobs:
        job.result()


class _Pipes:
    """Pipes between the interpreters: locks cannot be shared, but file descriptors are numbers."""

    def __init__(self) -> None:
        self.failed, self.here, self.go = os.pipe(), os.pipe(), os.pipe()
        os.set_blocking(self.failed[1], False)

    def __enter__(self) -> _Pipes:
        return self

    def __exit__(self, *_: object) -> None:
        for end in (*self.failed, *self.here, *self.go):
            os.close(end)
