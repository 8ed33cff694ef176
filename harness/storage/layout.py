"""Where everything lies below results/, and whether a record belongs where it lies."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import GilscopeError
from harness.storage.encoding import Damaged, cannot_read

SESSION_FILE = "session.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,127}")
_BLOCK = re.compile(r"b[0-9]+")
_RECORD = re.compile(r"p([0-9]+)-([0-9a-f]{16})-a([0-9]+)\.json\.gz")
_ABOVE = ("machine", "experiment", "session")  # the folders that lead to a session

Entry = os.DirEntry[str]


def checked_name(name: str, *, where: str) -> str:
    """Return ``name`` if it can be a folder everywhere, else raise GilscopeError."""
    if _NAME.fullmatch(name) and not name.endswith("."):
        return name
    raise GilscopeError(
        f"{name!r} cannot name a folder of results",
        where=where,
        hint="Use letters, digits and . _ + @ - only, beginning with a letter or digit.",
    )


def place(head: Mapping[str, Any]) -> tuple[str, str]:
    """Return block folder and file name of a record."""
    name = f"p{head['position']:03d}-{head['trial']}-a{head['attempt']}.json.gz"
    return f"b{head['block']:03d}", name


def misplaced(path: Path, record: Mapping[str, Any]) -> str | None:
    """Return which part of a record's path does not fit what it says of itself, or None.

    A record that was copied to another place would count twice, or as another session's.
    """
    for number in ("block", "position", "attempt"):
        if type(record.get(number)) is not int:
            return f"its {number} is {record.get(number)!r:.60}"
    said = (*(record.get(name) for name in _ABOVE), *place(record))
    names = (*_ABOVE, "block folder", "file name")
    for name, its, here in zip(names, said, path.parts[-len(names) :], strict=False):
        if its != here:
            return f"by its content its {name} is {its!r:.60}"
    return None


def session_files(results: Path, *, machine: str = "*", experiment: str = "*") -> list[Path]:
    """Return every session's own file, there or not, by machine, experiment and age.

    What is listed are the folders: one that holds trials is a session whatever became of its file.
    """
    return sorted(
        folder / SESSION_FILE
        for above in _folders(results, machine)
        for parent in _folders(above, experiment)
        for folder in _folders(parent, "*")
        if _is_session(folder)
    )


def unlisted(results: Path) -> Iterator[Damaged]:
    """Yield the folders of machines and experiments that cannot be looked into."""
    for above in _folders(results, "*"):
        for folder in (above, *_folders(above, "*")):
            try:
                scan(folder)
            except OSError as problem:
                yield Damaged(folder, cannot_read(problem))


def records(session: Path) -> list[Entry]:
    """Return a session's records as the folders list them, in running order."""
    return [entry for _, found in _blocks(session) for entry in found if is_record(entry.name)]


def facts(machine: Path) -> list[str]:
    """Return the paths of a machine's facts."""
    return [each.path for each in _inside(machine) if each.name.startswith("machine-")]


def contents(session: Path) -> list[str]:
    """Return the paths of a session's blocks and of all that lies in them."""
    return [
        path
        for block, found in _blocks(session)
        for path in (block.path, *(each.path for each in found))
    ]


def strange(session: Path) -> Iterator[Damaged]:
    """Yield what lies in a session where records should, and cannot be one."""
    for block, found in _blocks(session):
        try:
            scan(Path(block.path))
        except OSError as problem:
            yield Damaged(Path(block.path), cannot_read(problem))
        for entry in found:
            if entry.name.endswith(".gz") and not is_record(entry.name):
                yield Damaged(
                    Path(entry.path), "does not belong here: its name is not that of a record"
                )


def is_record(name: str) -> bool:
    """Tell whether a file is named as a record is."""
    return _RECORD.fullmatch(name) is not None


def repeated(files: Sequence[Path]) -> dict[tuple[str, str], list[Path]]:
    """Return the files of each trial and attempt that has more than one."""
    found: dict[tuple[str, str], list[Path]] = {}
    for path in files:
        name = _RECORD.fullmatch(path.name)
        if name is not None:
            found.setdefault((name[2], name[3]), []).append(path)
    return {identity: every for identity, every in found.items() if len(every) > 1}


def scan(folder: Path) -> list[Entry]:
    """Return what lies in a folder, by name. Raises OSError."""
    with os.scandir(folder) as found:
        return sorted(found, key=lambda each: each.name)


def _blocks(session: Path) -> list[tuple[Entry, list[Entry]]]:
    """Return what may be the blocks of a session, each with what lies in it."""
    return [
        (each, _inside(Path(each.path)))
        for each in _inside(session)
        if _BLOCK.fullmatch(each.name) or (each.name.startswith("b") and _is_folder(each))
    ]


def _inside(folder: Path) -> list[Entry]:
    try:
        return scan(folder)
    except OSError:
        return []


def _folders(parent: Path, name: str) -> list[Path]:
    return [
        Path(each.path) for each in _inside(parent) if name in ("*", each.name) and _is_folder(each)
    ]


def _is_folder(entry: Entry) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_session(folder: Path) -> bool:
    """Tell whether a folder is a session: by its file, by its blocks, or as it shows nothing."""
    if os.path.lexists(folder / SESSION_FILE):
        return True
    try:
        return any(_BLOCK.fullmatch(each.name) for each in scan(folder))
    except OSError:
        return True
