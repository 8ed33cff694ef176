"""Stored files to Arrow tables, session by session, on every processor if there are many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from analysis import parallel
from analysis.dataset import arrow, thresholds
from analysis.dataset.records import Row, complete_blocks, is_diagnostic
from analysis.dataset.records import rows as rows_of
from analysis.dataset.schema import misfit
from harness.storage import store
from harness.storage.schema import DIAGNOSTIC

# A digest proves that a file is what its writer wrote, not that the writer kept to the format:
# results may come from anywhere, and one bad file may cost one trial but never the report.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
CHUNK = 256  # records that one process reads at a time
# Below it the processes start for longer than they save.
MANY = 2_000


@dataclass(frozen=True, slots=True)
class Damage:
    """A stored file that was left out, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Part:
    """What the files of one session say, its rows in the order of the tidy table."""

    timed: pa.Table
    diagnosed: pa.Table
    damaged: tuple[Damage, ...]
    trials: int  # records read, damaged ones too
    listed: bool  # the session is whole, and was timed


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records of one session; ``heads`` are what tells which blocks are complete."""

    timed: pa.Table
    diagnosed: pa.Table
    heads: list[dict[str, Any]]
    damaged: list[Damage]
    files: int


Task = tuple[Path, Path, list[Path]]
Interpreted = tuple[Mapping[str, Any], list[Row]]  # a record and its rows


def parts(folder: Path, session_files: Sequence[Path]) -> Iterator[Part]:
    """Read sessions from their files, in the order given."""
    plans = [_plan(folder, path) for path in session_files]
    tasks = [task for plan, _ in plans for task in plan]
    processes = _processes(sum(len(files) for _, _, files in tasks))
    with closing(parallel.mapped(chunk, tasks, processes)) as chunks:
        for path, (plan, damaged) in zip(session_files, plans, strict=True):
            yield _part(folder, path, [next(chunks) for _ in plan], damaged)


def session_facts(stored: store.StoredSession) -> tuple[dict[str, Any], store.Damaged | None]:
    """Return the facts of a session's machine, and what is wrong with them."""
    try:
        return store.machine_facts(stored), None
    except store.Damaged as problem:
        return {}, problem


def damage(folder: Path, problem: store.Damaged) -> Damage:
    """Return what is wrong with a file, without what lies above the results.

    A report must not reveal the user's folders.
    """
    return Damage(problem.path.relative_to(folder).as_posix(), problem.why)


def _processes(records: int) -> int:
    return parallel.cpus() if records >= MANY else 1


def _plan(folder: Path, path: Path) -> tuple[list[Task], list[Damage]]:
    """Return what is to be read of a session, and what is wrong with it beforehand."""
    try:
        session = store.read_session(path)
    except store.Damaged as problem:
        return [], [_unread(folder, problem)]
    files, damaged = _once(folder, session, store.record_files(session))
    damaged += [damage(folder, problem) for problem in store.strange(session.path)]
    tasks = [(folder, path, files[at : at + CHUNK]) for at in range(0, len(files), CHUNK)]
    return tasks, damaged


def _unread(folder: Path, problem: store.Damaged) -> Damage:
    """Return what is wrong with a session's own file, and what is lost by it."""
    count = len(store.trial_files(problem.path.parent))
    beside = f"; the {count} trials beside it are left out" if count else ""
    return Damage(problem.path.relative_to(folder).as_posix(), problem.why + beside)


def _once(
    folder: Path, session: store.StoredSession, files: list[Path]
) -> tuple[list[Path], list[Damage]]:
    """Return the files without those that hold a trial and attempt for a second time."""
    damaged = []
    for every in store.repeated(files).values():
        sound = [path for path in every if not isinstance(_rows(session.data, path), str)]
        for path in sound[1:]:
            files = [each for each in files if each != path]
            first = sound[0].relative_to(session.path).as_posix()
            why = f"is the same trial and attempt as {first}, which counts"
            damaged.append(Damage(path.relative_to(folder).as_posix(), why))
    return files, damaged


def chunk(task: Task) -> Chunk:
    """Read some records of one session."""
    folder, path, files = task
    session = store.read_session(path).data
    return gathered(
        session,
        ((file.relative_to(folder).as_posix(), _rows(session, file)) for file in files),
    )


