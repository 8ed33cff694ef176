"""A pass of a group workload: members of several roles at work at the same time (JMH's groups)."""

from __future__ import annotations

import base64
import importlib
import os
import sys
from array import array
from itertools import chain
from time import perf_counter

from gilworker.errors import Failure, Skipped, one_line, reason_of
from gilworker.stage import Released, Stage, blank

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

    from gilworker.contracts import Json, Model, Run

MOST = 100_000  # latencies of a pass: a mebibyte of a record


class Member:
    """The task of a group: plays an item's role on the stage. Can be pickled.

    Parameters
    ----------
    workload : str
        Name its module is imported by.
    """

    def __init__(self, workload: str) -> None:
        self.workload = workload
        self.path = ""
        self.names: list[str] = []
        self.times: dict[str, float] = {}  # other ramp and patience than a trial's

    def __call__(self, numbered: tuple[int, Any]) -> Any:
        """Return what the role's function returned; None if another member has failed."""
        place, item = numbered
        function = getattr(importlib.import_module(self.workload), item["role"])
        try:
            with Stage(self.path, self.names, place, **self.times) as stage:
                result = function(item, stage)
                stage.close()
                return result
        except Released:
            return None
        except BaseException as error:
            raise Failure(reason_of(self.names[place], error)) from error


class Nothing:
    """What a worker is warmed up with: a member alone would wait for the others for ever.

    To unpickle it imports this module and the stage, before the clock.
    """

    def __call__(self) -> None:
        """Do nothing."""


class Group:
    """The members of one trial and the stage they meet on.

    Parameters
    ----------
    workload : module
        A workload with ROLES.
    """

    def __init__(self, workload: ModuleType) -> None:
        self.workload = workload
        self.member = Member(workload.__name__)
        self.warm = Nothing()
        self.walls: list[float] = []

    def gather(self, items: Sequence[Any], workers: int, path: str) -> None:
        """Take the members; their stage will be the file ``path``."""
        self.items = list(enumerate(items))
        self.member.path = path
        self.member.names = names_of(items, self.workload.ROLES)
        if workers != len(items):
            told = f"a group of {len(items)} needs a worker for each, asked for {workers}"
            raise Failure(told)

    def __enter__(self) -> Group:
        return self

    def __exit__(self, *_: object) -> None:
        if os.path.exists(self.member.path):  # noqa: PTH110
            os.unlink(self.member.path)  # noqa: PTH108

    def once(self, run: Run) -> tuple[float, list[Any]]:
        """Return the median latency, or else the seconds, and the results of one pass."""
        with open(self.member.path, "wb") as file:  # noqa: PTH123
            file.write(blank(len(self.items)))
        started = perf_counter()
        results = run(self.member, self.items)
        wall = perf_counter() - started
        measured = sorted(_latencies(results))
        if len(measured) > MOST:
            raise Failure(f"the group measured {len(measured)} latencies, at most {MOST} are kept")
        self.walls.append(wall)
        return _median(measured) if _measures(results) else wall, results

    def record(self, passes: Sequence[tuple[Json, Sequence[Any]]]) -> None:
        """Add to every value what its pass has measured besides."""
        for (value, results), wall in zip(passes, self.walls):
            value["wall"] = wall
            value["latencies"] = packed(_latencies(results)) if _measures(results) else None
            value["missed"] = sum(result["missed"] for result in _measures(results))


def of(workload: ModuleType, model: Model, request: Json) -> Group | None:
    """Return the group that ``workload`` is, or None; skip where it cannot run as one."""
    if not hasattr(workload, "ROLES"):
        return None
    why_not = getattr(model, "NO_GROUP", None)
    if why_not is not None:
        raise Skipped(f"{request['model']} {why_not}; the members of a group run at once")
    if request["lifecycle"] != "warm":
        raise Skipped(f"a group is always warm, asked for {request['lifecycle']}")
    for needed in ("make_items", "check", *workload.ROLES):
        if not callable(getattr(workload, needed, None)):
            raise Failure(f"{workload.__name__} is no group workload: it has no function {needed}")
    return Group(workload)


def names_of(items: Sequence[Any], roles: Sequence[str]) -> list[str]:
    """Return what the members are called: role and number."""
    for item in items:
        if not isinstance(item, dict) or item.get("role") not in roles or "number" not in item:
            asked = f'{{"role": one of {", ".join(roles)}, "number": ...}}'
            raise Failure(one_line(f"make_items of a group returns dicts {asked}, got {item!r}"))
    return [f"{item['role']} {item['number']}" for item in items]


def packed(latencies: Sequence[float]) -> Json:
    """Return latencies as text in which none loses a bit."""
    numbers = array("d", latencies)
    if sys.byteorder == "big":
        numbers.byteswap()
    data = base64.b64encode(numbers.tobytes()).decode("ascii")
    return {"encoding": "f8le-base64", "count": len(numbers), "data": data}


def _measures(results: Sequence[Any]) -> list[Json]:
    """Return the results of the members that measured."""
    return [each for each in results if isinstance(each, dict) and "latencies" in each]


def _latencies(results: Sequence[Any]) -> list[float]:
    """Return all latencies, in the order of the members."""
    measured = _measures(results)
    latencies = list(chain.from_iterable(each["latencies"] for each in measured))
    for each in latencies:
        if not isinstance(each, float) or not 0 <= each < float("inf"):
            raise Failure(one_line(f"a latency is {each!r}, not a number of seconds"))
    for each in measured:
        if type(each.get("missed")) is not int:
            raise Failure(one_line(f"missed slots are {each.get('missed')!r}, not counted"))
    return latencies


def _median(ordered: Sequence[float]) -> float:
    if not ordered:
        raise Failure("the group measured no latency: every slot was missed")
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
