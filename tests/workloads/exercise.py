"""Run workloads at small sizes in this interpreter and report what happened, as JSON.

``PY exercise.py REQUEST.json REPORT.json``; the request lists [path, parameters]. Started by path
in every interpreter under test, so: Python 3.9, standard library, and the worker's stage.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import pickle
import sys
import tempfile
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def load(path):
    """Import the workload at ``path`` anew, importable by its name as in a worker."""
    name = Path(path).stem
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def in_a_loop(module, params):
    """Return the results of the main thread."""
    if hasattr(module, "setup"):
        module.setup(**params)
    return [module.task(item) for item in module.make_items(**params)]


def in_two_threads(module, params):
    """Return the results of two threads that both ran ``setup`` before either ran an item."""
    lock = threading.Lock()
    ready = threading.Barrier(2)

    def start():
        with lock:
            if hasattr(module, "setup"):
                module.setup(**params)

    with ThreadPoolExecutor(2, initializer=start) as executor:
        list(executor.map(lambda _: ready.wait(), range(2)))
        return list(executor.map(module.task, module.make_items(**params)))


def in_a_group(module, params):
    """Return the results of members that are threads, each with a stage of the worker."""
    sys.path.append(str(Path(__file__).resolve().parents[2] / "harness" / "worker"))
    from gilworker import group, stage

    if hasattr(module, "setup"):
        module.setup(**params)
    items = module.make_items(**params)
    member = group.Member(module.__name__)
    member.names = group.names_of(items, module.ROLES)
    member.times = {"ramp": 0.01}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(items)) as executor:
        member.path = f"{folder}/stage"
        Path(member.path).write_bytes(stage.blank(len(items)))
        return list(executor.map(member, enumerate(items)))


def in_coroutines(module, params):
    """Return the results of one event loop."""

    async def gather():
        return await asyncio.gather(*map(module.task_async, module.make_items(**params)))

    return asyncio.run(gather())


# What an interpreter runs, in two calls as in a pool: nothing but its modules lasts between them.
BEGIN = """
import importlib.util, pickle, sys
path, name, params, items, out = {given!r}
spec = importlib.util.spec_from_file_location(name, path)
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
spec.loader.exec_module(module)
getattr(module, "setup", dict)(**params)
"""
WORK = """
results = [module.task(item) for item in pickle.loads(items)]
with open(out, "wb") as file:
    pickle.dump(results, file)
"""


def in_an_interpreter(module, params):
    """Return the results of a sub-interpreter with a GIL of its own."""
    from concurrent import interpreters

    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder, "results"))
        interpreter = interpreters.create()
        items = pickle.dumps(module.make_items(**params))  # made once, as in a trial
        given = (module.__file__, module.__name__, params, items, out)
        interpreter.exec(BEGIN.format(given=given))
        interpreter.exec(WORK)
        interpreter.close()
        return pickle.loads(Path(out).read_bytes())


def altered(result):
    """Return another result of the same shape; in a tuple or list the first part is another."""
    if isinstance(result, (tuple, list)):
        return type(result)([altered(result[0]), *result[1:]])
    if isinstance(result, dict):
        first = next(iter(result))
        return {**result, first: altered(result[first])}
    if isinstance(result, str):
        return ("0" if result[0] != "0" else "1") + result[1:]
    return result + 1


def accepts(module, results, params):
    """Tell whether ``check`` lets ``results`` pass."""
    try:
        module.check(results, **params)
    except AssertionError:
        return False
    return True


def is_group(module):
    """Tell whether the workload has roles and no task."""
    return hasattr(module, "ROLES")


def ways_of(module):
    """Return by what ways the workload can run, besides a loop."""
    if is_group(module):
        return {"group": in_a_group}
    ways = {"threads": in_two_threads}
    if hasattr(module, "task_async"):
        ways["coroutines"] = in_coroutines
    if sys.implementation.name == "cpython" and sys.version_info >= (3, 14):
        ways["interpreter"] = in_an_interpreter
    return ways


def exercise(path, over):
    """Return what a workload did with ``PARAMS`` and ``over``."""
    module = load(path)
    params = {**module.PARAMS, **over}
    # First: what cannot run here says so in plain words.
    results = in_a_group(module, params) if is_group(module) else in_a_loop(module, params)
    accepted = {"loop": accepts(module, results, params)}
    found = {**damage(module, results, params), **facts(module, results, params)}
    for name, way in ways_of(module).items():
        module = load(path)  # anew: module-level data of one way must not help the next
        accepted[name] = accepts(module, way(module, params), params)
    return {"accepted": accepted, **found}


def damage(module, results, params):
    """Return which damaged answers passed the check, and whether the sound one still does."""
    damaged = {
        "dropped": results[:-1],
        "altered first": [altered(results[0]), *results[1:]],
        "altered last": [*results[:-1], altered(results[-1])],
        "nothing": [],
        "one too many": [*results, results[-1]],
    }
    undetected = [name for name, bad in damaged.items() if accepts(module, bad, params)]
    return {"undetected": undetected, "still_accepted": accepts(module, results, params)}


def facts(module, results, params):
    """Return what else the contract promises of items, results, task and numbers."""
    items = module.make_items(**params)
    names = module.ROLES if is_group(module) else ["task"]
    functions = [getattr(module, name) for name in names]
    return {
        "same_items": module.make_items(**params) == items,
        "pickled_items": pickle.loads(pickle.dumps(items)) == items,
        "pickled_task": all(pickle.loads(pickle.dumps(each)) is each for each in functions),
        "item_bytes": max(len(pickle.dumps(item)) for item in items),
        "result_bytes": max(len(pickle.dumps(result)) for result in results),
        "units": module.units(**params) if hasattr(module, "units") else len(items),
        "baseline": module.baseline(**params) if hasattr(module, "baseline") else None,
        "io_seconds": module.io_seconds(**params) if hasattr(module, "io_seconds") else None,
        "observed": module.observe(results) if hasattr(module, "observe") else {},
    }


def main(request, report):
    """Exercise what the request lists; one failure does not hide the others."""
    reports = []
    for path, over in json.loads(Path(request).read_text(encoding="utf-8")):
        try:
            reports.append({"path": path, "params": over, **exercise(path, over)})
        except (ModuleNotFoundError, NotImplementedError) as error:
            reports.append({"path": path, "params": over, "skipped": str(error)})
        except Exception:  # noqa: BLE001 - a report of what went wrong is the purpose
            reports.append({"path": path, "params": over, "error": traceback.format_exc()})
    Path(report).write_text(json.dumps(reports), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
