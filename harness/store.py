"""results/: write once, read back, verify. The only module that knows where files lie.

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

from harness import caches
from harness.errors import GilscopeError
from harness.publish import TEMPORARY, publish
from harness.seal import Damaged, bounded, canonical, digest, is_sealed, json_object, unpacked

__all__ = [
    "SCHEMA",
    "Damaged",
    "StoredSession",
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
    "session_files",
    "sessions",
    "trace",
    "write_machine",
    "write_record",
    "write_session",
]

SCHEMA = 1
# A record is a few kilobytes. Results may come from elsewhere: nothing near this bound is ours.
MAX_BYTES = 64 * 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,127}")
_RECORD = re.compile(r"p(\d+)-([0-9a-f]{16})-a(\d+)\.json\.gz")


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session on disk; ``data`` is its session.json."""

    machine: str
    experiment: str
    session: str
    data: Mapping[str, Any]
    path: Path


def checked_name(name: str, *, where: str) -> str:
    """Return ``name`` if it can be a folder everywhere, else raise GilscopeError."""
    if _NAME.fullmatch(name) and not name.endswith("."):
        return name
    raise GilscopeError(
        f"{name!r} cannot name a folder of results",
        where=where,
        hint="Use letters, digits and . _ + @ - only, beginning with a letter or digit.",
    )


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
    sealed = {**record, "digest": digest(record)}
    path = record_path(session, record)
    # mtime=0: the same record gives the same bytes.
    publish(path, gzip.compress(canonical(sealed), 9, mtime=0))
    return path


def record_path(session: StoredSession, head: Mapping[str, Any]) -> Path:
    """Return where the attempt with this block, position, trial and attempt lies."""
    name = f"p{head['position']:03d}-{head['trial']}-a{head['attempt']}.json.gz"
    return session.path / f"b{head['block']:03d}" / name


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


def damaged_sessions(results: Path) -> Iterator[Damaged]:
    """Yield what is wrong with each session folder that `sessions` leaves out."""
    for path in session_files(results):
        try:
            read_session(path)
        except Damaged as problem:
            yield problem


def session_files(results: Path, *, machine: str = "*", experiment: str = "*") -> list[Path]:
    """Return every session's own file, readable or not, by machine, experiment and age."""
    return sorted(results.glob(f"{machine}/{experiment}/*/session.json"))


def records(session: StoredSession) -> Iterator[dict[str, Any]]:
    """Yield the session's records in running order. Raises Damaged at the first bad one."""
    for path in record_files(session):
        yield read_record(path)


def record_files(session: StoredSession) -> list[Path]:
    """Return the session's record files in running order."""
    return [Path(entry.path) for entry in _record_entries(session.path)]


def trace(session_file: Path) -> tuple[str, int]:
    """Return a digest of what a session's reading depends on, and when the last of it changed.

    It covers name, size, inode and both times of its own file, of its records and of the facts of
    its machine. A change time cannot be set back; nanoseconds since the epoch.
    """
    folder = session_file.parent
    found = [f"session.json {_stamp(session_file.stat())}"]
    newest = session_file.stat().st_ctime_ns
    facts = [each for each in _scan(folder.parent.parent) if each.name.startswith("machine-")]
    for entry in [*sorted(facts, key=lambda each: each.name), *_record_entries(folder)]:
        status = entry.stat()
        newest = max(newest, status.st_ctime_ns, status.st_mtime_ns)
        found.append(f"{entry.path.removeprefix(str(folder))} {_stamp(status)}")
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
    """Return one record, verified against its own digest and its place."""
    text = unpacked(path, MAX_BYTES)
    record = json_object(path, text)
    claimed = record.pop("digest", None)
    if not is_sealed(text, claimed) and claimed != digest(record):
        raise Damaged(path, "its content does not match its digest")
    if record.get("schema") != SCHEMA:
        raise Damaged(path, f"schema {record.get('schema')!r}; this version reads {SCHEMA}")
    name = _RECORD.fullmatch(path.name)
    if name is None or name[2] != record.get("trial") or int(name[3]) != record.get("attempt"):
        raise Damaged(path, "its file name does not fit its content")
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
            f"{trial!r} is no trial id",
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
    data = json_object(path, bounded(path, MAX_BYTES))
    machine, experiment, session = path.parts[-4:-1]
    if data.get("schema") != SCHEMA:
        raise Damaged(path, f"schema {data.get('schema')!r}; this version reads {SCHEMA}")
    if (data.get("machine"), data.get("experiment"), data.get("session")) != (
        machine,
        experiment,
        session,
    ):
        raise Damaged(path, "its names do not fit the folder it lies in")
    if not isinstance(data.get("cells"), list) or not isinstance(data.get("plan"), str):
        raise Damaged(path, "has no cells or no plan")
    return StoredSession(machine, experiment, session, data, path.parent)


def _record_entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return a session's records as the folders list them, in running order."""
    blocks = [each for each in _scan(folder) if each.name.startswith("b") and each.is_dir()]
    return [
        entry
        for block in sorted(blocks, key=lambda each: each.name)
        for entry in sorted(_scan(Path(block.path)), key=lambda each: each.name)
        if _RECORD.fullmatch(entry.name)
    ]


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return list(found)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
