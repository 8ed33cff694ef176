"""What the whole machine went through: time stolen by a hypervisor, and pressure.

Pressure (the kernel's psi.rst): the time in which at least one task had to wait for a CPU, for
memory or for a device.
"""

from __future__ import annotations

import os

from gilworker.probes import Unreadable

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional

    from gilworker.contracts import Json
    from gilworker.probes import Scope

    Reading = tuple[Optional[float], list[Optional[float]]]

DISTANCE = 90  # the kernel writes a line for every CPU: the most expensive reading of all
RESOURCES = ("cpu", "io", "memory")
STEAL = 8  # the word of /proc/stat's first line that counts ticks given to other guests


def begin(scope: Scope) -> Callable[[], Reading]:  # noqa: ARG001 - the same for every pool
    """Return the reading: stolen seconds, and seconds of pressure, since the machine started."""
    stat = _opened("/proc/stat")
    pressure = [_opened(f"/proc/pressure/{resource}") for resource in RESOURCES]
    if stat is None and not any(pressure):
        raise Unreadable("this platform has no /proc/stat and no /proc/pressure")
    second = os.sysconf("SC_CLK_TCK")

    def read() -> Reading:
        stolen = None if stat is None else int(os.pread(stat, 256, 0).split()[STEAL]) / second
        return stolen, [None if file is None else _total(file) for file in pressure]

    return read


def between(before: Reading, after: Reading, seconds: float) -> Json:  # noqa: ARG001
    """Return the seconds that were stolen, and those of pressure, by resource."""
    pressure = zip(RESOURCES, before[1], after[1])
    return {
        "steal": _difference(before[0], after[0]),
        "pressure": {name: _difference(first, last) for name, first, last in pressure},
    }


def _difference(first: float | None, last: float | None) -> float | None:
    return None if first is None or last is None else last - first


def _total(file: int) -> float | None:
    """Return the seconds in which some task waited, from a file under /proc/pressure."""
    try:
        line = os.pread(file, 256, 0).partition(b"\n")[0]
    except OSError:  # compiled in and switched off
        return None
    return int(line.rpartition(b"total=")[2]) / 1e6


def _opened(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
