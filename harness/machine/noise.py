"""Counters of what else goes on in this computer."""

import os
import re
import time
from pathlib import Path
from typing import Any

from harness.machine import cgroups
from harness.machine.cgroups import ROOT

TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def noise(root: Path = ROOT) -> dict[str, Any]:
    """Return counters of what else goes on; take two, and the difference tells about between.

    Takes well under a millisecond. Null where the kernel does not say.
    """
    load, runnable = _load(root)
    ticks = _ticks(root)
    return {
        "monotonic": time.monotonic(),
        "load": load,
        "runnable": runnable,
        "ticks": ticks,
        "ticks_per_second": os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else None,
        "steal": ticks["steal"] if ticks else None,
        "pressure": {each: _pressure(root, each) for each in ("cpu", "io", "memory")},
        "throttled": cgroups.throttled(root),
        "hot": _hot(root),
    }


def _load(root: Path) -> tuple[list[float] | None, int | None]:
    try:
        words = (root / "proc/loadavg").read_text().split()
        # Entities running now include the one that reads this.
        return [float(word) for word in words[:3]], int(words[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return (list(os.getloadavg()) if hasattr(os, "getloadavg") else None), None


def _ticks(root: Path) -> dict[str, int] | None:
    try:
        with (root / "proc/stat").open() as file:
            words = file.readline().split()
        return dict(zip(TICKS, map(int, words[1:9]), strict=True))
    except (OSError, ValueError):
        return None


def _pressure(root: Path, resource: str) -> int | None:
    """Return the microseconds in which something had to wait for a resource."""
    try:
        text = (root / "proc/pressure" / resource).read_text()
    except OSError:  # a kernel without pressure stall information
        return None
    found = re.search(r"^some .*total=(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else None


def _hot(root: Path) -> int | None:
    """Return how often the first processor has slowed itself down for heat."""
    path = root / "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count"
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
