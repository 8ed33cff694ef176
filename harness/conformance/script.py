"""Run a workload once and try to fool its check; started by `conformance` on any interpreter.

``PYTHON -I script.py WORKLOAD.py OUT.json BYTES`` writes lists of what is wrong and of what
is worth knowing, each [what, hint, file or null, line or null]. Syntax of Python 3.9, and of ours
only the worker, which is as old: the workload's own Python may be an old one.
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
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

WORKER = Path(__file__).resolve().parents[1] / "worker"
sys.path.append(str(WORKER))

# fmt: off
from gilworker import asserting, caches, computed, errors, notes, response, sending, survey  # noqa: E402, I001 # type: ignore[import-not-found]
from gilworker import equality, items as items_  # noqa: E402 # type: ignore[import-not-found]
# fmt: on

if TYPE_CHECKING:
    from types import ModuleType

MAY_DECLINE = ("make_items", "setup")  # by NotImplementedError with a reason
RAMP = 0.01  # seconds: nothing is measured here
AMOUNTS = ("units", "baseline", "io_seconds")


class Broken(Exception):
    """The workload cannot be exercised any further: what is wrong, the cure, and the place."""


class Inapplicable(Exception):
    """The workload says that it cannot run here; that is its right."""


class Findings:
    """What was found: ``problems`` break the contract, ``remarks`` are worth knowing."""

    def __init__(self, folder: Path, may_print: int) -> None:
        self.folder = folder
        self.may_print = may_print  # bytes in a trial
        self.problems: list[tuple[Any, ...]] = []
        self.remarks: list[tuple[Any, ...]] = []

    def attempt(self, what: str, hint: str, call: Any, *args: Any, **kwargs: Any) -> Any:
        """Call, and make of any exception the problem ``what: exception``."""
        try:
            return call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - also what would end this process
            name = getattr(call, "__name__", "")
            if isinstance(error, NotImplementedError) and error.args and name in MAY_DECLINE:
                raise Inapplicable from None
            place = self._place(error)
            told = f"{type(error).__name__}: {errors.text_of(error)}".rstrip(": ")
            if isinstance(error, AssertionError):
                told = asserting.told(error)
                told = told[len(f"line {place[1]}: ") :] if told.startswith("line ") else told
            if isinstance(error, KeyboardInterrupt) and what.endswith(" fails"):
                what, told = what.replace(" fails", " raised KeyboardInterrupt"), ""
            raise Broken(f"{what}: {told}"[:500].rstrip(": "), hint, *place) from None

    def _place(self, error: BaseException) -> tuple[str | None, int | None]:
        """Return file and line of the user's own code that raised, or called what raised."""
        if isinstance(error, SyntaxError) and error.filename:
            return error.filename, error.lineno
        trace = traceback.extract_tb(error.__traceback__)
        own = [each for each in trace if self.folder in Path(each.filename).parents]
        return (own[-1].filename, own[-1].lineno) if own else (None, None)


def examine(path: Path, found: Findings) -> None:
    """Add to ``found`` what there is to say about the workload in ``path``."""
    # Last, as in the worker: a workload beside a random.py must still get Python's.
    sys.path.append(str(path.parent))
    hint = (
        "It is imported in an empty folder, without the variables of a shell; "
        "packages it needs belong in REQUIRES."
    )
    module = found.attempt("cannot be imported", hint, importlib.import_module, path.stem)
    if Path(str(module.__file__)).resolve() != path:
        raise Broken(f"its name is taken by {module.__file__}", "Rename the file.")
    params = module.PARAMS
    for name in AMOUNTS:
        weigh(module, name, params, found)
    if hasattr(module, "setup"):
        found.attempt("setup fails", "It is called with PARAMS alone.", module.setup, **params)
    items = make(module, params, found)
    if hasattr(module, "ROLES"):
        exercise_group(module, items, params, found)
        return
    if len(items) == 1:
        hint = "make_items decides into how many items the work is divided."
        found.remarks.append((notes.few_items(1, 2)["text"], hint))
    for name in ("task", "task_async"):
        if hasattr(module, name):
            exercise(module, name, items, params, found)
            items = list(module.make_items(**params))  # whatever the first has done to them


