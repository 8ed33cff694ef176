"""Where each key of a TOML text stands, so that an error can point at it.

The standard library's parser gives positions for syntax errors only. toml-rs gives them for
every value; it stays behind this one function, because it has a single maintainer and a
message without a line number is still a message.
"""

import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Keys = tuple[str | int, ...]

_SEGMENT = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|[A-Za-z0-9_-]+')
_HEADER = re.compile(r"""\s*(\[\[?)((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\[\]"'])*)\]""")


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column of a key, and of its value: counted from 1, columns in characters."""

    line: int
    column: int
    value_line: int
    value_column: int


def places(text: str) -> dict[Keys, Place]:
    """Return the place of every key path of a valid TOML ``text``; empty when unknown.

    A list element is addressed by its index: ``("claims", 0, "where", "model")``.
    """
    try:
        import toml_rs

        nodes = toml_rs.load_with_metadata(io.BytesIO(text.encode())).meta["nodes"]
        lines = text.split("\n")
        inner: set[int] = set()
        found: dict[Keys, Place] = {}
        _walk(nodes, (), lines, found, inner)
        found |= _headers(lines, inner)
    except BaseException as error:  # a Rust panic is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        return {}
    return found


def nearest(found: Mapping[Keys, Place], keys: Keys) -> Place | None:
    """Return the place of ``keys``, or of the closest table or list that holds it."""
    for length in range(len(keys), 0, -1):
        if keys[:length] in found:
            return found[keys[:length]]
    return None


def _walk(
    table: Mapping[str, Any], at: Keys, lines: list[str], found: dict[Keys, Place], inner: set[int]
) -> None:
    """Add every key below ``table``, and to ``inner`` the lines inside multi-line values."""
    for name, node in table.items():
        keys = (*at, name)
        if not isinstance(node.get("key_line"), int):  # a table: has children, no place
            _walk(node, keys, lines, found, inner)
            _dotted(keys, node, lines, found)
            continue
        line, column = _start(node, "key", lines)
        found[keys] = Place(line, column, *_start(node, "value", lines, (line, column)))
        _inside(node, keys, lines, found, inner)


def _inside(
    node: Mapping[str, Any],
    keys: Keys,
    lines: list[str],
    found: dict[Keys, Place],
    inner: set[int],
) -> None:
    """Descend into a list or an inline table."""
    span = node.get("value_line")
    if isinstance(span, list | tuple):
        inner.update(range(span[0] + 1, span[1] + 1))
    value = node.get("value")
    if isinstance(value, dict):
        _walk(value, keys, lines, found, inner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            line, column = _start(item, "value", lines, (1, 1))
            found[*keys, index] = Place(line, column, line, column)
            _inside(item, (*keys, index), lines, found, inner)


def _dotted(
    keys: Keys, node: Mapping[str, Any], lines: list[str], found: dict[Keys, Place]
) -> None:
    """Place a table that exists only as part of a dotted key (``a.b = 1``) on its key's line."""
    below = next((found[*keys, child] for child in node if (*keys, child) in found), None)
    if below is not None:
        before = lines[below.line - 1].rfind(str(keys[-1]), 0, below.column - 1)
        column = before + 1 or below.column
        found[keys] = Place(below.line, column, below.line, column)


def _start(
    node: Mapping[str, Any], part: str, lines: list[str], default: tuple[int, int] = (1, 1)
) -> tuple[int, int]:
    """Return line and character column where a node's key or value begins."""
    line, column = node.get(f"{part}_line"), node.get(f"{part}_col")
    line = line[0] if isinstance(line, list | tuple) else line
    column = column[0] if isinstance(column, list | tuple) else column
    if not isinstance(line, int) or not isinstance(column, int):
        return default
    before = lines[line - 1].encode()[: column - 1]  # toml-rs counts bytes
    return line, len(before.decode(errors="ignore")) + 1


def _headers(lines: list[str], inner: set[int]) -> dict[Keys, Place]:
    """Return the place of every ``[table]`` and ``[[table]]``, which toml-rs does not give."""
    found: dict[Keys, Place] = {}
    count: dict[Keys, int] = {}
    for number, line in enumerate(lines, 1):
        header = None if number in inner else _HEADER.match(line)
        if header is None:
            continue
        keys: Keys = ()
        segments = list(_segments(header.group(2), header.start(2)))
        for depth, (name, column) in enumerate(segments):
            keys = (*keys, name)
            place = Place(number, column, number, column)
            found.setdefault(keys, place)
            if header.group(1) == "[[" and depth == len(segments) - 1:
                count[keys] = count.get(keys, -1) + 1
            if keys in count:
                keys = (*keys, count[keys])
                found.setdefault(keys, place)
    return found


def _segments(dotted: str, offset: int) -> Iterator[tuple[str, int]]:
    """Split a dotted key into names and their columns."""
    for segment in _SEGMENT.finditer(dotted):
        raw = segment.group()
        name = raw
        if raw[0] in "\"'":
            name = tomllib.loads(f"name = {raw}")["name"]
        yield name, offset + segment.start() + 1
