"""Rows as Arrow columns, and spans of such columns as the typed frame all else is made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.dataset.parquet import Fresh, Source
from analysis.dataset.schema import OBSERVED, ORDER, TYPES

Span = tuple[int, int, int]  # first row in its source, number of rows, first row in the frame
Piece = tuple[pa.ChunkedArray | None, Sequence[Span]]  # of one column, what one source has
_ARROW = {"str": pa.string(), "Int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}
_SMALL = (("int8", 7), ("int16", 15), ("int32", 31))
_LAST = np.iinfo(np.int64).max


def arrow(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return ``rows`` as columns of their types: those of ``TYPES``, then what was observed."""
    columns = {}
    for name in [*TYPES, *_observed(rows)]:
        values = [row.get(name) for row in rows]
        wanted = _ARROW[TYPES.get(name, "float64")]
        if wanted == pa.float64():
            # Arrow refuses a whole number that a float cannot hold exactly.
            values = [None if value is None else float(value) for value in values]
        columns[name] = pa.array(values, wanted)
    return pa.table(columns)


def in_order(table: pa.Table) -> NDArray[np.intp]:
    """Return the positions of one session's rows in the order of the tidy table; unknown last."""
    keys = [
        table[name].cast(pa.int64()).fill_null(_LAST).to_numpy()
        for name in ORDER
        if TYPES[name] != "str"
    ]
    return np.lexsort(keys[::-1])


def framed(table: pa.Table, *, observed: bool = True) -> pd.DataFrame:
    """Return rows in memory as the typed frame: the columns of ``TYPES``, then what was observed.

    The columns are there, with their types, even when there is no row at all.
    """
    more = sorted(name for name in table.column_names if observed and name not in TYPES)
    length = len(table)
    return assembled({Fresh(table): [(0, length, 0)]}, length, [*TYPES, *more], compact=False)


def assembled(
    spans: Mapping[Source, Sequence[Span]], length: int, columns: Iterable[str], *, compact: bool
) -> pd.DataFrame:
    """Return the spans of all sources as one frame, column by column.

    ``compact`` gives text as categories, in the order of the text, and whole numbers in the
    smallest type that holds them.
    """
    made = {}
    for name, pieces in _read_ahead(spans, list(columns)):
        wanted = TYPES.get(name, "float64")
        if wanted == "str":
            made[name] = _text(pieces, length, compact=compact)
        elif wanted == "float64":
            made[name] = _floats(pieces, length)
        else:
            made[name] = _nullable(pieces, length, wanted, compact=compact)
    return pd.DataFrame(made, index=pd.RangeIndex(length), copy=not compact)


def _read_ahead(
    spans: Mapping[Source, Sequence[Span]], columns: Sequence[str]
) -> Iterator[tuple[str, list[Piece]]]:
    """Yield what the sources have of each column; the next one is read meanwhile."""

    def read(name: str) -> list[Piece]:
        return [(source.column(name), its) for source, its in spans.items()]

    # One thread alone, since a source has one place in its file.
    with ThreadPoolExecutor(1) as reader:
        pending = [reader.submit(read, name) for name in columns[:1]]
        for name, following in zip(columns, [*columns[1:], None], strict=True):
            found = pending.pop().result()
            if following is not None:
                pending.append(reader.submit(read, following))
            yield name, found


def _blank(pieces: Sequence[Piece], length: int, unknown: Any, kind: Any) -> NDArray[Any]:
    """Return an array to be filled, ``unknown`` where no source has the column."""
    if all(column is not None and len(column) for column, _ in pieces):
        return np.empty(length, dtype=kind)
    return np.full(length, unknown, dtype=kind)


def _observed(rows: Iterable[Mapping[str, object]]) -> list[str]:
    names = set[str]().union(*rows)
    return sorted(name for name in names if name.startswith(OBSERVED))


def _floats(pieces: Sequence[Piece], length: int) -> NDArray[np.float64]:
    values = _blank(pieces, length, np.nan, np.float64)
    for column, its in pieces:
        if column is not None:
            _place(column.to_numpy(), its, values)
    return values


def _nullable(pieces: Sequence[Piece], length: int, wanted: str, *, compact: bool) -> Any:
    values = _blank(pieces, length, 0, np.int64 if wanted == "Int64" else np.bool_)
    missing = _blank(pieces, length, True, np.bool_)
    for column, its in pieces:
        if column is not None:
            _place(column.fill_null(values.dtype.type(0).item()).to_numpy(), its, values)
            _place(column.is_null().to_numpy(), its, missing)
    if wanted == "boolean":
        return pd.arrays.BooleanArray(values, missing)
    if compact:
        size = int(np.abs(values).max(initial=0))
        values = values.astype(next((kind for kind, bits in _SMALL if size < 2**bits), "int64"))
    return pd.arrays.IntegerArray(values, missing)


def _text(pieces: Sequence[Piece], length: int, *, compact: bool) -> Any:
    codes = _blank(pieces, length, -1, np.int32)
    known: dict[str, int] = {}
    for column, its in pieces:
        if column is None or not len(column):
            continue
        whole = column.unify_dictionaries().combine_chunks()
        texts = whole.dictionary.to_pylist()
        number = [known.setdefault(text, len(known)) for text in texts]
        ours = np.array([*number, -1], dtype=np.int32)  # the last one is what -1 finds
        _place(ours[whole.indices.fill_null(-1).to_numpy()], its, codes)
    if not compact:
        texts = pa.array(known, pa.large_string())
        decoded = texts.take(pa.array(codes, mask=codes < 0))
        return pd.array(decoded, dtype=pd.StringDtype(na_value=np.nan))
    texts = sorted(known)
    rank = np.array([*(0 for _ in texts), -1], dtype=np.int32)
    rank[[known[text] for text in texts]] = np.arange(len(texts))
    return pd.Categorical.from_codes(rank[codes], categories=pd.Index(texts, dtype="str"))


def _place(values: NDArray[Any], spans: Sequence[Span], into: NDArray[Any]) -> None:
    for start, count, at in spans:
        into[at : at + count] = values[start : start + count]
