"""What the scheduler did with each worker: CPU, waiting for a CPU, and switches.

``/proc/PID/task/TID/schedstat`` holds nanoseconds on a CPU and nanoseconds runnable but without
one (the kernel's sched-stats.rst). What is left of the wall time, the thread was *blocked*: it
waited for the GIL, a lock, a message or a device. Taken apart like this, a busy machine does not
look like a contended lock.
"""

from __future__ import annotations

import os
import time

from gilworker.probes import Unreadable

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional

    from gilworker.contracts import Json
    from gilworker.probes import Scope

    Reading = Optional[list[tuple[float, float, int, int]]]

DISTANCE = 20
MOST = 256  # workers; each costs two open files and some 30 us a reading
MOST_KEPT = 64  # workers that are stored one by one; beyond, sums alone


def begin(scope: Scope) -> Callable[[], Reading]:
    """Return the reading: for each worker thread CPU s, run delay s, and switches of both kinds."""
    if scope.cold:
        raise Unreadable("the workers of a cold pool begin and end within the value")
    found = _workers(scope)
    if len(found) > MOST:
        raise Unreadable(f"{len(found)} workers; reading more than {MOST} takes too long")
    threads = [_Thread(folder) for folder in found]
    if not found:  # the caller is the worker
        threads = [_Caller(f"/proc/self/task/{_own_id()}")]
    if not threads[0].schedstat:
        raise Unreadable("this platform has no /proc/PID/task/TID/schedstat")

    def read() -> Reading:
        try:
            return [thread.read() for thread in threads]
        except OSError:  # a worker has ended
            return None

    return read


def between(before: Reading, after: Reading, seconds: float) -> Json:
    """Return the sums over all workers, and each worker's own numbers."""
    each = [
        [last - first for first, last in zip(old, new)]
        for old, new in zip(before or [], after or [])
    ]
    sums = [sum(column) for column in zip(*each)]
    names = ("cpu", "run_delay", "voluntary", "involuntary")
    return {
        "count": len(each),
        "wall": seconds * len(each),
        **dict(zip(names, sums)),
        "each": each if len(each) <= MOST_KEPT else None,
    }


def _workers(scope: Scope) -> list[str]:
    """Return the folders in /proc of the pool's threads; none if the caller does the work."""
    try:
        if scope.by_processes:
            if scope.pids is None:
                raise Unreadable("the worker processes cannot be known")
            processes = [f"/proc/{pid}/task" for pid in scope.pids]
            return [f"{task}/{tid}" for task in processes for tid in sorted(os.listdir(task))]  # noqa: PTH208
        return [
            f"/proc/self/task/{tid}"
            for tid in sorted(map(int, os.listdir("/proc/self/task")))  # noqa: PTH208
            if tid not in scope.threads_before
        ]
    except OSError as problem:
        raise Unreadable("this platform has no /proc") from problem


def _own_id() -> int:
    import threading

    return threading.get_native_id()


class _Thread:
    """One worker thread through files that stay open: opening them takes longer than reading."""

    def __init__(self, folder: str) -> None:
        self.schedstat = _opened(f"{folder}/schedstat")
        self.status = _opened(f"{folder}/status")

    def cpu(self, nanoseconds: str) -> float:
        """Return the CPU time so far: the kernel's account of a thread that sleeps is exact."""
        return int(nanoseconds) / 1e9

    def read(self) -> tuple[float, float, int, int]:
        """Take one reading."""
        words = os.pread(self.schedstat, 128, 0).split()
        status = os.pread(self.status, 8192, 0)
        switches = status[status.rindex(b"\nvoluntary_ctxt_switches:") :].split()
        delay = int(words[1]) / 1e9
        return (self.cpu(words[0].decode()), delay, int(switches[1]), int(switches[3]))


class _Caller(_Thread):
    """The calling thread, which is running: its account in /proc lags by up to a clock tick."""

    def cpu(self, nanoseconds: str) -> float:  # noqa: ARG002 - the account that lags
        """Return the CPU time so far, from the thread's own clock."""
        return time.thread_time()


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0  # standard input: never one of these files
