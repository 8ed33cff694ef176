"""Run one program to its end and leave nothing of it alive.

Guarantees, on Linux: when `run` returns, no process that the program started is alive, even one
that called ``setsid``, cleared its environment or ignores SIGTERM; when this process dies, the
program dies with it. While the program runs, this process sleeps in one system call: it wakes
for output, for the deadline and for the end, so that it takes no part in the measurement.

Assumes: this process may become a sub-reaper (the kernel then hands it every orphan below it).
Elsewhere the process group alone is killed.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from harness.errors import GilscopeError
from harness.process import tree
from harness.process.outcome import Outcome, Output
from harness.process.tree import MARKER

LINUX = sys.platform == "linux"
OUTPUT_LIMIT = 1024 * 1024  # bytes a trial may print; what it prints is measured with it
# Helpers of multiprocessing (resource tracker, fork server) end by themselves once they see
# their parent gone; only what is alive after this is something left behind.
GRACE = 1.0
_KILL_PATIENCE = 10.0  # seconds for the kernel to take away what was killed

_NAMED = 5  # survivors in a message

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


class Survivors(GilscopeError):
    """Processes that no kill takes away: whatever is measured next would be measured beside them.

    ``outcome`` is how the program ended that started them, where it is known.
    """

    def __init__(self, pids: set[int], outcome: Outcome | None = None) -> None:
        shown = ", ".join(map(str, sorted(pids)[:_NAMED]))
        more = ", ..." if len(pids) > _NAMED else ""
        super().__init__(
            f"{len(pids)} processes that a trial started cannot be killed: {shown}{more}",
            where="gilscope",
            hint="End them as their owner, or restart the machine; then run the same command.",
        )
        self.pids = pids
        self.outcome = outcome


def become_subreaper() -> None:
    """Have every orphan below this process handed to it instead of to process 1."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path,
    timeout: float,
    started: Callable[[int], object] = bool,  # by default, a callback that does nothing
) -> Outcome:
    """Run ``command`` in a session of its own and return how it ended.

    Parameters
    ----------
    environ : mapping
        The whole environment; should hold MARKER.
    timeout : float
        Seconds until everything it started is killed.
    started : callable
        Receives the process group as soon as there is one.

    Raises Survivors, with the outcome, where something of it cannot be killed.
    """
    become_subreaper()
    before = tree.children(os.getpid()) if LINUX else frozenset()
    outcome = Outcome()
    survivors: set[int] = set()
    start = time.monotonic()
    process = subprocess.Popen(
        list(command),
        env=dict(environ),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_dying_with_parent() if LINUX else None,  # noqa: PLW1509 (one thread here)
    )
    try:
        started(process.pid)
        _watch(process, outcome, start + timeout)
        outcome.seconds = time.monotonic() - start
        ended = not (outcome.timed_out or outcome.flooded)
        if ended:
            outcome.left = _stragglers(process.pid, before, environ.get(MARKER))
    finally:
        # Also when interrupted: nothing of this trial may run beside the next thing here.
        try:
            kill_all(process.pid, before, environ.get(MARKER))
        except Survivors as problem:
            survivors = problem.pids
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_PATIENCE)
        if LINUX:  # orphans that ended by themselves are this process's to collect, too
            _reap(set(tree.children(os.getpid()) - before), spare=process.pid)
        for stream, output in ((process.stdout, outcome.stdout), (process.stderr, outcome.stderr)):
            _drain(stream, output)
    status = process.returncode
    outcome.code = status if status is not None and status >= 0 else None
    outcome.signal = -status if status is not None and status < 0 else None
    if survivors:
        raise Survivors(survivors, outcome)
    return outcome


def kill_all(
    group: int | None, spared: frozenset[int] = frozenset(), marker: str | None = None
) -> int:
    """Kill a process group and all that came from it; return how many were killed.

    Raises Survivors if something is still alive after ten seconds: to go on would be to
    measure it.
    """
    if group is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    if not LINUX:
        return 1
    killed: set[int] = set()
    deadline = time.monotonic() + _KILL_PATIENCE
    # Again and again until none is found: one that is about to fork escapes a single sweep. What
    # is stopped first forks no more while the others are killed.
    while found := tree.family(group, spared, marker):
        _send(signal.SIGSTOP, found)
        killed |= _send(signal.SIGKILL, found)
        _reap(found, spare=group)
        if time.monotonic() > deadline:
            raise Survivors(found)
        time.sleep(0.002)
    return len(killed)


def _send(number: signal.Signals, pids: set[int]) -> set[int]:
    """Send a signal to each process; return those that it could be sent to."""
    sent = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            sent.add(pid)
    return sent


def kill_marked(marker: str) -> int:
    """Kill whatever carries ``marker`` in its environment: the orphans of a killed run."""
    return kill_all(None, marker=marker) if LINUX else 0


def _watch(process: subprocess.Popen[bytes], outcome: Outcome, deadline: float) -> None:
    """Collect output until the program ends, floods or is out of time."""
    with selectors.DefaultSelector() as selector:
        ends = _end_descriptor(process)
        if ends is not None:
            selector.register(ends, selectors.EVENT_READ, None)
        for stream, output in ((process.stdout, outcome.stdout), (process.stderr, outcome.stderr)):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, output)
        try:
            while True:
                # Without a descriptor that tells the end, look twenty times a second.
                left = deadline - time.monotonic()
                if left <= 0:
                    outcome.timed_out = True
                    return
                for key, _ in selector.select(left if ends is not None else min(left, 0.05)):
                    if key.data is None:
                        return
                    if not _read_some(key.fd, key.data):
                        selector.unregister(key.fileobj)
                if outcome.stdout.size + outcome.stderr.size > OUTPUT_LIMIT:
                    outcome.flooded = True
                    return
                if ends is None and process.poll() is not None:
                    return
        finally:
            if ends is not None:
                os.close(ends)


def _end_descriptor(process: subprocess.Popen[bytes]) -> int | None:
    """Return a descriptor that becomes readable when the process ends, where there is such."""
    try:
        return os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return None


def _read_some(descriptor: int, output: Output) -> bool:
    """Move what is there into ``output``; return False at the end of the stream."""
    try:
        piece = os.read(descriptor, 65536)
    except BlockingIOError:
        return True
    output.add(piece)
    return bool(piece)


def _drain(stream: IO[bytes] | None, output: Output) -> None:
    """Take what is left in the pipe and close it; every writer is dead by now."""
    assert stream is not None
    with stream, contextlib.suppress(BlockingIOError, ValueError):
        while output.size <= 2 * OUTPUT_LIMIT:
            piece = os.read(stream.fileno(), 65536)
            if not piece:
                break
            output.add(piece)


def _dying_with_parent() -> Callable[[], None]:
    """Return what the child calls before its program starts: die when the parent does.

    Looked up here, in the parent: between fork and exec nothing may be imported.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the request was made
            os._exit(1)

    return ask


def _stragglers(group: int, before: frozenset[int], marker: str | None) -> list[str]:
    """Return what is still alive after a program ended by itself and a grace period passed."""
    if not LINUX:
        return []
    deadline = time.monotonic() + GRACE
    while found := tree.family(group, before, marker) - {group}:
        _reap(found)
        if time.monotonic() > deadline:
            return [f"{pid} ({tree.name(pid)})" for pid in sorted(found)]
        time.sleep(0.005)
    return []


def _reap(pids: set[int], spare: int | None = None) -> None:
    """Collect those of the dead that are children of this process by now.

    Never the program itself: its status belongs to its Popen.
    """
    for pid in pids - {spare}:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
