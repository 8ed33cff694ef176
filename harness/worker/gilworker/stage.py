"""Where the members of a group meet: nobody measures before all are at work, nobody stops early.

A file of a few bytes, mapped by every member, is all they share, so threads, processes and
interpreters meet in one way. Each member maps the file itself: a shared object's reference count
would be written by every look at it.

Guarantees: nobody works before all are ready. The window opens when ``RAMP`` seconds have passed
since the last member said ``running()``. ``over()`` is false until every measuring member has
finished. When a member fails, the others are released at their next look.
Assumes: one byte is written and read in one piece, also by different processes. A member writes
its own byte alone. The window's byte has one change, and whoever makes it writes the same.
"""

from __future__ import annotations

import mmap
from array import array
from time import perf_counter, sleep

from gilworker.errors import Failure

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

# A barrier alone is not enough: members released by one wake one after the other, and the first
# would be measured beside half the load. In twenty switch intervals of the default 5 ms each of
# a few threads has had the GIL several times, and the kernel has spread them over the CPUs.
RAMP = 0.1  # seconds
# Workers exist and are prepared before a pass; to get ready a member starts a process at most.
PATIENCE = 10.0  # seconds
LOOK = 0.001  # seconds between looks of a member that has nothing to do yet

CLOSED, OPEN = b"c", b"o"  # the window; the rest are members
ABSENT, RUNNING, LOADING, MEASURING, FINISHED, FAILED = b".", b"r", b"l", b"m", b"f", b"x"


def blank(members: int) -> bytes:
    """Return the file's bytes before a pass: a closed window and nobody there."""
    return CLOSED + ABSENT * members


class Released(BaseException):
    """Another member has failed: stop. No Exception, so that no workload holds it up."""


class Stage:
    """One member's view of the stage.

    Parameters
    ----------
    path : str
        The file.
    names : sequence of str
        What every member is called in an error, in the order of the items.
    place : int
        Which of them this one is.
    ramp, patience : float
        Seconds; see the constants.
    """

    def __init__(
        self,
        path: str,
        names: Sequence[str],
        place: int,
        ramp: float = RAMP,
        patience: float = PATIENCE,
    ) -> None:
        with open(path, "r+b") as file:  # noqa: PTH123 - pathlib would be imported for it
            self._bytes = mmap.mmap(file.fileno(), 0)
        self._names = names
        self._place = place
        self._ramp = ramp
        self._patience = patience
        self._state = ABSENT
        self._open = False
        self._complete = 0.0  # when this member saw that all were there

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and kind is not Released:
            self._become(FAILED)
        self._bytes.close()

    def running(self) -> None:
        """Say that this member is ready, and go to work when every one is.

        Asleep until then: what starts beside members at work would take seconds to be ready.
        """
        if self._state != ABSENT:
            raise Failure(f"{self._name} said stage.running() twice")
        began = perf_counter()
        self._look()
        self._become(RUNNING)
        while ABSENT in self._look():
            if perf_counter() - began > self._patience:
                raise Failure(f"{self._missing()} did not get ready within {self._patience:g} s")
            sleep(LOOK)
        self._complete = perf_counter()

    def measuring(self) -> bool:
        """Return whether the window is open.

        Who asks this before it asks ``over()`` is a measuring member, and has to say
        ``finished()``.
        """
        states = self._look()
        if self._state == RUNNING:
            self._become(MEASURING)
        return self._opened(states)

    def finished(self) -> None:
        """Say that this member has measured all it wanted; it goes on until ``over()``."""
        if not self._opened(self._look()):
            raise Failure(f"{self._name} said stage.finished() before the window was open")
        self._become(FINISHED)

    def over(self) -> bool:
        """Return whether every measuring member has finished. Who stops earlier fails."""
        states = self._look()
        if self._state == RUNNING:
            self._become(LOADING)
        elif self._state == MEASURING:  # it would wait for itself
            raise Failure(f"{self._name} asked stage.over() before it said stage.finished()")
        # One that has asked neither question yet may still want to measure.
        return self._opened(states) and RUNNING not in states and MEASURING not in states

    def paced(self, call: Callable[[], Any], period: float, slots: int) -> tuple[list[float], int]:
        """Measure ``call`` on a schedule of the clock and not of the answers: an open loop.

        Calls at the same pace, unrecorded, until the window opens, and after the last slot until
        it is over. In between slot k begins k periods after the first, however long a call took.

        Returns
        -------
        latencies : list of float
            Seconds of each call.
        missed : int
            Slots that passed while a call was busy. Left out in silence they would take the
            worst moments out of the record (coordinated omission).
        """
        latencies = array("d", bytes(8 * slots))  # before the clock
        made = missed = 0
        while not self.measuring():
            sleep(period)
            call()
        start = perf_counter() + period
        for slot in range(slots):
            self._look()
            ahead = start + slot * period - perf_counter()
            if ahead < 0:
                missed += 1
                continue
            sleep(ahead)
            began = perf_counter()
            call()
            latencies[made] = perf_counter() - began
            made += 1
        self.finished()
        while not self.over():
            sleep(period)
            call()
        return latencies[:made].tolist(), missed

    def close(self) -> None:
        """Fail unless this member has kept to the order of a pass."""
        if self._state == ABSENT:
            raise Failure(f"{self._name} returned and never said stage.running()")
        if self._state == MEASURING:
            self._become(FINISHED)
        elif self._state != FINISHED and not self.over():
            raise Failure(f"{self._name} returned before stage.over()")

    @property
    def _name(self) -> str:
        return self._names[self._place]

    def _missing(self) -> str:
        states = self._bytes[1:]
        return ", ".join(name for name, state in zip(self._names, states) if state == ABSENT[0])

    def _look(self) -> bytes:
        """Return the window and all states, unless there is no point in going on."""
        states = self._bytes[:]
        if FAILED in states:
            raise Released
        return states

    def _become(self, state: bytes) -> None:
        self._state = state
        self._bytes[1 + self._place] = state[0]

    def _opened(self, states: bytes) -> bool:
        """Return whether the window is open; open it if it is time."""
        if self._open or states[:1] == OPEN:
            self._open = True
            return True
        if self._state == ABSENT:
            raise Failure(f"{self._name} has to say stage.running() first")
        if perf_counter() - self._complete < self._ramp:
            return False
        self._bytes[0] = OPEN[0]
        self._open = True
        return True
