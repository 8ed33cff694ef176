"""Probes: what the kernel and the interpreter can tell about a value; one file is one probe.

Read before and after the timed region and never within it. A probe is a module with

``DISTANCE``
    Probes with a lower one are read nearer to the clock: cheap readings, and those that the
    reading of others would change.
``begin(scope) -> read``
    Called once, when the pool is open: get ready, and give the function that takes one reading.
    Raises `Unreadable` with the reason where this platform, interpreter or model has none.
``between(before, after, seconds) -> dict``
    What is stored for a value; called after the last pass. A part that could not be read is null.

and, where it applies, ``prove() -> str | None``: run once per target, in a process of its own,
with the GIL as a trial finds it; the reason not to believe the probe there, or None.
"""

from __future__ import annotations

import os
from importlib import import_module

from gilworker.errors import one_line

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from gilworker.contracts import Json

SCHEMA = 1  # of the observations of a value


class Unreadable(Exception):
    """Why a probe has nothing to say here."""


class Scope:
    """What a probe has to know of the trial it watches.

    Parameters
    ----------
    model : str
        The execution model.
    cold : bool
        Whether the workers live within the value only.
    threads_before : frozenset of int
        Threads of this process before the pool was opened.
    pids : list of int or None
        The worker processes; None if they cannot be known.
    """

    def __init__(
        self, model: str, cold: bool, threads_before: frozenset[int], pids: list[int] | None
    ) -> None:
        self.model = model
        self.cold = cold
        self.threads_before = threads_before
        self.pids = pids

    @property
    def by_processes(self) -> bool:
        """Whether the workers are processes."""
        return self.model.startswith("processes-")


class Observer:
    """All probes of a trial, read around every pass.

    Parameters
    ----------
    scope : Scope
        The open pool.
    distrusted : mapping
        Probes not to be used on this target, and why.
    """

    def __init__(self, scope: Scope, distrusted: dict[str, str | None]) -> None:
        self.unavailable: dict[str, str] = {}
        self._probes: list[tuple[str, ModuleType, Callable[[], Any]]] = []
        for name in sorted(names(), key=lambda each: load(each).DISTANCE, reverse=True):
            probe = load(name)
            try:
                if distrusted.get(name):
                    raise Unreadable(distrusted[name])
                self._probes.append((name, probe, probe.begin(scope)))
            except Unreadable as reason:
                self.unavailable[name] = one_line(str(reason))
        self._far_first = [read for _, _, read in self._probes]
        self._near_first = self._far_first[::-1]

    def before(self) -> list[Any]:
        """Take the readings before a pass; the nearest is the last."""
        return [read() for read in self._far_first]

    def after(self) -> list[Any]:
        """Take the readings after a pass; the nearest is the first."""
        return [read() for read in self._near_first]

    def observed(self, before: list[Any], after: list[Any], seconds: float) -> Json:
        """Return what the probes say of a pass that took ``seconds``."""
        pairs = zip(self._probes, before, reversed(after))
        return {
            name: None if first is None or last is None else probe.between(first, last, seconds)
            for (name, probe, _), first, last in pairs
        }


def names() -> list[str]:
    """Return the names of all probes there are, in order."""
    files = os.listdir(os.path.dirname(__file__))  # noqa: PTH120, PTH208
    return sorted(f[:-3] for f in files if f.endswith(".py") and not f.startswith("_"))


def load(name: str) -> ModuleType:
    """Return the probe called ``name``."""
    return import_module(f"gilworker.probes.{name}")


def prove(name: str) -> str | None:
    """Return why the probe called ``name`` is not to be believed in this interpreter, or None."""
    proof = getattr(load(name), "prove", None)
    return None if proof is None else proof()
