"""What folders of results say, from the cache where it is current and from the files elsewhere."""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.dataset import arrow, cache, reader
from analysis.dataset.cache import Cache, Entry
from analysis.dataset.parquet import Fresh, Source, Spoiled
from analysis.dataset.schema import ORDER, SESSION, TYPES
from harness.storage import store

# A file that is changed again within a tick of the file system's clock looks unchanged. What is
# younger is read anew every time; no known clock ticks slower than FAT's.
SETTLED = 2_000_000_000  # nanoseconds
# Fewer trials are read in less time than a reader notices, and a cache would only be a file more.
WORTH = 200

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Place:
    """A session of a folder of results, what is known of it, and where its rows are."""

    path: Path
    entry: Entry
    source: Source

    @property
    def id(self) -> tuple[str, str, str]:
        """Return machine, session and experiment, by which rows are ordered."""
        machine, experiment, session = self.path.parts[-4:-1]
        return (machine, session, experiment)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that some folders say; columns are read when they are asked for."""

    places: Sequence[Place]
    closed: tuple[reader.Damage, ...] = ()  # folders that cannot be looked into

    @property
    def damaged(self) -> tuple[reader.Damage, ...]:
        """Return what was left out, by path."""
        found = [reader.Damage(*each) for place in self.places for each in place.entry.damaged]
        return tuple(sorted([*found, *self.closed], key=lambda each: (each.path, each.why)))

    @property
    def listed(self) -> list[Path]:
        """Return the files of the sessions that are whole and were timed."""
        return [place.path for place in self.places if place.entry.listed]

    @property
    def observed(self) -> list[str]:
        """Return the columns of workloads' own observations."""
        return sorted({name for place in self.places for name in place.entry.observed})

    def frame(
        self,
        *,
        diagnostic: bool = False,
        columns: Sequence[str] | None = None,
        compact: bool = False,
    ) -> pd.DataFrame:
        """Return the timed rows, or those of the diagnostic pass. Raises Spoiled."""
        every = [*TYPES, *([] if diagnostic else self.observed)]
        places = sorted(self.places, key=lambda each: each.id)
        spans, length = _spans(places, diagnostic=diagnostic)
        ids = [place.id for place in places]
        # The same session from two folders: only then do rows of several places mix.
        mixed = any(one == two for one, two in itertools.pairwise(ids))
        wanted = every if columns is None or mixed else columns
        made = arrow.assembled(spans, length, wanted, compact=compact)
        if mixed:
            made = _once(made, places, diagnostic=diagnostic)
            made = made.sort_values(ORDER, kind="stable", ignore_index=True)
        return made if columns is None else made[list(columns)]


def _once(made: pd.DataFrame, places: Sequence[Place], *, diagnostic: bool) -> pd.DataFrame:
    """Return the rows of places one after another, each trial and attempt from its first place."""
    counts = [p.entry.diagnosed if diagnostic else p.entry.timed for p in places]
    number = pd.Series(np.repeat(np.arange(len(places)), counts), index=made.index)
    keys = [made[name] for name in (*SESSION, "trial", "attempt")]
    return made[number == number.groupby(keys, observed=True).transform("min")]


def gathered(folders: Sequence[Path], make: Callable[[Gathered], Made]) -> Made:
    """Return what ``make`` makes of all that ``folders`` say.

    A cache that turns out to be damaged while it is read is removed, and all is read anew.
    """
    closed = tuple(
        reader.damage(folder, problem) for folder in folders for problem in store.unlisted(folder)
    )
    try:
        return make(Gathered([place for each in folders for place in _places(each)], closed))
    except Spoiled:
        for folder in folders:
            cache.forget(folder)
    plain = [place for each in folders for place in _places(each, cached=False)]
    return make(Gathered(plain, closed))


def _places(folder: Path, *, cached: bool = True) -> list[Place]:
    kept = cache.opened(folder) if cached else Cache(None, {}, {})
    now = time.time_ns()
    files = {_name(path): path for path in store.session_files(folder)}
    traces = {name: store.trace(path) for name, path in files.items()}
    current = {name: kept.current(name, trace) for name, (trace, _) in traces.items()}
    stale = [name for name, entry in current.items() if entry is None]
    table, entries = _read(folder, {name: files[name] for name in stale}, traces)
    settled = {name: each for name, each in entries.items() if now - traces[name][1] > SETTLED}
    trials = sum(each.trials for each in settled.values())
    if trials >= WORTH:
        cache.extend(kept, table, settled, set(files))
    fresh = Fresh(table)
    places = []
    for name, path in files.items():
        # Not `current`: to extend a cache may move what is in it.
        new = entries.get(name)
        entry = kept.entries[name] if new is None else new
        places.append(Place(path, entry, kept.source(entry) if new is None else fresh))
    return places


def _read(
    folder: Path, files: dict[str, Path], traces: dict[str, tuple[str, int]]
) -> tuple[pa.Table, dict[str, Entry]]:
    """Read sessions from their own files; return their rows as one, and what lies where."""
    tables, entries, at = [arrow.arrow([])], {}, 0
    for name, part in zip(files, reader.parts(folder, list(files.values())), strict=True):
        tables += [part.timed, part.diagnosed]
        timed, diagnosed = len(part.timed), len(part.diagnosed)
        entries[name] = Entry(
            trace=traces[name][0],
            segment="",
            start=at,
            timed=timed,
            diagnosed=diagnosed,
            observed=tuple(each for each in part.timed.column_names if each not in TYPES),
            damaged=tuple((each.path, each.why) for each in part.damaged),
            listed=part.listed,
            trials=part.trials,
        )
        at += timed + diagnosed
    return pa.concat_tables(tables, promote_options="default"), entries


def _spans(
    places: Iterable[Place], *, diagnostic: bool
) -> tuple[dict[Source, list[arrow.Span]], int]:
    """Return which rows of each source go where, what lies and goes side by side as one."""
    spans: dict[Source, list[arrow.Span]] = {}
    at = 0
    for place in places:
        entry = place.entry
        start = entry.start + (entry.timed if diagnostic else 0)
        count = entry.diagnosed if diagnostic else entry.timed
        if not count:
            continue
        its = spans.setdefault(place.source, [])
        if its and its[-1][0] + its[-1][1] == start and its[-1][2] + its[-1][1] == at:
            first, length, there = its.pop()
            its.append((first, length + count, there))
        else:
            its.append((start, count, at))
        at += count
    return spans, at


def _name(path: Path) -> str:
    return "/".join(path.parts[-4:-1])
