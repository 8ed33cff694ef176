"""Who descends from whom, read from /proc (Linux)."""

import os
from pathlib import Path

MARKER = "GILSCOPE_TRIAL"  # in the environment of everything a trial starts
DEAD = "ZX"  # states of a process that only waits to be collected


def family(group: int | None, spared: frozenset[int], marker: str | None) -> set[int]:
    """Return the living processes of a trial: its group, its session, its orphans, its marked.

    Parameters
    ----------
    group : int or None
        Process group of the trial, a child of this process; None if only ``marker`` is known.
    spared : frozenset of int
        Children this process had before the trial.
    marker : str or None
        Value of `MARKER` in the environment of what the trial started.
    """
    me = os.getpid()
    parents: dict[int, int] = {}
    found: set[int] = set()
    for pid, condition, parent, pgrp, session in processes():
        if condition in DEAD:
            continue
        parents[pid] = parent
        # As sub-reaper this process inherits every orphan, whatever session it fled into.
        ours = group is not None and (group in (pgrp, session) or parent == me)
        if pid not in spared and (ours or (marker is not None and _marked(pid, marker))):
            found.add(pid)
    while more := {pid for pid, parent in parents.items() if parent in found} - found - spared:
        found |= more
    return found - {me}


def processes() -> list[tuple[int, str, int, int, int]]:
    """Return (pid, state, parent, process group, session) of every process."""
    # Read after every trial: plain strings, not Path objects.
    names = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    read = [(int(name), stat_fields(int(name))) for name in names]
    return [(pid, f[0], int(f[1]), int(f[2]), int(f[3])) for pid, f in read if f]


def children(pid: int) -> frozenset[int]:
    """Return the direct children of ``pid``."""
    return frozenset(p[0] for p in processes() if p[2] == pid)


def stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name; empty if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()


def name(pid: int) -> str:
    """Return the short name of a process, for a message."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return "gone"


def _marked(pid: int, marker: str) -> bool:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{MARKER}={marker}".encode() in environ.split(b"\0")
