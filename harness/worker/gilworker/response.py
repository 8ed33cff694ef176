"""The response: its empty form, and how it is written so that nobody reads half of it."""

from __future__ import annotations

import json
import math
import os

from gilworker import bounds
from gilworker.errors import Failure, one_line

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.contracts import Json

CONTRACT = 1
CLOCKS = ("import", "open", "warmup", "timed", "survey", "close", "check")


def empty() -> Json:
    """Return a response in which nothing has happened yet."""
    return {
        "contract": CONTRACT,
        "trial": None,
        "status": "error",
        "reason": None,
        "step": None,
        "traceback": None,
        "pyperf": None,
        "values": [],
        "units": None,
        "baseline_seconds": None,
        "cpu_bound": None,
        "io_seconds": None,
        "observations": None,
        "notes": [],
        "start_method": None,
        "engine": None,
        "pool_engine": None,
        "state": {"start": None, "end": None},
        "times": dict.fromkeys(CLOCKS, 0.0),
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
    if not is_finite(value):
        raise TypeError(f"{name} is {value!r:.60}, not a finite number")
    assert isinstance(value, (int, float))
    return value if type(value) is int else float(value)


def amount(value: object, name: str) -> float:
    """Return what the workload's function ``name`` gave, if the report reads such an amount."""
    quantity = "baseline_seconds" if name == "baseline" else name
    why = bounds.outside(quantity, value)
    if why is not None:
        raise Failure(one_line(why.replace(quantity, name, 1)))
    return number(value, name)


def numbers(observed: object) -> dict[str, float]:
    """Return what ``observe`` gave, if it is {name: number}; raise TypeError otherwise."""
    if not isinstance(observed, dict):
        raise TypeError(f"expected a dict of numbers, got {type(observed).__name__}")
    for name in observed:
        if not isinstance(name, str) or surrogate(name):
            raise TypeError(f"the name {name!r} is no text")
    return {name: number(value, repr(name)) for name, value in observed.items()}


def is_finite(value: object) -> bool:
    """Return whether ``value`` is a finite number, and no bool."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int that no float can hold
        return False


def surrogate(value: object) -> bool:
    """Return whether there is half a character anywhere in ``value``: no file could hold it."""
    try:
        json.dumps(value, ensure_ascii=False, default=repr).encode()
    except UnicodeEncodeError:
        return True
    return False
