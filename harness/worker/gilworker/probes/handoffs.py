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
PROOF_PATIENCE = 5.0  # seconds; on a busy machine both may wait for a CPU instead of each other
# Two spinners hand over some 200 times in 0.1 s; one hands over nothing, to nobody.
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
        alone = _rise(fields, 1)
        end = time.monotonic() + PROOF_PATIENCE
        two = _rise(fields, 2)
        while locked and two < PROOF_LEAST and time.monotonic() < end:
            two = _rise(fields, 2)
    finally:
        sys.setswitchinterval(usual)
    if not locked:
        return None if alone == two == 0 else f"counts {two} hand-offs where there is no GIL"
    if not 0 <= alone < PROOF_LEAST <= two:
        return f"counts {alone} hand-offs for one spinner and {two} for two"
    return None


def _rise(fields: gilfields.Fields, spinners: int) -> int:
    """Return how far the counter rises while so many threads, this one among them, spin."""
    import threading

    others = [threading.Thread(target=_spin) for _ in range(spinners - 1)]
    for other in others:
        other.start()
    before = fields.switches.value
    _spin()
    risen = fields.switches.value - before
    for other in others:
        other.join()
    return risen


def _spin() -> None:
    end = time.perf_counter() + PROOF_SECONDS
    while time.perf_counter() < end:
        pass
