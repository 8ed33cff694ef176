"""What was read of one folder of results, kept so that only what is new or changed is read again.

A folder of Parquet files and one index that says which rows of which file are whose, as of which
state of the session's own files. It is never trusted: a state that differs in anything, another
version of the code that reads, a byte that is not as it was written: all of it is read anew.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.dataset import parquet
from analysis.dataset.parquet import Segment, Source
from harness.storage import store

_INDEX = "index.json"
# A file of more rows is written again only when half of it is dead: it bounds what is in memory.
_LARGE = 2_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of one session: its rows, those of the diagnostic pass last, and the rest."""

    trace: str
    segment: str
    start: int
    timed: int
    diagnosed: int
    trials: int
    observed: tuple[str, ...]
    damaged: tuple[tuple[str, str], ...]
    listed: bool


@dataclass(slots=True)
class Cache:
    """The cache of one folder of results; ``folder`` is None where nothing can be kept."""

    folder: Path | None
    segments: dict[str, Segment]
    entries: dict[str, Entry]

    def current(self, session: str, trace: str) -> Entry | None:
        """Return what is kept of a session if that is of this very state of its files."""
        found = self.entries.get(session)
        return found if found is not None and found.trace == trace else None

    def source(self, entry: Entry) -> Source:
        """Return where the rows of an entry are."""
        return self.segments[entry.segment]


def readers() -> list[Path]:
    """Return the source files whose content is part of the cache's key: those that read records.

    All of this folder, and what it imports of the stored format; a test follows the imports and
    compares.
    """
    ours = Path(__file__).parent.glob("*.py")
    names = ("atomic", "bounds", "cache_folder", "encoding", "layout", "limits", "schema", "store")
    theirs = [Path(store.__file__).with_name(f"{name}.py") for name in names]
    return sorted([*ours, *theirs])


@cache
def reader() -> str:
    """Return what identifies the code that reads."""
    text = b"".join(path.read_bytes() for path in readers())
    versions = f"{sys.version} {pd.__version__} {pa.__version__} {os.name}"
    return hashlib.sha256(text + versions.encode()).hexdigest()


def opened(results: Path) -> Cache:
    """Return the cache of a folder of results; empty where there is none that can be used."""
    folder = store.cache_folder(results)
    if folder is None:
        return Cache(None, {}, {})
    try:
        seal, _, text = (folder / _INDEX).read_bytes().partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() != seal:
            return Cache(folder, {}, {})
        said = json.loads(text)
        if said["reader"] != reader():
            return Cache(folder, {}, {})
        files = {
            name: parquet.known(folder / name, about) for name, about in said["segments"].items()
        }
        return Cache(folder, files, {name: _entry(each) for name, each in said["sessions"].items()})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Cache(folder, {}, {})


def forget(results: Path) -> None:
    """Remove the cache of a folder of results."""
    folder = store.cache_folder(results)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def extend(kept: Cache, table: pa.Table, entries: Mapping[str, Entry], present: set[str]) -> None:
    """Keep new rows and what they are, and forget sessions that are no longer ``present``.

    Nothing is kept where nothing can be written. Raises Spoiled.
    """
    if kept.folder is None:
        return
    old = {
        name: each for name, each in kept.entries.items() if name in present and name not in entries
    }
    merged = _to_merge(kept, old, len(table))
    table, moved = _merged(kept, merged, old, table, entries)
    with contextlib.suppress(OSError):
        kept.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = parquet.write(table, kept.folder / f"{uuid.uuid4().hex}.parquet")
        moved = {name: replace(each, segment=made.path.name) for name, each in moved.items()}
        files = {name: each for name, each in kept.segments.items() if name not in merged}
        files[made.path.name] = made
        _publish(kept.folder, files, {**old, **moved})
        kept.segments, kept.entries = files, {**old, **moved}


def _to_merge(kept: Cache, live: Mapping[str, Entry], new: int) -> set[str]:
    """Return the files to write anew together with ``new`` rows.

    One that is not much larger than all that is newer, or half of it dead: so every row is
    written again only as often as the whole doubles, and there are never many files.
    """
    alive = dict.fromkeys(kept.segments, 0)
    for each in live.values():
        alive[each.segment] += each.timed + each.diagnosed
    chosen: set[str] = set()
    for name in sorted(alive, key=lambda each: alive[each]):
        dead = 2 * alive[name] < kept.segments[name].rows
        if dead or (alive[name] <= 2 * new and kept.segments[name].rows < _LARGE):
            chosen.add(name)
            new += alive[name]
    return chosen


def _merged(
    kept: Cache,
    chosen: set[str],
    old: Mapping[str, Entry],
    table: pa.Table,
    entries: Mapping[str, Entry],
) -> tuple[pa.Table, dict[str, Entry]]:
    """Return the rows of the chosen files and the new ones as one, and where they now are."""
    parts, moved, at = [parquet.encoded(table)], dict(entries), len(table)
    whole = {name: _whole(kept.segments[name]) for name in chosen}
    for name, each in sorted(old.items()):
        if each.segment in whole:
            count = each.timed + each.diagnosed
            parts.append(whole[each.segment].slice(each.start, count))
            moved[name] = replace(each, start=at)
            at += count
    return pa.concat_tables(parts, promote_options="default"), moved


def _whole(segment: Segment) -> pa.Table:
    columns = {}
    for name in segment.columns:
        found = segment.column(name)
        if found is not None:
            columns[name] = found
    return pa.table(columns)


def _publish(folder: Path, files: Mapping[str, Segment], entries: Mapping[str, Entry]) -> None:
    said = {
        "reader": reader(),
        "segments": {name: parquet.stated(each) for name, each in files.items()},
        "sessions": {name: asdict(each) for name, each in entries.items()},
    }
    text = json.dumps(said).encode()
    writing = folder / f"{uuid.uuid4().hex}.writing"
    writing.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
    writing.replace(folder / _INDEX)
    for path in folder.iterdir():
        if path.name not in files and path.name != _INDEX:
            path.unlink(missing_ok=True)


def _entry(said: Mapping[str, Any]) -> Entry:
    numbers = {name: int(said[name]) for name in ("start", "timed", "diagnosed", "trials")}
    return Entry(
        trace=said["trace"],
        segment=said["segment"],
        observed=tuple(said["observed"]),
        damaged=tuple((path, why) for path, why in said["damaged"]),
        listed=bool(said["listed"]),
        **numbers,
    )
