"""Every workload file keeps what the contract promises, on every interpreter under test."""

import ast
import functools
import json
import math
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from harness import experiment, workload

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = Path(__file__).with_name("exercise.py")
FOLDERS = (ROOT / "experiments" / "workloads", ROOT / "experiments" / "samples" / "workloads")
WORKLOADS = {path.stem: path for folder in FOLDERS for path in sorted(folder.glob("*.py"))}
EXPERIMENTS = sorted((ROOT / "experiments").rglob("*.toml"))

WITH_PACKAGES = tuple(name for name, path in WORKLOADS.items() if workload.read(path).requires)
# What needs_gil is there for is no mistake of its own.
STRICT = ("-W", "error", "-W", "ignore:The global interpreter lock:RuntimeWarning")

# Sizes that take no time to run. A workload that is not named here runs at its default size.
SMALL = {
    "bubble_sort": [{"items": 3, "length": 30, "kind": k} for k in ("private", "shared", "small")],
    "countdown": [{"items": 3, "start": 1}, {"items": 2, "start": 1_000}],
    "dict_churn": [{"items": 3, "dicts": 1}, {"items": 2, "dicts": 1_000}],
    "fairness": [{"spinners": 1, "seconds": 0.01}, {"spinners": 3, "seconds": 0.02}],
    "fib": [{"items": 2, "n": n} for n in (0, 1, 2, 11)],
    "crc32": [
        {"items": 5, "size": 7, "mebibytes": 0},
        {"items": 3, "size": 40_000, "mebibytes": 1},
    ],
    "echo": [{"items": 3, "requests": 5}, {"items": 1, "requests": 2, "size": 5}],
    "fan_out": [{"items": 5, "seconds": 0.002}],
    "files": [
        {"items": 2, "kibibytes": 9, "times": 2},
        {"items": 2, "kibibytes": 4, "times": 1, "sync": True},
    ],
    "gc_cycles": [{"items": 3, "cycles": 100}, {"items": 2, "cycles": 9, "ballast": 10}],
    "heap": [{"items": 2, "mebibytes": 1}, {"items": 2, "mebibytes": 1, "touch": False}],
    "int_loop": [{"items": 3, "iterations": 1}, {"items": 2, "iterations": 1_000, "seed": 5}],
    "json_rows": [{"items": 3, "rows": 1}, {"items": 2, "rows": 10}],
    "lock": [{"items": 3, "rounds": 10}],
    "loop_lag": [
        {"slots": 5},
        {"slots": 5, "hogs": 2, "work": "sha256"},
        {"slots": 5, "work": "regex"},
        {"slots": 5, "hogs": 0},
    ],
    "mandelbrot": [{"items": 4, "rows": 3, "limit": 30}, {"items": 6, "rows": 8, "limit": 100}],
    "matmul": [{"items": 3, "size": 5}, {"items": 2, "size": 40, "blas_threads": 0}],
    "n_queens": [{"items": 7, "queens": 5}, {"items": 3, "queens": 1}],
    "needs_gil": [{"items": 3, "iterations": 100}],
    "no_op": [{"items": 50}],
    "paced_echo": [{"slots": 5, "period": 0.004}, {"slots": 5, "spinners": 0, "period": 0.004}],
    "payload": [
        {"items": 3, "size": 256},
        {"items": 2, "size": 512, "kind": "ints"},
        {"items": 2, "size": 640, "kind": "dict"},
        {"items": 2, "size": 256, "transport": "shared_memory"},
    ],
    "pidigits": [{"items": 3, "digits": 1}, {"items": 2, "digits": 200}],
    "ping_pong": [{"items": 3, "rounds": 5}],
    "queue_passing": [
        {"items": 3, "messages": 50, "kind": kind} for kind in ("Queue", "SimpleQueue")
    ],
    "racing_counter": [{"items": 3, "increments": 50}],
    "regex": [{"items": 9, "kibibytes": 40}],
    "request_mix": [{"items": 4, "seconds": 0.002, "iterations": 50}],
    "sha256_large": [{"items": 3, "mebibytes": 2}],
    "sha256_small": [{"items": 3, "hashes": 1}, {"items": 66, "hashes": 70}],
    "sha256_sized": [
        {"items": 3, "size": 2047, "kibibytes": 9},
        {"items": 9, "size": 1, "kibibytes": 1},
    ],
    "shared_object": [
        {"items": 3, "operations": number, "operation": operation, "sharing": sharing}
        for number in (5, 3_000)
        for operation in ("read", "add", "locked_add", "append", "dict_set", "dict_get", "index")
        for sharing in ("shared", "private")
    ],
    "sleep": [{"items": 5, "seconds": 0.002}],
    "sort_floats": [{"items": 3, "length": 50}],
    "sum_squares": [{"items": 3, "limit": 100}, {"items": 1, "limit": 1}],
    "tree": [{"items": 2, "depth": 0}, {"items": 2, "depth": 4}],
    "triad": [{"items": 3, "mebibytes": 1}],
    "tutorial_threads": [{"lines": 3}, {"lines": 2, "pause": 0.002}],
    "ufunc": [{"items": 3, "size": 7, "calls": 5}],
    "zlib_compress": [{"items": 3, "kibibytes": 8}, {"items": 2, "kibibytes": 4, "level": 0}],
}

