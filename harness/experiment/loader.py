"""An experiment file to an Experiment, or to one error that names all that is wrong with it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import GilscopeError, did_you_mean
from harness.experiment import applicable, schema, validation
from harness.experiment.definition import Claim, Design, Experiment, Factors, Override, Preset
from harness.experiment.problems import Problem, as_error, point_at
from harness.experiment.toml_positions import Keys

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
GIVE_A_FILE = (
    "Give the path of an experiment file; `experiments/README.md` explains how to write one."
)

_HINTS = {
    "too_short": "Remove the key or give it enough values.",
    "string_too_short": "Remove the key or give it a text.",
    "string_pattern_mismatch": "Remove the key or give it a text.",
    "list_type": "Write a list, even for one: [VALUE].",
    "dict_type": "Write a table: [NAME] on a line of its own.",
    "model_type": "Write a table: [NAME] on a line of its own, or { key = value }.",
    "int_from_float": "Write a whole number.",
}

_EXAMPLES = {  # of lines that would supply a missing key
    "question": 'question = "What do you want to know?"',
    "factors": "a table [factors] with workload, model and workers",
    "workload": 'workload = ["sum_squares"]',
    "model": 'model = ["sequential", "threads"]',
    "workers": "workers = [1, 2]",
    "id": 'id = "threads-scale"',
    "text": 'text = "Two threads are twice as fast as one."',
    "metric": 'metric = "speedup"',
    "expect": "expect = { at_least = 1.5 }",
    "where": 'where = { model = "threads" }',
}


def load_file(path: Path) -> Experiment:
    """Return the experiment in ``path``; see `harness.experiment.load`."""
    if "@" in path.stem:
        what = "the name of an experiment file cannot contain `@`"
        hint = "Rename the file: results of `--workload FILE.py` are kept as FILE@own."
        raise GilscopeError(what, where=str(path), hint=hint)
    text = _read(path)
    data = _parse(text, path)
    problems = [*_shape(data), *validation.problems(data, path)]
    if problems:
        raise as_error(problems, path, text)
    experiment = _build(data, path, text)
    # Only of a file that is right otherwise: what can be measured follows from all of it.
    if problems := list(applicable.problems(experiment)):
        raise as_error(problems, path, text)
    return experiment


def _read(path: Path) -> str:
    """Return the text of the file, without a byte order mark."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not a regular file"
        what = what if path.exists() else "there is no such file"
        raise GilscopeError(what, where=str(path), hint=GIVE_A_FILE)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise GilscopeError(what, where=str(path), hint="Check its permissions.") from None
    if len(content) > MAX_BYTES:
        raise GilscopeError("is larger than 1 MiB", where=str(path), hint=GIVE_A_FILE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        what = f"is not UTF-8: byte {content[error.start]:#04x}"
        hint = "Save the file as UTF-8."
        raise GilscopeError(what, where=f"{path}:{line}:{column}", hint=hint) from None


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(text)
        # Before toml-rs sees it: that overflows the stack, and takes the process along.
        if _is_deep(data):
            raise RecursionError
        return data
    except RecursionError:
        hint = "An experiment needs a few levels of tables and lists."
        raise GilscopeError("is nested too deeply", where=str(path), hint=hint) from None
    except ValueError as error:  # TOMLDecodeError, and a number of too many digits
        message = str(error)
        lines = text.split("\n")
        line, column = len(lines), len(lines[-1]) + 1  # "(at end of document)"
        if position := re.search(r"\(at line (\d+), column (\d+)\)", message):
            line, column = int(position[1]), int(position[2])
        what = f"invalid TOML: {re.sub(r' [(]at .*', '', message)}"
        hint = "Strings need quotes, lists commas; each table and key may appear only once."
        where = f"{path}:{line}:{column}"
        raise GilscopeError(
            f"{what}\n{point_at(lines, line, column)}", where=where, hint=hint
        ) from None


def _is_deep(data: dict[str, Any]) -> bool:
    """Tell whether tables and lists are nested more than MAX_DEPTH deep."""
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        inside = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for values in inside for each in values if isinstance(each, dict | list)]
    return bool(level)


