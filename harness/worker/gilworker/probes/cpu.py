"""CPU time of this process, of its children that have ended, and of its living workers."""

from __future__ import annotations

import time

from gilworker.probes import Unreadable

try:
    import resource
except ImportError:  # not on Windows
    resource = None

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional

    from gilworker.contracts import Json
    from gilworker.probes import Scope

    Reading = tuple[float, float, Optional[float]]

DISTANCE = 10  # nearest of those that cost something: its own work is in what it reads


def begin(scope: Scope) -> Callable[[], Reading]:
    """Return the reading: seconds of (this process, ended children, living workers)."""
    if resource is None:
        raise Unreadable("this platform does not tell the CPU time of children")
    children, usage = resource.RUSAGE_CHILDREN, resource.getrusage
    pids = scope.pids

    def read() -> Reading:
        ended = usage(children)
        return (time.process_time(), ended.ru_utime + ended.ru_stime, _living(pids))

    return read


def between(before: Reading, after: Reading, seconds: float) -> Json:  # noqa: ARG001
    """Return the CPU seconds of a pass, by whose they are."""
    living = None if before[2] is None or after[2] is None else after[2] - before[2]
    return {"self": after[0] - before[0], "reaped": after[1] - before[1], "living": living}


def _living(pids: list[int] | None) -> float | None:
    """Return the CPU time used so far by ``pids``; None where it cannot be known."""
    if pids is None:
        return None
    used = 0.0
    try:
        for pid in pids:
            # The clock of another process (clock_getcpuclockid(3)): all its threads, in ns.
            used += time.clock_gettime((~pid << 3) | 2)
    except (AttributeError, OSError):
        return None
    return used