# Workloads whose answer may be wrong when threads run them: that is what they show.
RACES = {"racing_counter"}


def sizes(name: str, python_name: str) -> list[dict]:
    """Return the small sizes, and those that an experiment sets for this target alone."""
    found = list(SMALL.get(name, [{}]))
    defaults = workload.read(WORKLOADS[name]).params
    for path in EXPERIMENTS:
        defined = experiment.load(path)
        for level, table in defined.params.items():
            meant = [key for key, value in table.items() if isinstance(value, dict)]
            if workload.short_name(level) == name and any(
                fnmatchcase(python_name, glob) for glob in meant
            ):
                found.append(experiment.params_for(defined, level, python_name, defaults))
    return found


@functools.cache
def exercised(
    python: Path, python_name: str, names: tuple[str, ...] = tuple(WORKLOADS)
) -> dict[str, list[dict]]:
    """Run workloads in one process of ``python``; return its reports by workload."""
    wanted = [[str(WORKLOADS[name]), size] for name in names for size in sizes(name, python_name)]
    with tempfile.TemporaryDirectory() as folder:
        request, report = Path(folder, "request.json"), Path(folder, "report.json")
        request.write_text(json.dumps(wanted))
        subprocess.run(
            [python, *STRICT, EXERCISE, request, report],
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
        )
        reports = json.loads(report.read_text())
    return {name: [each for each in reports if Path(each["path"]).stem == name] for name in names}


@pytest.fixture(params=sorted(WORKLOADS))
def name(request) -> str:
    return request.param


@pytest.fixture
def reports(name, python_name, pythons) -> list[dict]:
    every = exercised(pythons[python_name], python_name)[name]
    for each in every:
        assert "error" not in each, f"{each['params']}: {each['error']}"
    if skipped := next((each["skipped"] for each in every if "skipped" in each), None):
        pytest.skip(skipped)
    return every


@pytest.mark.parametrize("name", WITH_PACKAGES)
def test_what_requires_a_package_keeps_every_promise_where_that_is_installed(name):
    """
    The interpreters under test are bare; this one has numpy, as a target's environment would.
    """
    for each in exercised(Path(sys.executable), "own", WITH_PACKAGES)[name]:
        assert "skipped" not in each, each
        test_its_answer_is_right_whoever_runs_it(name, [each])
        test_a_damaged_answer_is_found_out([each])
        test_checking_twice_is_checking_once([each])
        test_it_gives_the_same_items_every_time([each])
        test_items_results_and_task_travel_to_a_process_and_weigh_little([each])
        test_its_amount_of_work_and_observations_are_numbers([each])


def test_its_answer_is_right_whoever_runs_it(name, reports):
    """
    A loop, threads, coroutines, a sub-interpreter and a group's members all pass the check.
    """
    for each in reports:
        unsure = {"threads"} if name in RACES else set()
        assert all(right for way, right in each["accepted"].items() if way not in unsure), each


def test_a_damaged_answer_is_found_out(reports):
    """
    A result lost, changed, added, or all of them lost does not pass the check.
    """
    for each in reports:
        assert each["undetected"] == [], each


def test_checking_twice_is_checking_once(reports):
    """
    The check runs after every value: it must not use up what it checks.
    """
    assert all(each["still_accepted"] for each in reports)


def test_it_gives_the_same_items_every_time(reports):
    """
    Every execution model and every trial gets the same work.
    """
    assert all(each["same_items"] for each in reports)


def test_items_results_and_task_travel_to_a_process_and_weigh_little(reports):
    """
    What is sent is handles and summaries; else a pool of processes would be timed sending data.
    """
    for each in reports:
        assert each["pickled_items"], each
        assert each["pickled_task"], each
        assert each["item_bytes"] <= 1024, each
        assert each["result_bytes"] <= 1024, each


