"""The response: its empty form, and how it is written so that nobody reads half of it."""

from __future__ import annotations

import json
import math
import os

from gilworker.errors import one_line

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.contracts import Json

CONTRACT = 1


def empty() -> Json:
    """Return a response in which nothing has happened yet."""
    return {
        "contract": CONTRACT,
        "trial": None,
        "status": "error",
        "reason": None,
        "traceback": None,
        "pyperf": None,
        "values": [],
        "units": None,
        "baseline_seconds": None,
        "cpu_bound": False,
        "io_seconds": None,
        "observations": None,
        "start_method": None,
        "engine": None,
        "pool_engine": None,
        "state": {"start": None, "end": None},
        "times": dict.fromkeys(("import", "open", "warmup", "timed", "close", "check"), 0.0),
    }


def read(path: str) -> Json:
    """Return the JSON object in a file."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        return json.load(file)


def write(path: str, document: Json) -> None:
    """Write ``document`` in one step; an observer sees all of it or nothing."""
    try:
        text = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        stripped = {**empty(), "trial": document.get("trial"), "engine": document.get("engine")}
        stripped["reason"] = one_line(f"the response cannot be written as JSON: {error}")
        text = json.dumps(stripped)
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
        file.write("\n")
    os.replace(temporary, path)  # noqa: PTH105


def number(value: object, name: str) -> float:
    """Return ``value`` if JSON has it as a number; raise TypeError naming it otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"{name} is {value!r}, not a finite number")
    return value if type(value) is int else float(value)


def numbers(observed: object) -> dict[str, float]:
    """Return what ``observe`` gave, if it is {name: number}; raise TypeError otherwise."""
    if not isinstance(observed, dict):
        raise TypeError(f"expected a dict of numbers, got {type(observed).__name__}")
    for name in observed:
        if not isinstance(name, str):
            raise TypeError(f"the name {name!r} is no text")
    return {name: number(value, repr(name)) for name, value in observed.items()}
