"""How much of the computer this process may use: control groups of both versions."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

ROOT = Path("/")


def parse_cpus(text: str) -> set[int]:
    """Return the CPUs in a kernel list like ``0-3,8``."""
    found: set[int] = set()
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


@lru_cache(maxsize=8)
def folders(controller: str, root: Path = ROOT) -> tuple[tuple[int, Path], ...]:
    """Return (version, folder) of the groups that bind this process, its own one first.

    Version 1, version 2 and both at once all occur. Inside a container the path the kernel
    reports may not exist below the mount: then what is mounted is the container's own group.
    """
    found: list[tuple[int, Path]] = []
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return ()
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        _, names, path = line.split(":", 2)
        if names == "":
            unified = mounts / "unified"
            found += [(2, each) for each in _chain(unified if unified.exists() else mounts, path)]
        elif controller in names.split(","):
            mount = mounts / names if (mounts / names).exists() else mounts / controller
            found += [(1, each) for each in _chain(mount, path)]
    return tuple(found)


def _chain(mount: Path, path: str) -> Iterator[Path]:
    inside = PurePosixPath(path.lstrip("/"))
    for part in (inside, *inside.parents):
        if (mount / part).is_dir():
            yield mount / part


def quota(root: Path = ROOT) -> float | None:
    """Return how many CPUs' worth of time the tightest group grants; None if unlimited."""
    granted = [_granted(version, folder) for version, folder in folders("cpu", root)]
    return min((each for each in granted if each is not None), default=None)


def _granted(version: int, folder: Path) -> float | None:
    try:
        if version == 2:
            limit, period = (folder / "cpu.max").read_text().split()
        else:
            limit = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text().strip()
    except (OSError, ValueError):
        return None
    return None if limit in {"max", "-1"} else int(limit) / int(period)


def cpuset(root: Path = ROOT) -> set[int] | None:
    """Return the CPUs the group may use; None if it does not say."""
    for _, folder in folders("cpuset", root):
        for name in ("cpuset.cpus.effective", "cpuset.effective_cpus"):
            try:
                return parse_cpus((folder / name).read_text())
            except (OSError, ValueError):
                continue
    return None


def throttled(root: Path = ROOT) -> dict[str, float] | None:
    """Return how often and how long the quota has stopped this group; None if not counted."""
    for version, folder in folders("cpu", root):
        try:
            lines = (folder / "cpu.stat").read_text().splitlines()
            stat = dict(line.split() for line in lines)
            name, unit = ("throttled_usec", 1e6) if version == 2 else ("throttled_time", 1e9)
            return {
                "periods": int(stat["nr_throttled"]),
                "seconds": int(stat[name]) / unit,
            }
        except (OSError, ValueError, KeyError):
            continue
    return None


def usable_cpus() -> int:
    """Return on how many CPUs this process can make progress at once: affinity and quota."""
    allowed = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    granted = quota()
    return max(1, allowed if granted is None else min(allowed, int(granted)))
