"""results/: write once, read back, verify.

::

    results/<machine>/machine-<digest>.json               facts of the computer
    results/<machine>/<experiment>/<session>/session.json what was planned, on what, from which code
    results/<machine>/<experiment>/<session>/second-stage-b00024.json  what its pilot asked for
    results/<machine>/<experiment>/<session>/b000/p007-<trial>-a1.json.gz   one attempt at one trial

Guarantees: a file appears whole or not at all, is never changed and never replaced; a record
carries the digest of its own content. Assumes: hard links within one folder, or failing that an
atomic rename.
"""

import contextlib
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import GilscopeError
from harness.storage import cache_folder as caches
from harness.storage import layout
from harness.storage.atomic import TEMPORARY, publish
from harness.storage.encoding import (
    Damaged,
    bounded,
    canonical,
    digest,
    is_sealed,
    json_object,
    unpacked,
)
from harness.storage.layout import (
    checked_name,
    misplaced,
    place,
    repeated,
    session_files,
    strange,
    unlisted,
)

__all__ = [
    "SCHEMA",
    "Damaged",
    "StoredSession",
    "as_read",
    "cache_folder",
    "canonical",
    "checked_name",
    "clean",
    "damaged_sessions",
    "digest",
    "find",
    "machine_facts",
    "read_record",
    "read_session",
    "record_files",
    "record_path",
    "records",
    "repeated",
    "session_files",
    "sessions",
    "strange",
    "trace",
    "trial_files",
    "unlisted",
    "write_machine",
    "write_record",
    "write_session",
]

SCHEMA = 1
# A record is a few kilobytes. Results may come from elsewhere: nothing near this bound is ours.
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session on disk; ``data`` is its session.json."""

    machine: str
    experiment: str
    session: str
    data: Mapping[str, Any]
    path: Path


def write_machine(results: Path, machine: str, facts: Mapping[str, Any]) -> str:
    """Store the facts of this computer once; return their digest, 8 hex digits."""
    short = digest(facts)[:8]
    path = results / checked_name(machine, where="--machine") / f"machine-{short}.json"
    if not path.exists():
        publish(path, json.dumps(facts, indent=1, sort_keys=True).encode() + b"\n")
    return short


def write_session(results: Path, data: Mapping[str, Any]) -> StoredSession:
    """Begin a session on disk. ``data`` names its machine, experiment and session."""
    machine, experiment, session = (str(data[key]) for key in ("machine", "experiment", "session"))
    for name in (machine, experiment, session):
        checked_name(name, where=str(results))
    folder = results / machine / experiment / session
    publish(folder / "session.json", json.dumps(data, indent=1, sort_keys=True).encode() + b"\n")
    return StoredSession(machine, experiment, session, data, folder)


def write_stage(session: StoredSession, stage: Mapping[str, Any]) -> None:
    """Store once what a pilot asked for; another budget makes another decision."""
    path = session.path / f"second-stage-b{stage['blocks']:05d}.json"
    if not path.exists():
        publish(path, json.dumps(stage, indent=1, sort_keys=True).encode() + b"\n")


def write_record(session: StoredSession, record: Mapping[str, Any]) -> Path:
    """Publish one attempt, sealed with its digest. Raises if it is there already."""
    path = record_path(session, record)
    # mtime=0: the same record gives the same bytes.
    publish(path, gzip.compress(_sealed(record), 9, mtime=0))
    return path


def as_read(session: StoredSession, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what will be read of ``record`` once it is stored. Raises Damaged."""
    path = record_path(session, record)
    try:
        text = _sealed(record)
    except (TypeError, ValueError, RecursionError) as problem:
        raise Damaged(path, f"cannot be written as JSON: {problem}") from None
    return _verified(path, text)


def record_path(session: StoredSession, head: Mapping[str, Any]) -> Path:
    """Return where the attempt with this block, position, trial and attempt lies."""
    return session.path.joinpath(*place(head))


def sessions(
    results: Path, *, machine: str = "*", experiment: str = "*"
) -> Iterator[StoredSession]:
    """Yield every readable session, by machine, experiment and age.

    Raises Damaged for none: a folder whose session.json is missing or broken is yielded by
    `damaged_sessions` instead, so that one bad file hides nothing else.
    """
    for path in session_files(results, machine=machine, experiment=experiment):
        with contextlib.suppress(Damaged):
            yield read_session(path)


def damaged_sessions(results: Path, *, machine: str = "*") -> Iterator[Damaged]:
    """Yield what is wrong with each session folder that `sessions` leaves out."""
    for path in session_files(results, machine=machine):
        try:
            read_session(path)
        except Damaged as problem:
            yield problem


