"""What this computer is, what it is called, and what makes it noisy."""

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.machine import limits
from harness.machine.limits import ROOT, usable_cpus
from harness.machine.readings import facts

__all__ = ["facts", "name", "noise", "usable_cpus", "warnings"]

# What affects times and stays over reboots and updates. Not: kernel, microcode, governor, free
# memory, the clock just now. Those are facts of a session, not another computer.
IDENTITY = (
    *("architecture", "cpu_model", "cpu_vendor", "cpu_stepping", "sockets", "cores", "threads"),
    *("siblings", "core_kinds", "caches", "numa_nodes", "hypervisor", "cpu_quota", "cpuset_cpus"),
)
TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
# Below this load of other programs, what they take is lost among the daemons of an idle system.
BUSY = 0.5
# Share of the time since boot that a hypervisor gave to others; an idle neighbour stays below.
STEAL = 0.001


def name(known: Mapping[str, Any]) -> str:
    """Return ``<cpu>-<cores>c-<6 hex>``: the same after a reboot, another for another computer."""
    identity = json.dumps({key: known.get(key) for key in IDENTITY}, sort_keys=True)
    cores = known.get("cores") or known.get("threads") or 1
    digest = hashlib.sha256(identity.encode()).hexdigest()[:6]
    return (
        f"{_slug(str(known.get('cpu_model') or known.get('architecture') or ''))}-{cores}c-{digest}"
    )


def _slug(model: str) -> str:
    """Return what is left of a processor's name without its trimmings."""
    text = re.sub(r"\((r|tm|c)\)|@.*|\b\d+-core\b|\bwith .*", " ", model.lower())
    text = re.sub(r"\b(processor|cpu|core|genuine|generation|\d+th gen)\b", " ", text)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:32].strip("-") or "cpu"


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
        "throttled": limits.throttled(root),
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


def warnings(known: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return, in plain sentences, what disturbs measurements here, its price and the remedy."""
    return [*_from_others(known, now), *_from_the_clock(known), *_from_limits(known)]


def _from_others(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    load = (now.get("load") or [0.0])[0]
    if load > BUSY:
        yield (
            f"The load is {load:.1f}: other programs use this computer, and the time they take "
            "looks like slowness. Stop them, or wait until the load is below "
            f"{BUSY}."
        )
    ticks = now.get("ticks") or {}
    share = ticks.get("steal", 0) / max(1, sum(ticks.values()))
    if known.get("hypervisor") not in (None, "none") and share > STEAL:
        yield (
            f"This is a virtual machine, and {share:.1%} of its time went to others since it "
            "started: stolen time falls on whatever is being measured. Use more blocks, or a "
            "machine of your own."
        )


def _from_the_clock(known: Mapping[str, Any]) -> Iterator[str]:
    governor = known.get("governor")
    if governor and governor != "performance":
        yield (
            f"The frequency governor is {governor}: the clock follows the load, so that short "
            "work after a pause runs slowly. `sudo cpupower frequency-set -g performance` keeps "
            "it up."
        )
    if known.get("boost"):
        yield (
            "Turbo boost is on: one busy core is clocked higher than several, so that speed-ups "
            "come out too small. Switch it off in the firmware or in /sys/devices/system/cpu, or "
            "read speed-ups as a lower bound."
        )
    if known.get("on_battery"):
        yield (
            "This computer runs on battery and saves power: times are longer and change as it "
            "empties. Plug it in."
        )


def _from_limits(known: Mapping[str, Any]) -> Iterator[str]:
    quota, threads = known.get("cpu_quota"), known.get("threads")
    if quota and threads and quota < threads:
        yield (
            f"A quota grants {quota:g} of {threads} CPUs: more workers than that are all stopped "
            "for part of every period. Raise it (docker: --cpus), or measure up to "
            f"{max(1, int(quota))} workers."
        )
    if isolated := known.get("isolated_cpus"):
        yield (
            f"CPUs {', '.join(map(str, isolated))} are isolated: the kernel never moves work "
            "there by itself, so that workers crowd the others. Boot without isolcpus, or choose "
            "CPUs with taskset."
        )
    if known.get("hybrid"):
        yield (
            "This processor has cores of different speed: where a worker lands decides its time. "
            "Keep a run on one kind with taskset."
        )