def weigh(module: ModuleType, name: str, params: dict[str, Any], found: Findings) -> None:
    """Call a function that says how much work or time a pass is."""
    function = getattr(module, name, None)
    if function is None:
        return
    value = found.attempt(f"{name} fails", "It is called with PARAMS alone.", function, **params)
    try:
        response.amount(value, name)
    except response.Failure as failure:
        hint = "Return an int or a float, also for other values of PARAMS."
        found.problems.append((str(failure), hint, *line_of(function)))


def line_of(function: Any) -> tuple[str | None, int | None]:
    """Return where a function was defined."""
    code = getattr(function, "__code__", None)
    return (None, None) if code is None else (code.co_filename, code.co_firstlineno)


def make(module: ModuleType, params: dict[str, Any], found: Findings) -> list[Any]:
    """Make the items, twice: the same ones must come out."""
    hint = "It is called with PARAMS alone."
    call = module.make_items
    items = list(found.attempt("make_items fails", hint, call, **params))
    again = list(found.attempt("make_items fails when called again", hint, call, **params))
    if not items:
        raise Broken("make_items returns no items", "Give PARAMS that make some work.")
    part = sending.unsendable(items)
    if part is not None:
        hint = "Items travel to processes as plain data, or objects of classes at the top level."
        what = f"items cannot be pickled: {part}; {sending.OTHERS}"
        found.remarks.append((what, hint, part.file, part.line))
    else:
        compare(items, again, found)
    return items


def compare(items: list[Any], again: list[Any], found: Findings) -> None:
    """Say what differs in the items that were made twice; what is equal by ``==`` does not."""
    # One by one, since whole pickles may share objects.
    both = zip(items, again)  # noqa: B905 - Python 3.9
    pairs = [pair for pair in both if len({*map(pickle.dumps, pair)}) > 1]
    pairs = [pair for pair in pairs if not equality.equal(*pair)]
    hint = "Seed what is random: every trial must do the same work."
    if len(items) != len(again) or not all(equality.incomparable(item) for item, _ in pairs):
        found.problems.append(("make_items returns different items when called again", hint))
    elif pairs:
        kind = type(pairs[0][0]).__name__
        what = f"whether make_items returns the same items when called again cannot be told: {kind}"
        found.remarks.append((f"{what} objects equal only themselves, and pickle otherwise", hint))


def exercise(
    module: ModuleType, name: str, items: list[Any], params: dict[str, Any], found: Findings
) -> None:
    """Run one task function over the items, then let check see right and wrong answers."""
    task = getattr(module, name)
    watch = None if getattr(module, items_.DECLARED, False) else items_.Watch(items)
    before, printed = caches.misses(str(found.folder)), survey.written()
    hint = "It is called with one of the items that make_items returns."
    results = found.attempt(f"{name} fails", hint, run, name, task, items)
    printed, computed_now = survey.written() - printed, caches.misses(str(found.folder))
    promised = next(filter(None, map(computed.promise, results)), None)
    if promised is not None:
        hint = "Return what was computed from it: a sum, a list."
        what = f"{name} returns {promised}: nothing was computed"
        raise Broken(what, hint, *line_of(task))
    if watch is not None:
        watch.look()
        if watch.changed is not None:
            hint = f"{items_.CURE[0].upper()}{items_.CURE[1:]}."
            found.problems.append((watch.changed, hint, *line_of(task)))
    if printed:
        hint = "Return what is worth knowing, and print nothing in the task."
        what = notes.printed(printed)["text"]
        if printed > found.may_print:
            limit = notes.spaced(found.may_print)
            what = f"prints {notes.spaced(printed)} bytes per pass; a trial may print {limit}"
        told = found.problems if printed > found.may_print else found.remarks
        told.append((what, hint, *line_of(task)))
    if computed_now != before:
        remember(module, name, params, found)
    judge(module, name, results, params, found)


