"""Run a workload once and try to fool its check; started by `conformance` on any interpreter.

``PYTHON -I conformance_script.py WORKLOAD.py OUT.json`` writes a list of [what, hint].
Syntax of Python 3.9, and of ours only the worker's stage, which is as old: the workload's own
Python may be an old one.
"""

from __future__ import annotations

import asyncio
import collections
import importlib
import json
import pickle
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

Finding = tuple[str, str]  # what is wrong, and the cure
MAY_DECLINE = ("make_items", "setup")  # by NotImplementedError with a reason

WORKER = Path(__file__).resolve().parents[1] / "worker"
RAMP = 0.01  # seconds: nothing is measured here


class Broken(Exception):
    """The workload cannot be exercised any further."""


class Inapplicable(Exception):
    """The workload says that it cannot run here; that is its right."""


def attempt(what: str, hint: str, call: Any, *args: Any, **kwargs: Any) -> Any:
    """Call, and make of any exception the finding ``what: exception``."""
    try:
        return call(*args, **kwargs)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        if isinstance(error, NotImplementedError) and error.args and call.__name__ in MAY_DECLINE:
            raise Inapplicable from None
        line = traceback.extract_tb(error.__traceback__)[-1].lineno
        told = f"{type(error).__name__}: {error}".rstrip(": ")
        raise Broken(f"{what} (line {line}): {told}"[:500], hint) from None


def examine(path: Path, found: list[Finding]) -> None:
    """Add to ``found`` what is wrong with the workload in ``path``."""
    # Last, as in the worker: a workload beside a random.py must still get Python's.
    sys.path.append(str(path.parent))
    hint = "Import it with this interpreter by hand; what it needs belongs in REQUIRES."
    module = attempt("cannot be imported", hint, importlib.import_module, path.stem)
    if Path(str(module.__file__)).resolve() != path:
        raise Broken(f"its name is taken by {module.__file__}", "Rename the file.")
    params = module.PARAMS
    if hasattr(module, "setup"):
        attempt("setup fails", "It is called with PARAMS alone.", module.setup, **params)
    items = make(module, params, found)
    if hasattr(module, "ROLES"):
        exercise_group(module, items, params, found)
        return
    for name in ("task", "task_async"):
        if hasattr(module, name):
            exercise(module, name, items, params, found)


def make(module: ModuleType, params: dict[str, Any], found: list[Finding]) -> list[Any]:
    """Make the items, twice: the same ones must come out."""
    hint = "It is called with PARAMS alone."
    items = list(attempt("make_items fails", hint, module.make_items, **params))
    again = list(attempt("make_items fails when called again", hint, module.make_items, **params))
    if not items:
        raise Broken("make_items returns no items", "Give PARAMS that make some work.")
    hint = "Items travel to processes: use plain data, or classes defined at the top level."
    attempt("items cannot be pickled", hint, pickle.dumps, items)
    if differ(items, again):
        hint = "Seed what is random: every trial must do the same work."
        found.append(("make_items returns other items when called again", hint))
    return items


def differ(items: list[Any], again: list[Any]) -> bool:
    """Tell whether the items differ; one by one, since whole pickles may share objects."""
    return list(map(pickle.dumps, items)) != list(map(pickle.dumps, again))


def exercise(
    module: ModuleType, name: str, items: list[Any], params: dict[str, Any], found: list[Finding]
) -> None:
    """Run one task function over the items, then let check see right and wrong answers."""
    task = getattr(module, name)
    hint = "Processes import it by name: define it with def at the top level."
    attempt(f"{name} cannot be pickled", hint, pickle.dumps, task)
    hint = "It is called with one of the items that make_items returns."
    results = attempt(f"{name} fails", hint, run, task, items)
    judge(module, name, results, params, found)


def exercise_group(
    module: ModuleType, items: list[Any], params: dict[str, Any], found: list[Finding]
) -> None:
    """Run the members of a group in threads, then let check see right and wrong answers."""
    hint = 'make_items returns {"role": NAME, "number": k, ...} for every member.'
    roles = attempt("an item has no role", hint, collections.Counter, map(_role, items))
    wanted = {role: params[count] for role, count in module.ROLES.items() if params[count]}
    if roles != wanted:
        raise Broken(f"make_items makes {dict(roles)}, ROLES and PARAMS say {wanted}", hint)
    hint = "A role says stage.running(), and goes on until stage.over()."
    results = attempt("the group fails", hint, run_group, module, items)
    measured = [each for each in results if isinstance(each, dict) and "latencies" in each]
    if not all("missed" in each for each in measured):
        hint = 'A role that measures returns {"latencies": [...], "missed": how many slots}.'
        found.append(("latencies come without the number of slots missed", hint))
    judge(module, "the group", results, params, found)


def _role(item: Any) -> str:
    return item["role"] if isinstance(item["number"], int) else ""


def run_group(module: ModuleType, items: list[Any]) -> list[Any]:
    """Return the members' results in order."""
    sys.path.append(str(WORKER))
    from gilworker import group, stage  # type: ignore[import-not-found]

    member = group.Member(module.__name__)
    member.names = group.names_of(items, module.ROLES)
    member.times = {"ramp": RAMP}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(items)) as threads:
        member.path = f"{folder}/stage"
        Path(member.path).write_bytes(stage.blank(len(items)))
        try:
            return list(threads.map(member, enumerate(items)))
        except group.Failure as failure:
            raise (failure.__cause__ or failure) from None  # the workload's own line


def judge(
    module: ModuleType, name: str, results: list[Any], params: dict[str, Any], found: list[Finding]
) -> None:
    """Let check see the right answer and wrong ones."""
    hint = "It must accept what was returned, in the order of the items."
    accepted = f"check refuses the answer of {name}"
    attempt(accepted, hint, module.check, list(results), **params)
    hint = (
        "Compare the whole list with what is known to be right: a wrong answer is never a fast one."
    )
    for wrong, changed in (
        ("with the last result missing", results[:-1]),
        ("with None for the first result", [None, *results[1:]]),
    ):
        if passes(module, changed, params):
            found.append((f"check accepts the answer of {name} {wrong}", hint))


def run(task: Any, items: list[Any]) -> list[Any]:
    """Return the results of ``task`` or of ``task_async`` for every item, in order."""
    if asyncio.iscoroutinefunction(task):

        async def all_of_them() -> list[Any]:
            return list(await asyncio.gather(*[task(item) for item in items]))

        return asyncio.run(all_of_them())
    return [task(item) for item in items]


def passes(module: ModuleType, results: list[Any], params: dict[str, Any]) -> bool:
    """Tell whether check accepts ``results``; any exception of its own is a refusal."""
    try:
        module.check(results, **params)
    except Exception:  # noqa: BLE001 - comparing a None may raise anything
        return False
    return True


def main() -> None:
    """Write the findings about argv[1] to argv[2]."""
    path, out = Path(sys.argv[1]), Path(sys.argv[2])
    found: list[Finding] = []
    try:
        examine(path, found)
    except Broken as broken:
        found.append(broken.args)
    except Inapplicable:
        pass  # what was found until then stands
    out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
