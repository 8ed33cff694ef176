"""`gilscope check`: a workload is run and its check is put to the test."""

import os
import sys
import time
from pathlib import Path

import pytest

from harness.errors import GilscopeError
from harness.workload import conformance

PYTHON = Path(sys.executable)

GOOD = """\
import helper
PARAMS = {"items": 2}
DATA = []
def setup(items): DATA.append(items)
def make_items(items): return list(range(items))
def task(item): return helper.double(item) if DATA else 0
async def task_async(item): return helper.double(item)
def check(results, items): assert results == [2 * i for i in range(items)]
"""


def put(folder: Path, text: str) -> Path:
    (folder / "helper.py").write_text("def double(x): return 2 * x\n")
    path = folder / "mine.py"
    path.write_text(text)
    return path


def test_a_workload_that_keeps_its_contract_has_no_problems(tmp_path):
    """
    With setup, both kinds of task and a module beside it; nothing is left in its folder.
    """
    path = put(tmp_path, GOOD)

    assert conformance.check(path) == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["helper.py", "mine.py"]


def test_a_workload_is_checked_on_every_interpreter(tmp_path, pythons):
    """
    The script that runs it is as old as the oldest Python it may meet.
    """
    path = put(tmp_path, GOOD)

    assert {name: conformance.check_workload(path, each) for name, each in pythons.items()} == {
        name: [] for name in pythons
    }


PROBLEMS = [
    ("assert results == [2 * i for i in range(items)]", "pass", "with the last result missing"),
    ("assert results == [2 * i for i in range(items)]", "pass", "with None for the first"),
    (
        "assert results == [2 * i for i in range(items)]",
        "assert len(results) == items",
        "check accepts the answer of task with None for the first result",
    ),
    ("2 * i for", "3 * i for", "check refuses the answer of task (line 8): AssertionError"),
    ("return helper.double(item) if", "return 1 / item if", "task fails (line 6): ZeroDivision"),
    ("import helper", "import helpless", "cannot be imported (line 1): ModuleNotFoundError"),
    ("import helper", "import sys; sys.exit(3)", "cannot be imported (line 1): SystemExit: 3"),
    ("import helper", "import os; os._exit(3)", "its process ended with status 3"),
    ("import helper", "import os; os.abort()", "its process was killed by SIGABRT"),
    ("DATA.append(items)", "DATA.append(1 / 0)", "setup fails (line 4): ZeroDivisionError"),
    ("list(range(items))", "[]", "make_items returns no items"),
    ("list(range(items))", "[lambda: 1]", "items cannot be pickled"),
    (
        "return list(range(items))",
        "import random; return [random.random()]",
        "make_items returns other items when called again",
    ),
    ("def check", "task = lambda item: item\ndef check", "task cannot be pickled"),
]


@pytest.mark.parametrize(("old", "new", "words"), PROBLEMS)
def test_what_a_workload_gets_wrong_is_told(tmp_path, old, new, words):
    """
    A check that accepts anything would let a wrong answer pass for a fast one.
    """
    path = put(tmp_path, GOOD.replace(old, new, 1))

    problems = conformance.check_workload(path, PYTHON)

    assert any(words in problem for problem in problems), problems
    assert all(problem.startswith(f"{path}: ") and "\n  " in problem for problem in problems)


GROUP = """\
PARAMS = {"probes": 1, "loads": 2}
ROLES = {"probe": "probes", "load": "loads"}
def make_items(probes, loads):
    members = ["probe"] * probes + ["load"] * loads
    return [{"role": role, "number": number} for number, role in enumerate(members)]
def probe(item, stage):
    stage.running()
    latencies, missed = stage.paced(float, 0.001, 5)
    return {"latencies": latencies, "missed": missed}
def load(item, stage):
    stage.running()
    while not stage.over(): sum(range(100))
    return item["number"]
def check(results, probes, loads):
    assert [len(each["latencies"]) + each["missed"] for each in results[:probes]] == [5] * probes
    assert results[probes:] == [probes + index for index in range(loads)]
"""


