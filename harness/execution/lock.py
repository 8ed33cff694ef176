"""One measuring run per machine: concurrent runs would disturb each other.

The lock lies in the user's runtime or temporary folder, whatever results folder is used. It is
held by the kernel (flock), so that a killed run frees it; its text names the run's pid and the
trial in flight, so that the next run can end what the killed one left behind.
"""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import GilscopeError


class MachineLock:
    """The held lock; `note` writes down which trial is in flight."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def note(self, **what: Any) -> None:
        """Replace the lock's text by this run's pid and ``what``."""
        text = json.dumps({"pid": os.getpid(), **what}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)


def path() -> Path:
    """Return where the lock of this user on this machine lies."""
    folder = os.environ.get("XDG_RUNTIME_DIR")
    if folder and Path(folder).is_dir():
        return Path(folder) / "gilscope.lock"
    return Path(tempfile.gettempdir()) / f"gilscope-{os.getuid()}.lock"


@contextlib.contextmanager
def held() -> Iterator[tuple[MachineLock, dict[str, Any]]]:
    """Hold the lock; yield it and what the last holder, if it was killed, left written.

    Raises GilscopeError at once, naming the pid, when another run holds it.
    """
    where = path()
    descriptor = _open(where)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _read(descriptor).get("pid", "unknown")
            raise GilscopeError(
                f"another run is measuring on this machine (pid {pid})",
                where=str(where),
                hint="Wait for it, or stop it with Ctrl-C: concurrent runs would disturb each "
                "other's measurements.",
            ) from None
        left = _read(descriptor)
        lock = MachineLock(descriptor)
        lock.note()
        try:
            yield lock, left
        finally:
            # A run that ends by itself leaves no trial behind; one that is killed never gets
            # here, and its note stays for the next.
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _open(where: Path) -> int:
    # O_NOFOLLOW: in a shared temporary folder the name could be somebody else's link.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(where, flags, 0o600)
    except OSError as problem:
        raise GilscopeError(
            f"the machine's lock cannot be opened: {os.strerror(problem.errno or 0)}",
            where=str(where),
            hint="Remove it if no run is measuring, or set XDG_RUNTIME_DIR to your own folder.",
        ) from None


def _read(descriptor: int) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        value = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
        if isinstance(value, dict):
            return value
    return {}
