"""Make a file appear whole, once, and for good."""

import contextlib
import errno
import itertools
import os
from pathlib import Path

from harness.errors import GilscopeError

TEMPORARY = ".writing-"  # begins the name of what is not published yet
_count = itertools.count()


def publish(path: Path, content: bytes) -> None:
    """Make ``path`` appear with ``content``, whole and once; raises GilscopeError where it cannot.

    A link, unlike a rename, fails where the name exists, so that no writer can replace what
    another one stored.
    """
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{next(_count)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            _link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise GilscopeError(
            "already exists; results are never overwritten",
            where=str(path),
            hint="Another run stored the same trial: do not share a results folder between "
            "machines of one name; choose another --machine NAME.",
        ) from None
    except OSError as problem:
        raise cannot_write(path, problem) from None


def try_writing(results: Path) -> None:
    """Raise GilscopeError if nothing can be stored in ``results``, before anything is measured."""
    probe = results / f"{TEMPORARY}{os.getpid()}-probe"
    try:
        results.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise cannot_write(probe, problem) from None


def _link(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)
    except OSError as problem:
        if problem.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        if path.exists():
            raise FileExistsError(path) from None
        temporary.rename(path)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power loss, where folders can be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def cannot_write(path: Path, problem: OSError) -> GilscopeError:
    """Return what to tell the user when ``path`` could not be written."""
    hints = {
        errno.ENOSPC: "Free some space, then run the same command again: it resumes from here.",
        errno.EDQUOT: "Free some of your quota, then run the same command again.",
        errno.EROFS: "The folder is on a read-only file system: name another with --results DIR.",
        errno.EACCES: "Make the folder writable, or name another with --results DIR.",
    }
    hint = hints.get(problem.errno or 0, "Name another folder with --results DIR.")
    return GilscopeError(
        f"cannot be written: {os.strerror(problem.errno or 0)}; what is stored stays valid",
        where=str(path.parent),
        hint=hint,
    )