def gathered(session: Mapping[str, Any], read: Iterable[tuple[str, Interpreted | str]]) -> Chunk:
    """Return records of one session as a chunk; each has a name, and its rows or why not."""
    rows: tuple[list[Row], list[Row]] = ([], [])
    heads: list[dict[str, Any]] = []
    damaged: list[Damage] = []
    files = 0
    for name, each in read:
        files += 1
        if isinstance(each, str):
            damaged.append(Damage(name, each))
            continue
        record, made = each
        diagnostic = is_diagnostic(session, record)
        rows[diagnostic].extend(made)
        if not diagnostic:
            heads.append(_head(record))
    return Chunk(arrow.arrow(rows[0]), arrow.arrow(rows[1]), heads, damaged, files)


def unreadable(session: store.StoredSession, record: Mapping[str, Any]) -> str | None:
    """Return why a record could not be read back once it is stored, or None if it can."""
    try:
        made = interpreted(session.data, store.as_read(session, record))
    except store.Damaged as problem:
        return problem.why
    return made if isinstance(made, str) else None


def _rows(session: Mapping[str, Any], file: Path) -> Interpreted | str:
    """Return a stored record and its rows, or why there are none."""
    try:
        return interpreted(session, store.read_record(file))
    except store.Damaged as problem:
        return problem.why


def interpreted(session: Mapping[str, Any], record: Mapping[str, Any]) -> Interpreted | str:
    """Return a record and its rows, or what in it is not of the format."""
    try:
        made = rows_of(session, record)
        wrong = next(filter(None, map(misfit, made)), None)
    except MALFORMED as problem:
        return _why(problem)
    return (record, made) if wrong is None else f"not of this format: {wrong}"


def _head(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `complete_blocks` asks of a record."""
    head = {name: record[name] for name in ("block", "control", "status")}
    return {**head, "cell": {"key": record["cell"]["key"]}}


def _part(folder: Path, path: Path, chunks: list[Chunk], damaged: list[Damage]) -> Part:
    try:
        stored = store.read_session(path)
    except store.Damaged as problem:
        return _left_out(damaged or [_unread(folder, problem)])
    facts, problem = session_facts(stored)
    damaged = damaged + ([] if problem is None else [damage(folder, problem)])
    trials = sum(each.files for each in chunks)
    damaged += [found for each in chunks for found in each.damaged]
    try:
        whole = complete_blocks(stored.data, [head for each in chunks for head in each.heads])
    except MALFORMED as malformed:
        inside = stored.path.relative_to(folder).as_posix()
        return _left_out([*damaged, Damage(inside, _why(malformed))])
    timed, diagnosed = judged(chunks, whole, facts)
    listed = stored.data.get("pass") != DIAGNOSTIC
    return Part(timed, diagnosed, tuple(damaged), trials, listed)


def judged(
    chunks: Sequence[Chunk], whole: frozenset[int], facts: Mapping[str, Any]
) -> tuple[pa.Table, pa.Table]:
    """Return all rows of one session, the timed and the diagnosed ones, each in order."""
    timed = _judged(_joined([each.timed for each in chunks]), whole, thresholds.canary(facts))
    diagnosed = _joined([each.diagnosed for each in chunks])
    diagnosed = _with(diagnosed, void=pa.array(np.zeros(len(diagnosed), dtype=np.bool_)))
    return _ordered(timed), _ordered(diagnosed)


def _left_out(damaged: list[Damage]) -> Part:
    return Part(arrow.arrow([]), arrow.arrow([]), tuple(damaged), 0, listed=False)


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Return tables as one; what only some of them observed is unknown in the others."""
    return pa.concat_tables([arrow.arrow([]), *tables], promote_options="default")


def _ordered(table: pa.Table) -> pa.Table:
    return table.take(pa.array(arrow.in_order(table)))


def _judged(table: pa.Table, whole: frozenset[int], threshold: tuple[float, str]) -> pa.Table:
    """Return the rows with whether their block is void, and from when on it is called busy."""
    status = table["status"].to_numpy(zero_copy_only=False)
    void = ~np.isin(table["block"].to_numpy(), list(whole)) & (status != "skipped")
    level, source = threshold
    return _with(
        table,
        void=pa.array(void),
        canary_threshold=pa.array(np.full(len(table), level)),
        canary_source=pa.repeat(source, len(table)),
    )


def _with(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _why(problem: Exception) -> str:
    return f"not of this format: {type(problem).__name__} {problem}"