def test_its_amount_of_work_and_observations_are_numbers(reports):
    """
    Units divide seconds, and observations are metrics: zero or NaN would spoil a table later.
    """
    for each in reports:
        assert each["units"] > 0, each
        assert each["baseline"] is None or each["baseline"] > 0, each
        assert each["io_seconds"] is None or each["io_seconds"] > 0, each
        assert all(math.isfinite(number) for number in each["observed"].values()), each


def test_it_keeps_the_contract_as_the_harness_reads_it(name):
    """
    Its PARAMS are a literal and its functions can be called with them, seen without importing it.
    """
    facts = workload.read(WORKLOADS[name])
    items = (
        facts.params["items" if name != "tutorial_threads" else "threads"] if not facts.roles else 0
    )
    assert items + facts.members(facts.params) > 0


def test_it_does_not_call_itself_cpu_bound_and_wait(name):
    """
    Time it waits on purpose would be called waiting for the GIL.
    """
    facts = workload.read(WORKLOADS[name])
    assert not (facts.cpu_bound and facts.has_io_seconds)


def test_it_is_python_3_9(name):
    """
    Newer syntax would fail in the oldest interpreter, and only there.
    """
    ast.parse(WORKLOADS[name].read_text(), feature_version=(3, 9))


def test_it_says_what_the_gil_has_to_do_with_it(name):
    """
    A reader can predict the figure from the docstring, and is told how it could be misread.
    """
    text = ast.get_docstring(ast.parse(WORKLOADS[name].read_text())) or ""
    for word in ("GIL", "Expect", "Trap:"):
        assert word in text, f"{name}: its docstring does not say {word!r}"


def test_threads_that_ran_one_after_another_are_not_called_interleaved():
    """
    Three threads in a row switch twice; only a third switch is interleaving.
    """
    names: dict = {}
    exec(WORKLOADS["tutorial_threads"].read_text(), names)
    in_turn = [(0, [1, 2]), (1, [3, 4]), (2, [5, 6])]
    mixed = [(0, [1, 3]), (1, [2, 4]), (2, [5, 6])]
    assert names["observe"](in_turn) == {"switches": 2, "interleaved": 0.0}
    assert names["observe"](mixed) == {"switches": 4, "interleaved": 1.0}


def test_a_jump_ahead_lands_where_single_steps_do():
    """
    The check of int_loop rests on it, so it is held against plain iteration.
    """
    names: dict = {}
    exec(WORKLOADS["int_loop"].read_text(), names)
    for iterations in (0, 1, 2, 3, 31, 1_000):
        factor, summand = names["jump"](iterations)
        assert (factor * 42 + summand) % 2**31 == names["task"]((42, iterations))


def test_a_lost_update_is_a_wrong_answer():
    """
    One increment too few is found, whichever thread lost it and whoever ended last.
    """
    names: dict = {}
    exec(WORKLOADS["racing_counter"].read_text(), names)
    check, lost = names["check"], lambda results: names["observe"](results)["lost"]
    # Two threads with ten increments each: turns taken, interleaved, and with one overwritten.
    in_turn = [(10, 5, 15), (10, 15, 25)]
    mixed = [(10, 5, 20), (10, 7, 25)]
    overwritten = [(10, 5, 20), (10, 7, 24)]
    for results in (in_turn, mixed):
        check(results, items=2, increments=10)
        assert lost(results) == 0
    with pytest.raises(AssertionError, match="1 of 20 increments were lost"):
        check(overwritten, items=2, increments=10)
    assert lost(overwritten) == pytest.approx(1 / 20)


def test_a_lock_that_loses_an_update_is_found_out():
    """
    Only unlocked additions to a shared object may get lost.
    """
    names: dict = {}
    exec(WORKLOADS["shared_object"].read_text(), names)
    lossy = [(10, 5, 20), (10, 7, 24)]
    for operation, sharing in (("locked_add", "shared"), ("add", "private")):
        with pytest.raises(AssertionError):
            names["check"](lossy, items=2, operations=10, operation=operation, sharing=sharing)
    names["check"](lossy, items=2, operations=10, operation="add", sharing="shared")


def test_a_spigot_agrees_with_pi():
    """
    The two ways of pidigits are held against the constant, so that they cannot be wrong together.
    """
    names: dict = {}
    exec(WORKLOADS["pidigits"].read_text(), names)
    assert names["expected"](16) == int(math.pi * 10**15)
    assert names["task"](16) == int(math.pi * 10**15)
