"""Stored files to Arrow tables, session by session, on every processor if there are many."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from analysis import frames, pool, thresholds
from analysis.columns import misfit
from analysis.rows import DIAGNOSTIC, Row, complete_blocks, is_diagnostic, rows
from harness import store

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


def parts(folder: Path, session_files: Sequence[Path]) -> Iterator[Part]:
    """Read sessions from their files, in the order given."""
    plans = [_plan(folder, path) for path in session_files]
    tasks = [task for plan in plans for task in plan]
    processes = _processes(sum(len(files) for _, _, files in tasks))
    with closing(pool.mapped(chunk, tasks, processes)) as chunks:
        for path, plan in zip(session_files, plans, strict=True):
            yield _part(folder, path, [next(chunks) for _ in plan])


def session_facts(stored: store.StoredSession) -> tuple[dict[str, Any], store.Damaged | None]:
    """Return the facts of a session's machine, and what is wrong with them."""
    try:
        return store.machine_facts(stored), None
    except store.Damaged as problem:
        return {}, problem


def damage(folder: Path, problem: store.Damaged) -> Damage:
    """Return what is wrong with a file, without what lies above the results.

    A report names no one's folders.
    """
    return Damage(problem.path.relative_to(folder).as_posix(), problem.why)


def _processes(records: int) -> int:
    return pool.cpus() if records >= MANY else 1


def _plan(folder: Path, path: Path) -> list[Task]:
    try:
        files = store.record_files(store.read_session(path))
    except store.Damaged:
        return []
    return [(folder, path, files[at : at + CHUNK]) for at in range(0, len(files), CHUNK)]


def chunk(task: Task) -> Chunk:
    """Read some records of one session."""
    folder, path, files = task
    session = store.read_session(path).data
    found: tuple[list[Row], list[Row]] = ([], [])
    heads: list[dict[str, Any]] = []
    damaged: list[Damage] = []
    for file in files:
        try:
            record = store.read_record(file)
            made = rows(session, record)
            wrong = next(filter(None, map(misfit, made)), None)
            if wrong is None:
                diagnostic = is_diagnostic(session, record)
                found[diagnostic].extend(made)
                if not diagnostic:
                    heads.append(_head(record))
                continue
            why = f"not of this format: {wrong}"
        except store.Damaged as problem:
            why = problem.why
        except MALFORMED as problem:
            why = _why(problem)
        damaged.append(Damage(file.relative_to(folder).as_posix(), why))
    return Chunk(frames.arrow(found[0]), frames.arrow(found[1]), heads, damaged, len(files))


def _head(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `complete_blocks` asks of a record."""
    head = {name: record[name] for name in ("block", "control", "status")}
    return {**head, "cell": {"key": record["cell"]["key"]}}


def _part(folder: Path, path: Path, chunks: list[Chunk]) -> Part:
    try:
        stored = store.read_session(path)
    except store.Damaged as problem:
        return _left_out([damage(folder, problem)])
    facts, problem = session_facts(stored)
    damaged = [] if problem is None else [damage(folder, problem)]
    trials = sum(each.files for each in chunks)
    damaged += [found for each in chunks for found in each.damaged]
    try:
        whole = complete_blocks(stored.data, [head for each in chunks for head in each.heads])
    except MALFORMED as malformed:
        inside = stored.path.relative_to(folder).as_posix()
        return _left_out([*damaged, Damage(inside, _why(malformed))])
    timed = _judged(_joined([each.timed for each in chunks]), whole, thresholds.canary(facts))
    diagnosed = _joined([each.diagnosed for each in chunks])
    diagnosed = _with(diagnosed, void=pa.array(np.zeros(len(diagnosed), dtype=np.bool_)))
    listed = stored.data.get("pass") != DIAGNOSTIC
    return Part(_ordered(timed), _ordered(diagnosed), tuple(damaged), trials, listed)


def _left_out(damaged: list[Damage]) -> Part:
    return Part(frames.arrow([]), frames.arrow([]), tuple(damaged), 0, listed=False)


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Return tables as one; what only some of them observed is unknown in the others."""
    return pa.concat_tables([frames.arrow([]), *tables], promote_options="default")


def _ordered(table: pa.Table) -> pa.Table:
    return table.take(pa.array(frames.in_order(table)))


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
