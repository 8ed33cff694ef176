"""Records in memory become the frame that they give once they are stored and read."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.dataset import arrow, reader
from analysis.dataset.records import complete_blocks


def frame_of_records(
    session: Mapping[str, Any],
    records: Iterable[Mapping[str, Any]],
    facts: Mapping[str, Any] | None = None,
    *,
    diagnostic: bool = False,
) -> pd.DataFrame:
    """Return the tidy frame of one session from its records, on the road that stored ones take.

    Parameters
    ----------
    session : mapping
        The document of the session, as it is stored.
    records : iterable of mappings
        Its trials, as they are stored.
    facts : mapping, optional
        Those of its machine: they know from when on the canary calls a block busy.
    diagnostic : bool
        Return the rows of the diagnostic pass, and not the timed ones.

    Raises
    ------
    ValueError
        A record is not of the format. On disk it would be left out and named; here nobody would
        hear of it.
    """
    timed, diagnosed = tables_of_records(session, records, facts)
    return arrow.framed(diagnosed, observed=False) if diagnostic else arrow.framed(timed)


def tables_of_records(
    session: Mapping[str, Any],
    records: Iterable[Mapping[str, Any]],
    facts: Mapping[str, Any] | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Return the timed and the diagnosed rows of one session, as the cache keeps them."""
    read = [(str(record.get("trial")), reader.interpreted(session, record)) for record in records]
    chunk = reader.gathered(session, read)
    for damage in chunk.damaged:
        raise ValueError(f"trial {damage.path}: {damage.why}")
    return reader.judged([chunk], complete_blocks(session, chunk.heads), facts or {})


def empty() -> pd.DataFrame:
    """Return the tidy frame without any row."""
    return arrow.framed(arrow.arrow([]))
