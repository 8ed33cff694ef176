"""The processor: model, cores and caches, as the kernel lists them."""

import os
import platform
from collections import Counter
from pathlib import Path
from typing import Any

from harness.machine.cgroups import parse_cpus

CPU = "sys/devices/system/cpu"


class Absent(Exception):
    """A value cannot be read; the text says why."""


def read_text(path: str, root: Path) -> str:
    """Return a small file below ``root`` without the blanks around it."""
    return (root / path).read_text(errors="replace").strip()


def read_number(path: str, root: Path) -> int:
    """Return the number in a file below ``root``."""
    return int(read_text(path, root))


def cpuinfo(root: Path) -> dict[str, str]:
    """Return the first processor's entries; one without a value is left out."""
    block = read_text("proc/cpuinfo", root).split("\n\n")[0]
    pairs = (line.partition(":") for line in block.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs if value.strip()}


def cpuinfo_entry(name: str, root: Path) -> str:
    """Return one entry of the first processor."""
    entries = cpuinfo(root)
    if name not in entries:
        raise Absent(f"/proc/cpuinfo has no '{name}'")
    return entries[name]


def model(root: Path) -> str:
    """Return the processor's name, on a board without one that of the board."""
    if not (root / "proc/cpuinfo").exists():
        return platform.processor() or platform.machine()
    entries = cpuinfo(root)
    if "model name" in entries:
        return entries["model name"]
    board = root / "proc/device-tree/model"
    if board.exists():  # ARM boards say what they are, ARM's cpuinfo only which part
        return board.read_text(errors="replace").strip("\0 \n")
    return f"{platform.machine()} {entries['CPU implementer']} {entries['CPU part']}"


def vendor(root: Path) -> str:
    """Return the maker of the processor."""
    entries = cpuinfo(root)
    return entries.get("vendor_id") or f"implementer {entries['CPU implementer']}"


def stepping(root: Path) -> str:
    """Return family, model and stepping: two parts sold under one name may differ in them."""
    entries = cpuinfo(root)
    keys = ("cpu family", "model", "stepping")
    if keys[0] not in entries:
        keys = ("CPU architecture", "CPU part", "CPU revision")
    return "-".join(entries[key] for key in keys)


def online(root: Path) -> list[int]:
    """Return the numbers of the CPUs that are switched on."""
    return sorted(parse_cpus(read_text(f"{CPU}/online", root)))


def per_cpu(path: str, root: Path) -> list[str]:
    """Return one attribute of every online CPU."""
    return [read_text(f"{CPU}/cpu{number}/{path}", root) for number in online(root)]


def sockets(root: Path) -> int:
    """Return how many processors are plugged in."""
    return len(set(per_cpu("topology/physical_package_id", root)))


def siblings(root: Path) -> list[str]:
    """Return the CPUs of each physical core."""
    groups = set(per_cpu("topology/thread_siblings_list", root))
    return sorted(groups, key=lambda group: min(parse_cpus(group)))


def threads(root: Path) -> int:
    """Return how many CPUs the system schedules on."""
    try:
        return len(online(root))
    except OSError:
        return os.cpu_count() or 1


def smt(root: Path) -> bool:
    """Tell whether some CPUs share a core."""
    return any(len(parse_cpus(group)) > 1 for group in siblings(root))


def core_kinds(root: Path) -> dict[str, int]:
    """Return how many CPUs there are of each capacity; more than one kind is a hybrid."""
    kinds = {}
    for name in ("cpu_core", "cpu_atom", "cpu_lowpower"):  # Intel's hybrids
        if (root / f"sys/devices/{name}/cpus").exists():
            kinds[name] = len(parse_cpus(read_text(f"sys/devices/{name}/cpus", root)))
    return kinds or dict(Counter(per_cpu("cpu_capacity", root)))


def caches(root: Path) -> list[dict[str, Any]]:
    """Return each kind of cache once: level, type, size, CPUs that share one, how many."""
    seen: set[tuple[int, str, str, str]] = set()
    for number in online(root):
        for folder in sorted((root / CPU / f"cpu{number}/cache").glob("index*")):
            kind, size, shared = (
                (folder / name).read_text().strip() for name in ("type", "size", "shared_cpu_list")
            )
            seen.add((int((folder / "level").read_text()), kind, size, shared))
    if not seen:
        raise Absent("the kernel lists no caches")
    kinds = Counter((level, kind, size, len(parse_cpus(cpus))) for level, kind, size, cpus in seen)
    keys = ("level", "type", "size", "shared_by")
    return [dict(zip(keys, each, strict=True), count=kinds[each]) for each in sorted(kinds)]
