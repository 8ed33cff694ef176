"""Watch a trial of the diagnostic pass from outside: how long its GIL is held, and its memory.

Started as ``PYTHON -I sampler.py MAILBOX OUT COMMAND ...``; starts COMMAND as its child, so that
it is an ancestor of what it reads and needs no privilege where ptrace is restricted to these
(Yama's scope 1). Reads the lock's state out of ``/proc/PID/mem`` at exponentially distributed
moments: such samples cannot fall in step with a switch interval, and their share is the share of
time, with standard error sqrt(p (1 - p) / n). Who holds it is kept for the beginning of the first
value. The layout of the mailbox is described in the
worker's mailbox.py. Standard library only, and nothing of ours: it runs beside a measurement.
"""

import contextlib
import json
import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SCHEMA = 1
MEAN = 0.001  # seconds between samples: 2 % of one CPU, and an error of 0.011 after 2 s
LOOK = 0.002  # seconds between looks at the mailbox outside a pass
LOADED, OPEN, DONE = 1, 2, 3
NAMES = {LOADED: "before", OPEN: "open", DONE: "after"}
VALUE = 1
HELD = 1
# The last holder's thread state, an address, comes right before the field `locked`.
HOLDER = 8  # bytes
STRIP = 400  # samples of which the holder is kept: some 0.4 s in 4 kB of a record


class Watch:
    """What is read of one trial.

    Parameters
    ----------
    mailbox : mmap
        The file shared with the trial.
    """

    def __init__(self, mailbox: mmap.mmap) -> None:
        self.mailbox = mailbox
        self.memory: dict[str, Any] = {}
        self.unavailable: dict[str, str] = {}
        self.samples = self.held = 0
        self.seconds = 0.0
        self.strip: list[tuple[int, int]] = []  # microseconds into the first value, holder
        self._threads: dict[int, int] = {}  # by thread state: 1, 2, ... as they were first seen
        self._lock: tuple[int, int] | None = None  # open /proc/PID/mem, address
        self._since: float | None = None
        self._began: float | None = None  # when the first value was first seen
        self._is_first = True

    def step(self) -> float:
        """Take what is due and return the seconds until the next look."""
        phase = self.mailbox[0]
        if phase != self.mailbox[1]:
            self._reach(phase)
            self.mailbox[1] = phase
            return 0.0
        now = time.monotonic()
        if self.mailbox[2] != VALUE:
            self._since = None
            self._is_first = self._began is None
            return LOOK
        if self._since is not None:
            self.seconds += now - self._since
        self._since = now
        if self._began is None:
            self._began = now
        if self._lock is not None:
            self._sample(*self._lock, now - self._began)
        return random.expovariate(1 / MEAN)

    def result(self) -> dict[str, Any]:
        """Return what goes into the record."""
        held = None
        if self.samples:
            share = self.held / self.samples
            held = {"samples": self.samples, "held": self.held, "share": share}
            held["seconds"] = self.seconds
            held["strip"] = {
                "microseconds": [moment for moment, _ in self.strip],
                "holders": [holder for _, holder in self.strip],  # 0: nobody
            }
        elif "held" not in self.unavailable:
            self.unavailable["held"] = "no sample falls into a value"
        memory = self.memory if set(NAMES.values()) <= self.memory.keys() else None
        if memory is None:
            self.unavailable.setdefault("memory", "the trial ended before its pool was closed")
        return {"schema": SCHEMA, "held": held, "memory": memory, "unavailable": self.unavailable}

    def _reach(self, phase: int) -> None:
        address, pid = struct.unpack("<QQ", self.mailbox[8:24])
        try:
            self.memory[NAMES[phase]] = memory_of(pid)
        except OSError as problem:
            self.unavailable["memory"] = f"smaps_rollup cannot be read: {problem.strerror}"
        if phase == LOADED:
            self._open(pid, address)

    def _open(self, pid: int, address: int) -> None:
        if not address:
            self.unavailable["held"] = "no GIL here that all workers share and that can be read"
            return
        try:
            memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
            os.pread(memory, HOLDER + 4, address - HOLDER)
        except OSError as problem:
            self.unavailable["held"] = f"/proc/PID/mem cannot be read: {problem.strerror}{_yama()}"
        else:
            self._lock = (memory, address)

    def _sample(self, memory: int, address: int, moment: float) -> None:
        try:
            holder, locked = struct.unpack("Qi", os.pread(memory, 12, address - HOLDER))
        except (OSError, struct.error):  # the process has ended within a pass
            self._lock = None
            self.unavailable["held"] = "the trial ended while it was sampled"
            return
        self.samples += 1
        self.held += locked == HELD
        if self._is_first and len(self.strip) < STRIP:
            number = 0
            if locked == HELD:
                number = self._threads.setdefault(holder, len(self._threads) + 1)
            self.strip.append((round(1e6 * moment), number))


def memory_of(pid: int) -> dict[str, int]:
    """Return bytes of a process and all its descendants.

    ``pss``: pages shared by k processes count 1/k in each; ``uss``: pages of nobody else;
    ``processes``: how many there are. Raises OSError.
    """
    found = [pid]
    for each in found:  # grows while it is walked
        found += _children(each)
    total = {"pss": 0, "uss": 0, "processes": len(found)}
    for each in found:
        text = Path(f"/proc/{each}/smaps_rollup").read_text()
        sizes = {name: int(rest.split()[0]) for name, _, rest in _lines(text)}
        total["pss"] += 1024 * sizes["Pss"]
        total["uss"] += 1024 * (sizes["Private_Clean"] + sizes["Private_Dirty"])
    return total


def _lines(text: str) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in text.splitlines()[1:]]


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    texts = [(task / "children").read_text() for task in tasks.iterdir()]
    return [int(child) for text in texts for child in text.split()]


def _yama() -> str:
    """Return what the kernel's ptrace scope has to do with it, where it has."""
    try:
        scope = Path("/proc/sys/kernel/yama/ptrace_scope").read_text().strip()
    except OSError:
        return ""
    if scope in ("0", "1"):  # an ancestor may read
        return ""
    return f" (kernel.yama.ptrace_scope is {scope}; 1 or 0 would allow it)"


def main(arguments: Sequence[str]) -> int:
    """Run and watch one command; return its exit status."""
    path, out, *command = arguments
    with Path(path).open("r+b") as file:
        watch = Watch(mmap.mmap(file.fileno(), 0))
    child = subprocess.Popen(command)
    while child.poll() is None:
        time.sleep(watch.step())
    Path(out).write_text(json.dumps(watch.result()))
    if child.returncode < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no handler to take away
            signal.signal(-child.returncode, signal.SIG_DFL)
        os.kill(os.getpid(), -child.returncode)  # end as it did: the record says how
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