def records(session: StoredSession) -> Iterator[dict[str, Any]]:
    """Yield the session's records in running order. Raises Damaged at the first bad one."""
    for path in record_files(session):
        yield read_record(path)


def record_files(session: StoredSession) -> list[Path]:
    """Return the session's record files in running order."""
    return trial_files(session.path)


def trial_files(folder: Path) -> list[Path]:
    """Return the record files in a session's folder in running order."""
    return [Path(entry.path) for entry in layout.records(folder)]


def trace(session_file: Path) -> tuple[str, int]:
    """Return a digest of what a session's reading depends on, and when the last of it changed.

    It covers name, size, inode and both times of its own file, of its records and of the facts of
    its machine. A change time cannot be set back; nanoseconds since the epoch.
    """
    folder = session_file.parent
    found, newest = [], 0
    facts = layout.facts(folder.parent.parent)
    for path in (str(session_file), *facts, *layout.contents(folder)):
        stamp, changed = _stamp(path)
        newest = max(newest, changed)
        found.append(f"{path.removeprefix(str(folder))} {stamp}")
    return hashlib.sha256("\n".join(found).encode(errors="surrogateescape")).hexdigest(), newest


def cache_folder(results: Path) -> Path | None:
    """Return where to keep what was computed from ``results``; None if there is no such place.

    In the user's own cache and not beside the records: results are passed on, and a cache that
    came with someone else's could say anything.
    """
    try:
        place = os.fsencode(results.resolve())
        return caches.root() / "values" / hashlib.sha256(place).hexdigest()[:24]
    except (OSError, RuntimeError):
        return None


def read_record(path: Path) -> dict[str, Any]:
    """Return one record, verified against its own digest and its place. Raises Damaged."""
    return _verified(path, unpacked(path, MAX_BYTES))


def _sealed(record: Mapping[str, Any]) -> bytes:
    return canonical({**record, "digest": digest(record)})


def _verified(path: Path, text: bytes) -> dict[str, Any]:
    record = json_object(path, text)
    claimed = record.pop("digest", None)
    if not is_sealed(text, claimed) and claimed != digest(record):
        raise Damaged(path, "its content does not match its digest")
    if record.get("schema") != SCHEMA:
        raise Damaged(path, f"schema {record.get('schema')!r}; this version reads {SCHEMA}")
    wrong = misplaced(path, record)
    if wrong is not None:
        raise Damaged(path, f"does not belong here: {wrong}")
    return record


def machine_facts(session: StoredSession) -> dict[str, Any]:
    """Return the facts of the computer the session ran on; empty if they are not stored."""
    short = str(session.data.get("machine_facts", ""))
    path = session.path.parent.parent / f"machine-{short}.json"
    if not re.fullmatch(r"[0-9a-f]{8}", short) or not path.is_file():
        return {}
    return json_object(path, bounded(path, MAX_BYTES))


def find(results: Path, trial: str) -> list[Path]:
    """Return the files of all attempts whose trial id begins with ``trial``."""
    if not re.fullmatch(r"[0-9a-f]{4,16}", trial):
        raise GilscopeError(
            f"{trial!r} is not a trial id",
            where="TRIAL",
            hint="An id is 16 hexadecimal digits; its first 4 will do if they are unique.",
        )
    return sorted(results.glob(f"*/*/*/b*/p*-{trial}*-a*.json.gz"))


def clean(session: StoredSession) -> None:
    """Remove what a killed writer left half-done."""
    for path in session.path.glob(f"**/{TEMPORARY}*"):
        path.unlink(missing_ok=True)


def read_session(path: Path) -> StoredSession:
    """Return the session whose own file is ``path``. Raises Damaged."""
    if not os.path.lexists(path):
        raise Damaged(path, "is missing")
    data = json_object(path, bounded(path, MAX_BYTES))
    machine, experiment, session = path.parts[-4:-1]
    if data.get("schema") != SCHEMA:
        raise Damaged(path, f"schema {data.get('schema')!r}; this version reads {SCHEMA}")
    if (data.get("machine"), data.get("experiment"), data.get("session")) != (
        machine,
        experiment,
        session,
    ):
        raise Damaged(path, "its names do not match its folder")
    if not isinstance(data.get("cells"), list) or not isinstance(data.get("plan"), str):
        raise Damaged(path, "has no cells or no plan")
    return StoredSession(machine, experiment, session, data, path.parent)


def _stamp(path: str) -> tuple[str, int]:
    """Return what tells a file from what it was before, and when it was last changed."""
    for looked in (os.stat, os.lstat):  # of a link that leads nowhere there is the link
        with contextlib.suppress(OSError):
            status = looked(path)
            times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
            newest = max(status.st_mtime_ns, status.st_ctime_ns)
            return f"{looked.__name__} {status.st_size} {times} {status.st_ino}", newest
    return "absent", 0
