"""How often the GIL changed hands: CPython counts it, nothing prints it."""

from __future__ import annotations

import sys
import time

from gilworker import gil, gilfields
from gilworker.probes import Unreadable

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable

    from gilworker.contracts import Json
    from gilworker.probes import Scope

DISTANCE = 0  # half a microsecond, and no system call

PROOF_INTERVAL = 0.0005  # seconds between hand-offs that two spinners are asked for
PROOF_SECONDS = 0.1
# Two spinners hand over 200 times in that time on an idle machine. The least that is believed is
# far below, because one that is given no CPU for a while hands nothing over.
PROOF_LEAST = 10


def begin(scope: Scope) -> Callable[[], int]:
    """Return the reading: hand-offs in the main interpreter of this process since it began."""
    if scope.by_processes:
        raise Unreadable("the workers are processes with a GIL each")
    if scope.model == "interpreters":
        raise Unreadable("the workers are interpreters with a GIL each")
    try:
        counter = gilfields.find().switches
    except gilfields.NotFound as reason:
        raise Unreadable(str(reason)) from reason
    return lambda: counter.value


def between(before: int, after: int, seconds: float) -> Json:  # noqa: ARG001 - a count
    """Return how many hand-offs there were."""
    return {"count": after - before}


def prove() -> str | None:
    """Return why what is read here cannot be the counter, or None: two spinners must raise it.

    One alone must not, and without a GIL nothing may. Needs threads, which change the state of a
    free-threaded interpreter for good: never within a trial.
    """
    import threading

    try:
        fields = gilfields.find()
    except gilfields.NotFound as reason:
        return str(reason)
    locked = gil.enabled()
    if bool(fields.locked.value) != locked:
        return f"the lock reads {fields.locked.value} where it is {'held' if locked else 'off'}"
    usual = sys.getswitchinterval()
    sys.setswitchinterval(PROOF_INTERVAL)
    try:
        rises = []
        for spinners in (1, 2):
            threads = [threading.Thread(target=_spin) for _ in range(spinners - 1)]
            for thread in threads:
                thread.start()
            before = fields.switches.value
            _spin()
            rises.append(fields.switches.value - before)
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(usual)
    alone, two = rises
    if not locked:
        return None if alone == two == 0 else f"counts {two} hand-offs where there is no GIL"
    if not 0 <= alone < PROOF_LEAST <= two:
        return f"counts {alone} hand-offs for one spinner and {two} for two"
    return None


def _spin() -> None:
    end = time.perf_counter() + PROOF_SECONDS
    while time.perf_counter() < end:
        pass
