"""From problems in an experiment file to one error that points at every one of them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import GilscopeError
from harness.experiment import toml_positions
from harness.experiment.toml_positions import Keys

WIDTH = 100  # of a quoted line; what is longer is shown around the column
MOST_HINTS = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: at which key, what, and the cure."""

    keys: Keys
    what: str
    hint: str
    at_value: bool = False  # the caret goes under the value and not the key


def as_error(problems: Sequence[Problem], path: Path, text: str) -> GilscopeError:
    """Return the error that lists ``problems`` (one or more), in the order of the file."""
    found = toml_positions.places(text)
    lines = text.split("\n")
    placed: list[tuple[tuple[int, int], Problem]] = []
    for problem in {each.keys: each for each in reversed(problems)}.values():
        place = toml_positions.nearest(found, problem.keys)
        if place is None:
            at = (len(lines) + 1, 1)  # no line: after those that have one
        elif problem.at_value:
            at = (place.value_line, place.value_column)
        else:
            at = (place.line, place.column)
        placed.append((at, problem))
    placed.sort(key=lambda each: (each[0], [str(key) for key in each[1].keys]))
    return _joined(placed, path, lines)


def point_at(lines: Sequence[str], line: int, column: int) -> str:
    """Return the line with a caret under the column; both counted from 1."""
    shown = lines[line - 1].rstrip("\r").replace("\t", " ")
    start = max(0, column - WIDTH * 3 // 4) if len(shown) > WIDTH else 0
    wide = sum(_cells(character) for character in shown[start : column - 1])
    return f"    {shown[start : start + WIDTH]}\n    {' ' * wide}^"


def _joined(
    placed: Sequence[tuple[tuple[int, int], Problem]], path: Path, lines: Sequence[str]
) -> GilscopeError:
    places: list[str] = []
    blocks: list[str] = []
    for (line, column), problem in placed:
        inside = line <= len(lines)
        places.append(f"{path}:{line}:{column}" if inside else str(path))
        label = f"{_dotted(problem.keys)}: " if problem.keys else ""
        caret = f"\n{point_at(lines, line, column)}" if inside else ""
        blocks.append(f"{label}{problem.what}{caret}")
    first, *others = blocks
    rest = [f"{where}: {block}" for where, block in zip(places[1:], others, strict=True)]
    hints = list(dict.fromkeys(problem.hint for _, problem in placed))
    hint = "\n  ".join(hints[:MOST_HINTS])
    return GilscopeError("\n".join([first, *rest]), where=places[0], hint=hint)


def _dotted(keys: Keys) -> str:
    """Return ``claims[0].where.model``."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys]
    return "".join(parts).lstrip(".")


def _cells(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
