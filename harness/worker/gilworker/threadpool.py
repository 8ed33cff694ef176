"""A ThreadPoolExecutor all of whose threads exist, are prepared and have worked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.thread import BrokenThreadPool
from contextlib import contextmanager

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilworker.contracts import Call


@contextmanager
def executor(workers: int, prepare: Call, warm: Call | None) -> Iterator[ThreadPoolExecutor]:
    """Yield an executor; if ``warm`` is given, every thread has called it exactly once.

    The executor starts a thread only when a job finds no idle one. The barrier keeps each busy
    until the last has started; without it one thread might take all the warm-up jobs.
    """
    meeting = threading.Barrier(workers)
    failures: list[BaseException] = []

    def begin() -> None:
        try:
            prepare()
        except BaseException as error:
            failures.append(error)
            meeting.abort()  # the others would wait for this thread for ever
            raise

    def first() -> None:
        meeting.wait()
        if warm is not None:
            warm()

    try:
        with ThreadPoolExecutor(workers, initializer=begin) as threads:
            if warm is not None:
                try:
                    jobs = [threads.submit(first) for _ in range(workers)]
                except BaseException:
                    meeting.abort()  # a thread could not be started
                    raise
                for job in jobs:
                    job.result()
            yield threads
    except (BrokenThreadPool, threading.BrokenBarrierError):
        if failures:
            raise failures[0]  # noqa: B904 - "from" would replace the cause it has
        raise