def _shape(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what pydantic finds: unknown and missing keys, wrong types, values out of range."""
    return map(_shape_problem, schema.errors(data))


def _shape_problem(error: Mapping[str, Any]) -> Problem:
    keys, kind, given = error["loc"], error["type"], error["input"]
    if kind == "value_error":
        return Problem(keys, *error["ctx"]["error"].args)
    if kind == "missing":
        return Problem(keys, "this key is missing", f"Add {_EXAMPLES.get(keys[-1], keys[-1])}.")
    if kind == "extra_forbidden":
        known = schema.keys_of(keys[:-1])
        hint = f"Keys of {_table(keys[:-1])}: {', '.join(known)}."
        what = f"unknown key {keys[-1]!r}{did_you_mean(keys[-1], known)}"
        return Problem(keys, what, hint)
    if kind == "string_type" and isinstance(given, int | float) and not isinstance(given, bool):
        # YAML would have made 3.1 of 3.10; TOML makes the mistake visible.
        example = f'"cpython-{given}"' if "target" in keys else f'"{given}"'
        what = f"{given} is a number, not a name"
        return Problem(keys, what, f"Write it in quotes: {example}.", at_value=True)
    if isinstance(given, list) and "against" in keys:
        what = "names several cells, and a claim compares with one"
        return Problem(keys, what, "Write one level; make a claim for each.", at_value=True)
    what = error["msg"].removeprefix("Input ")
    if kind in ("too_short", "string_too_short"):
        what = "is too short" if given else "is empty"
    elif kind == "string_pattern_mismatch":
        blank = not str(given).strip()
        what = "is blank" if blank else "should be made of letters, digits, dots, - and _"
    what += f", got {_brief(given)}"
    return Problem(keys, what, _HINTS.get(kind, "Correct the value."), at_value=True)


def _table(keys: Keys) -> str:
    return ".".join(str(key) for key in keys if isinstance(key, str)) or "an experiment"


def _brief(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _build(data: Mapping[str, Any], path: Path, text: str) -> Experiment:
    """Return the data of a valid file as what the rest of the program knows."""
    return Experiment(
        name=path.stem,
        path=path,
        text=text,
        question=data["question"],
        claims=tuple(_claim(each) for each in data.get("claims", ())),
        factors=Factors(**_tuples(data["factors"])),
        params=data.get("params", {}),
        design=Design(**_seconds(data.get("design", {}))),
        overrides=tuple(
            Override(**{**_seconds(each), "where": _tuples(each["where"])})
            for each in data.get("override", ())
        ),
        excludes=tuple(_tuples(each.get("where", each)) for each in data.get("exclude", ())),
        presets={name: _preset(each) for name, each in data.get("presets", {}).items()},
    )


def _claim(table: Mapping[str, Any]) -> Claim:
    expect = {
        kind: tuple(map(float, value)) if isinstance(value, list) else float(value)
        for kind, value in table["expect"].items()
    }
    where = _tuples(table.get("where", {}))
    against = _tuples(table["against"]) if "against" in table else None
    return Claim(**{**table, "where": where, "against": against, "expect": expect})


def _preset(table: Mapping[str, Any]) -> Preset:
    return Preset(
        design=_seconds(table.get("design", {})),
        factors=_tuples(table.get("factors", {})),
        params=table.get("params", {}),
        skip=table.get("skip", False),
    )


def _seconds(table: Mapping[str, Any]) -> dict[str, Any]:
    """Make floats of seconds that were written as whole numbers."""
    return {
        name: float(value) if name in ("timeout", "max_time", "precision") else value
        for name, value in table.items()
    }


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    """Make tuples of lists, and floats of switch intervals written as whole numbers."""
    return {
        name: tuple(_level(name, item) for item in value)
        if isinstance(value, list)
        else _level(name, value)
        for name, value in table.items()
    }


def _level(factor: str, value: Any) -> Any:
    return float(value) if factor == "switch_interval" else value
