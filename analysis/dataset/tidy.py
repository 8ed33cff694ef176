"""Results folders to one tidy table: the way in for everything that is not about one record."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dataset import reader
from analysis.dataset.catalog import Gathered, gathered
from analysis.dataset.in_memory import empty, frame_of_records
from analysis.dataset.reader import Damage
from analysis.dataset.records import complete_blocks, rows
from analysis.dataset.schema import TYPES
from harness.errors import GilscopeError
from harness.storage import store

__all__ = [
    "Damage",
    "Reading",
    "Session",
    "complete_blocks",
    "frame_of_records",
    "load",
    "read",
    "rows",
]


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of one session besides its values."""

    machine: str
    experiment: str
    session: str
    data: Mapping[str, Any]
    facts: Mapping[str, Any]

    @property
    def id(self) -> tuple[str, str, str]:
        """Return the session's place in the columns ``machine, session, experiment``."""
        return (self.machine, self.session, self.experiment)


@dataclass(frozen=True, slots=True)
class Reading:
    """The contents of some results folders.

    The rows of the diagnostic pass are separate from all timed rows: they are separated on
    reading, so that no table can mix them.
    """

    frame: pd.DataFrame
    sessions: tuple[Session, ...]
    damaged: tuple[Damage, ...]
    diagnostics: pd.DataFrame = field(default_factory=empty)


def load(
    results: Path | str | Sequence[Path | str],
    *,
    diagnostic: bool = False,
    columns: Sequence[str] | None = None,
    compact: bool = False,
) -> pd.DataFrame:
    """Return one row per value, and one (seconds NaN, with ``reason``) per trial without any.

    What was read before comes from a cache, which is never trusted over the files it was made of.

    Parameters
    ----------
    results : path or sequence of paths
        Folders as `gilscope run --results` writes them.
    diagnostic : bool
        Return the diagnostic pass instead, one row per trial and never with seconds: whatever
        looks into a process while it works slows it down.
    columns : sequence of str, optional
        Return these alone: what is not asked for takes neither time nor memory.
    compact : bool
        Return text as categories and whole numbers in the smallest type that holds them: a
        twentieth of the memory, for millions of values.

    Returns
    -------
    DataFrame
        Columns and types as in ``analysis.dataset.schema``; an observation NAME of a workload is
        the column ``observed.NAME``. No row is left out but those of damaged files, which a warning
        names.

    Raises
    ------
    GilscopeError
        A folder does not exist, or no such column.
    """

    def framed(found: Gathered) -> tuple[pd.DataFrame, tuple[Damage, ...]]:
        names = _known(columns, found)
        return found.frame(diagnostic=diagnostic, columns=names, compact=compact), found.damaged

    frame, damaged = gathered(_folders(results), framed)
    for damage in damaged:
        warnings.warn(f"left out: {damage.path}: {damage.why}", UserWarning, stacklevel=2)
    return frame


def read(results: Path | str | Sequence[Path | str]) -> Reading:
    """Return everything stored in ``results``; damaged files are listed and left out."""
    return gathered(_folders(results), _reading)


def _reading(found: Gathered) -> Reading:
    # The same session from two folders is one.
    known = {each.id: each for each in reversed([_session(path) for path in found.listed])}
    sessions = [known[each] for each in sorted(known)]
    frame, diagnostics = (found.frame(diagnostic=each) for each in (False, True))
    return Reading(frame, tuple(sessions), found.damaged, diagnostics)


def _folders(results: Path | str | Sequence[Path | str]) -> list[Path]:
    folders = [Path(each) for each in ([results] if isinstance(results, Path | str) else results)]
    for folder in folders:
        if not folder.is_dir():
            raise GilscopeError(
                "there is no such folder of results",
                where=str(folder),
                hint="Name the folder that `gilscope run --results DIR` wrote; the default is "
                "results.",
            )
    return folders


def _known(columns: Sequence[str] | None, found: Gathered) -> Sequence[str] | None:
    unknown = [name for name in columns or () if name not in TYPES and name not in found.observed]
    if unknown:
        raise GilscopeError(
            f"there is no column {unknown[0]!r}",
            where="columns",
            hint="docs/metrics.md and analysis/dataset/schema.py list them.",
        )
    return columns


def _session(path: Path) -> Session:
    stored = store.read_session(path)
    facts, _ = reader.session_facts(stored)
    return Session(stored.machine, stored.experiment, stored.session, stored.data, facts)