def test_a_group_is_checked_on_every_interpreter(tmp_path, pythons):
    """
    Its members meet on the worker's own stage, in threads.
    """
    path = put(tmp_path, GROUP)

    assert {name: conformance.check_workload(path, each) for name, each in pythons.items()} == {
        name: [] for name in pythons
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("* loads", "* (loads + 1)", "make_items makes {'probe': 1, 'load': 3}"),
        ('"number": number}', '"n": number}', "an item has no role"),
        (
            "    while not stage.over(): sum(range(100))\n",
            "",
            "returned before stage.over()",
        ),
        ("sum(range(100))", "1 / 0", "the group fails (line 12): ZeroDivisionError"),
        ('"missed": missed}', '"lost": missed}', "the number of slots missed"),
        ("[5] * probes", "[6] * probes", "check refuses the answer of the group"),
        (
            "    assert results[probes:]",
            "    return\n    assert results[probes:]",
            "with the last result missing",
        ),
    ],
)
def test_what_a_group_gets_wrong_is_told(tmp_path, old, new, words):
    """
    Also what only shows when its members meet.
    """
    assert old in GROUP
    problems = conformance.check_workload(put(tmp_path, GROUP.replace(old, new, 1)), PYTHON)

    assert any(words in problem for problem in problems), problems


def test_a_workload_that_cannot_run_here_and_says_why_keeps_its_contract(tmp_path):
    """
    Declining is part of the contract; NotImplementedError without a word is a mistake.
    """
    old = "return list(range(items))"
    declining = GOOD.replace(old, "raise NotImplementedError('needs a compiler')")
    assert conformance.check(put(tmp_path, declining)) == []
    (problem,) = conformance.check(put(tmp_path, GOOD.replace(old, "raise NotImplementedError")))
    assert "make_items fails" in problem


def test_a_workload_named_like_an_installed_package_is_told(tmp_path):
    """
    Every worker would import the package in its place.
    """
    path = put(tmp_path, GOOD).rename(tmp_path / "pytest.py")

    (problem,) = conformance.check_workload(path, PYTHON)

    assert "its name is taken by" in problem


def test_a_workload_that_never_ends_is_killed_with_its_children(tmp_path):
    """
    The whole process group goes: nobody is left to read the pipe its child was reading.
    """
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    reader = f"stdin=os.open({str(fifo)!r}, os.O_RDWR)"
    child = f"subprocess.run([sys.executable, '-c', 'input()'], {reader})"
    path = put(tmp_path, f"import os, subprocess, sys; {child}\n{GOOD}")

    problems = conformance.check_workload(path, PYTHON, seconds=2)

    assert problems == [
        f"{path}: has not finished after 2 s\n"
        "  Make the work of PARAMS smaller; an experiment's params can make it larger."
    ]
    assert nobody_reads(fifo)


def nobody_reads(fifo: Path) -> bool:
    for _ in range(100):  # a killed process closes its files a moment later
        try:
            os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # what opening a pipe without a reader ends in
            return True
        time.sleep(0.05)
    return False


def test_an_interpreter_that_is_none_is_an_error(tmp_path):
    """
    The workload is not to blame for it.
    """
    with pytest.raises(GilscopeError, match="cannot be started"):
        conformance.check_workload(put(tmp_path, GOOD), tmp_path / "no-python")


def test_an_experiment_is_checked_with_the_source_of_its_workloads(tmp_path):
    """
    One problem text names all that is wrong with the file.
    """
    path = tmp_path / "e.toml"
    path.write_text(
        'question = "?"\n[factors]\nworkload = ["nope"]\nmodel = ["x"]\nworkers = [1]\n'
    )

    (problem,) = conformance.check(path)

    assert f"{path}:3:13: factors.workload[0]: unknown workload 'nope'" in problem
    assert f"{path}:4:10: factors.model[0]: unknown execution model 'x'" in problem