def remember(module: ModuleType, name: str, params: dict[str, Any], found: Findings) -> None:
    """Run the items once more, and remark on caches that answered for the work."""
    before = caches.misses(str(found.folder))
    with suppress(Exception):
        run(name, getattr(module, name), list(module.make_items(**params)))
        if caches.misses(str(found.folder)) == before:
            names = ", ".join(sorted({each for each, count in before.items() if count}))
            what = f"results are cached: a later pass of the same work takes them from {names}"
            hint = "What is measured is the cache; measure the function's __wrapped__ without it."
            found.remarks.append((what, hint))


def exercise_group(
    module: ModuleType, items: list[Any], params: dict[str, Any], found: Findings
) -> None:
    """Run the members of a group in threads, then let check see right and wrong answers."""
    hint = 'make_items returns {"role": NAME, "number": k, ...} for every member.'
    roles = found.attempt("an item has no role", hint, collections.Counter, map(_role, items))
    wanted = {role: params[count] for role, count in module.ROLES.items() if params[count]}
    if roles != wanted:
        raise Broken(f"make_items makes {dict(roles)}, ROLES and PARAMS say {wanted}", hint)
    hint = "A role says stage.running(), and goes on until stage.over()."
    results = found.attempt("the group fails", hint, run_group, module, items)
    measured = [each for each in results if isinstance(each, dict) and "latencies" in each]
    if not all("missed" in each for each in measured):
        hint = 'A role that measures returns {"latencies": [...], "missed": how many slots}.'
        found.problems.append(("latencies come without the number of slots missed", hint))
    judge(module, "the group", results, params, found)


def _role(item: Any) -> str:
    return item["role"] if isinstance(item["number"], int) else ""


def run_group(module: ModuleType, items: list[Any]) -> list[Any]:
    """Return the members' results in order."""
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
    module: ModuleType, name: str, results: list[Any], params: dict[str, Any], found: Findings
) -> None:
    """Let check see the right answer and wrong ones."""
    hint = "It must accept what was returned, in the order of the items."
    accepted = f"check refuses the answer of {name}"
    found.attempt(accepted, hint, module.check, list(results), **params)
    hint = (
        "Compare the whole list with what is known to be right: a wrong answer is never a fast one."
    )
    for wrong, changed in (
        ("with the last result missing", results[:-1]),
        ("with None for the first result", [None, *results[1:]]),
    ):
        if passes(module, changed, params):
            found.problems.append((f"check accepts the answer of {name} {wrong}", hint))


def run(name: str, task: Any, items: list[Any]) -> list[Any]:
    """Return the results of ``task`` or of ``task_async`` for every item, in order."""
    if name == "task":
        return [task(item) for item in items]

    async def all_of_them() -> list[Any]:
        made = [task(item) for item in items]
        if not all(hasattr(type(each), "__await__") for each in made):
            return made
        return list(await asyncio.gather(*made))

    return asyncio.run(all_of_them())


def passes(module: ModuleType, results: list[Any], params: dict[str, Any]) -> bool:
    """Tell whether check accepts ``results``; any exception of its own is a refusal."""
    try:
        module.check(results, **params)
    except BaseException:  # noqa: BLE001 - comparing a None may raise anything
        return False
    return True


def main() -> None:
    """Write the findings about argv[1] to argv[2]."""
    path, out = Path(sys.argv[1]), Path(sys.argv[2])
    found = Findings(path.parent, int(sys.argv[3]))
    try:
        examine(path, found)
    except Broken as broken:
        found.problems.append(broken.args)
    except Inapplicable:
        pass  # what was found until then stands
    told = {"problems": found.problems, "remarks": found.remarks}
    out.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
