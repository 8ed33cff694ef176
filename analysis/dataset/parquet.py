"""Columns of many sessions in one Parquet file, every byte verified before it is used."""

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.dataset.schema import TYPES

Piece = tuple[int, int, int]  # where some bytes begin, how many they are, their CRC-32
TEXT = [name for name, wanted in TYPES.items() if wanted == "str"]
_GROUP = 1 << 20  # rows; one column of them is read at a time
_DICTIONARY = 1 << 25  # bytes; beyond the library's own bound names of trials would be spelt out
_TAIL = 8  # bytes at a file's end: the length of its footer, and four letters


class Spoiled(Exception):
    """A file of the cache is not what was written."""


class Source(Protocol):
    """Some rows, column by column; None is a column that is unknown throughout."""

    def column(self, name: str) -> pa.ChunkedArray | None:
        """Return one column, text as a dictionary."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Fresh:
    """Rows just read."""

    table: pa.Table

    def column(self, name: str) -> pa.ChunkedArray | None:
        """Return one column, text as a dictionary."""
        if name not in self.table.column_names:
            return None
        return _encoded(self.table[name])


@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """Rows in a file, and what is known of its bytes."""

    path: Path
    rows: int
    size: int
    footer: Piece
    columns: Mapping[str, list[Piece]]
    _opened: list[pq.ParquetFile] = field(default_factory=list)

    def column(self, name: str) -> pa.ChunkedArray | None:
        """Return one column, text as a dictionary. Raises Spoiled."""
        if name not in self.columns:
            return None
        try:
            verify(self.path, self.columns[name])
            return self._file().read(columns=[name], use_threads=False)[name]
        except (OSError, pa.ArrowException, KeyError) as problem:
            raise Spoiled(self.path) from problem

    def _file(self) -> pq.ParquetFile:
        if not self._opened:
            if self.path.stat().st_size != self.size:
                raise Spoiled(self.path)
            verify(self.path, [self.footer])
            texts = [name for name in TEXT if name in self.columns]
            self._opened.append(pq.ParquetFile(self.path, read_dictionary=texts))
        return self._opened[0]


def write(table: pa.Table, path: Path) -> Segment:
    """Write rows to a new file; columns that are unknown throughout are left out of it."""
    known = [name for name in table.column_names if table[name].null_count < len(table)]
    whole = [name for name in known if TYPES.get(name) in ("str", "Int64")]
    pq.write_table(
        table.select(known or table.column_names[:1]),
        path,
        row_group_size=_GROUP,
        use_dictionary=whole,  # pyright: ignore[reportArgumentType] # names are allowed
        dictionary_pagesize_limit=_DICTIONARY,
        write_statistics=False,
        store_schema=False,
        compression="zstd",
        compression_level=1,
    )
    return _described(path, len(table))


def encoded(table: pa.Table) -> pa.Table:
    """Return rows with text as dictionaries: a name that a million rows share is there once."""
    return pa.table({name: _encoded(table[name]) for name in table.column_names})


def verify(path: Path, pieces: list[Piece]) -> None:
    """Raise Spoiled unless these bytes of a file are what they were."""
    with path.open("rb") as stream:
        for start, length, known in pieces:
            if zlib.crc32(os.pread(stream.fileno(), length, start)) != known:
                raise Spoiled(path)


def stated(segment: Segment) -> dict[str, Any]:
    """Return what `known` makes the segment of again."""
    columns = {name: [list(each) for each in found] for name, found in segment.columns.items()}
    return {"rows": segment.rows, "size": segment.size, "footer": segment.footer} | {
        "columns": columns
    }


def known(path: Path, said: Mapping[str, Any]) -> Segment:
    """Return the segment in ``path`` of which an index says this."""
    columns = {name: [_piece(each) for each in found] for name, found in said["columns"].items()}
    return Segment(path, int(said["rows"]), int(said["size"]), _piece(said["footer"]), columns)


def _piece(said: Any) -> Piece:
    start, length, crc = map(int, said)
    return (start, length, crc)


def _encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


def _described(path: Path, rows: int) -> Segment:
    about = pq.read_metadata(path)
    size = path.stat().st_size
    columns: dict[str, list[Piece]] = {}
    with path.open("rb") as stream:

        def piece(start: int, length: int) -> Piece:
            return (start, length, zlib.crc32(os.pread(stream.fileno(), length, start)))

        for group in range(about.num_row_groups):
            for number in range(about.num_columns):
                chunk = about.row_group(group).column(number)
                starts = [chunk.data_page_offset, chunk.dictionary_page_offset]
                start = min(each for each in starts if each is not None)
                made = piece(start, chunk.total_compressed_size)
                columns.setdefault(chunk.path_in_schema, []).append(made)
        end = about.serialized_size + _TAIL
        return Segment(path, rows, size, piece(size - end, end), columns)
