"""`gilscope check`: a workload is run and its check is put to the test."""

import os
import sys
import time
from pathlib import Path

import pytest

from harness.conformance import check
from harness.errors import GilscopeError

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

    assert check.check(path) == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["helper.py", "mine.py"]


def test_a_workload_is_checked_on_every_interpreter(tmp_path, pythons):
    """
    The script that runs it is as old as the oldest Python it may meet.
    """
    path = put(tmp_path, GOOD)

    assert {name: check.check_workload(path, each) for name, each in pythons.items()} == {
        name: [] for name in pythons
    }


RIGHT = "assert results == [2 * i for i in range(items)]"
UNITS = "def check(results, items)"
PROBLEMS = [
    (RIGHT, "pass", "with the last result missing"),
    (RIGHT, "pass", "with None for the first"),
    (
        RIGHT,
        "assert len(results) == items",
        "check accepts the answer of task with None for the first result",
    ),
    ("2 * i for", "3 * i for", "mine.py:8: check refuses the answer of task: assert results =="),
    ("2 * i for", "3 * i for", ": at [1] 2 and 3"),
    ("2 * i for", "2 * i * (1 + 1e-15) for", "in the last bits: compare with math.isclose"),
    ("return helper.double(item) if", "return 1 / item if", "mine.py:6: task fails: ZeroDivision"),
    (
        "import helper",
        "import helpless",
        "mine.py:1: cannot be imported: ModuleNotFoundError: No module named 'helpless'",
    ),
    ("import helper", "import sys; sys.exit(3)", "mine.py:1: cannot be imported: SystemExit: 3"),
    (
        "import helper",
        "import argparse; argparse.ArgumentParser().error('give a file')",
        "mine.py:1: cannot be imported: SystemExit: 2: script.py: error: give a file",
    ),
    (
        "import helper",
        "import os; os.environ['MINE']",
        "mine.py:1: cannot be imported: KeyError: 'MINE'",
    ),
    ("import helper", "import os; os._exit(3)", "its process ended with status 3"),
    ("import helper", "import os; os.abort()", "its process was killed by SIGABRT"),
    ("DATA.append(items)", "DATA.append(1 / 0)", "mine.py:4: setup fails: ZeroDivisionError"),
    ("list(range(items))", "[]", "make_items returns no items"),
    (
        "return list(range(items))",
        "import random; return [random.random()]",
        "make_items returns different items when called again",
    ),
    ("if DATA else 0", "if DATA.append(0) is None else (yield)", "task returns a generator"),
    (
        "return helper.double(item) if DATA else 0",
        "return map(str, [item])",
        "a map object: nothing",
    ),
    (UNITS, f"def units(items): return 0\n{UNITS}", "mine.py:8: units is 0, not a number"),
    (UNITS, f"def io_seconds(items): return -1\n{UNITS}", "io_seconds is -1, not a number from 0"),
    (UNITS, f"def baseline(items): return float('nan')\n{UNITS}", "baseline is nan, not a"),
    ('{"items": 2}', '{"items": 2, "s": "\\ud800"}', "which JSON cannot carry to the worker"),
]


PROBLEMS += [
    ("return helper.double(item) if", "raise Mute if", "mine.py:6: task fails: Mute: (its text"),
    (
        "return helper.double(item) if",
        "raise KeyboardInterrupt if",
        "mine.py:6: task raised KeyboardInterrupt",
    ),
    (
        "return helper.double(item) if",
        "return (item, (k for k in [1])) if",
        "task returns a generator inside a tuple: nothing was computed",
    ),
    (
        "return helper.double(item) if",
        "return print('x' * 600_000) if",
        "mine.py:6: prints 1 200 002 bytes per pass; a trial may print 1 048 576",
    ),
    (
        "return list(range(items))",
        "return [iter([k]) for k in range(items)]",
        "task changes its items: item 0 (list_iterator) is an iterator, used up by its first",
    ),
]
MUTE = """
class Mute(Exception):
    def __str__(self): raise RuntimeError
"""


@pytest.mark.parametrize(("old", "new", "words"), PROBLEMS)
def test_what_a_workload_gets_wrong_is_told(tmp_path, old, new, words):
    """
    A check that accepts anything would let a wrong answer pass for a fast one.
    """
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if "iterator" in words:
        text = text.replace("double(item)", "double(next(item))")
    path = put(tmp_path, text + MUTE)

    problems = check.check_workload(path, PYTHON)

    assert any(words in problem for problem in problems), problems
    assert all(problem.startswith(f"{path}:") and "\n  " in problem for problem in problems)


CHANGING = """\
PARAMS = {"items": 2}
def make_items(items): return [[3, 1, 2] for _ in range(items)]
def task(numbers):
    numbers.sort()
    return numbers[0]
async def task_async(numbers): return min(numbers)
def check(results, items): assert results == [1] * items
"""


def test_a_task_that_changes_its_items_is_found_at_its_line(tmp_path, pythons):
    """
    On every interpreter; who declares it is believed, and who works on a copy changes nothing.
    """
    for python in pythons.values():
        (problem,) = check.check_workload(put(tmp_path, CHANGING), python)
        assert "mine.py:3: task changes its items: item 0 (list) is another one" in problem
    for kept in (
        CHANGING.replace("numbers.sort()", "numbers = sorted(numbers)"),
        f"CHANGES_ITEMS = True\n{CHANGING}",
    ):
        assert check.check(put(tmp_path, kept)) == []


NUMBERED = """
import itertools
IDS = itertools.count()
class Node:
    def __init__(self, value): self.id, self.value = next(IDS), value
    def __eq__(self, other): return self.value == other.value
    def __hash__(self): return hash(self.value)
"""


@pytest.mark.parametrize("items", ["[Node(0), Node(1)]", "[{Node(0), Node(9)}, Node(1)]"])
def test_items_that_compare_equal_are_the_same_items(tmp_path, items):
    """
    Their pickles may hold what no task looks at.
    """
    text = GOOD.replace("return list(range(items))", f"return {items}")
    text = text.replace(
        "double(item)", "double(len(item) - 2 if type(item) is set else item.value)"
    )
    assert check.examine(put(tmp_path, text + NUMBERED)) == check.Findings()


REMARKS = {
    "identity": (
        GOOD.replace("list(range(items))", "[{Thing(j) for j in range(50)}] * items")
        .replace("double(item)", "double(len(item))")
        .replace("[2 * i for", "[100 for")
        + "class Thing:\n    def __init__(self, j): self.j = j, object.__hash__(self)\n",
        "whether make_items returns the same items when called again cannot be told: set objects",
    ),
    "few": (
        GOOD.replace("list(range(items))", "[1]").replace("i in range(items)", "i in [1]"),
        "one item cannot be shared out among 2 workers",
    ),
    "prints": (
        GOOD.replace(
            "return helper.double(item) if DATA", "print('x' * 1023); return 2 * item if 1"
        ),
        "mine.py:6: prints 2 048 bytes per pass, timed with the work",
    ),
    "cached": (
        GOOD.replace("def task(", "import functools\n@functools.lru_cache(None)\ndef task("),
        "results are cached: a later pass of the same work takes them from task",
    ),
    "lambda": (
        GOOD.replace(
            "list(range(items))", "[(lambda: 0, index) for index in range(items)]"
        ).replace("double(item)", "double(item[1])"),
        "mine.py:5: items cannot be pickled: item 0[0] is <lambda> (mine.py:5); threads, ",
    ),
}


@pytest.mark.parametrize("name", REMARKS)
def test_what_is_worth_knowing_breaks_no_contract(tmp_path, name):
    """
    It is remarked on, at the user's own line, and the file is as good as before.
    """
    text, words = REMARKS[name]
    found = check.examine(put(tmp_path, text))

    assert found.problems == ()
    assert any(words in remark for remark in found.remarks), found.remarks


@pytest.mark.parametrize("task", ["lambda item: 2 * item", "functools.partial(pow, 2)", "abs"])
def test_whatever_can_be_called_is_a_task(tmp_path, task):
    """
    It needs no def of its own.
    """
    text = GOOD.replace(
        "def task(item): return helper.double(item) if DATA else 0", f"task = {task}"
    )
    text = f"import functools\n{text}".replace(
        RIGHT, "assert None not in results and len(results) == 2"
    )

    assert check.check(put(tmp_path, text)) == []


def test_a_workload_is_checked_without_the_variables_of_the_shell(tmp_path, monkeypatch):
    """
    A trial has none of them.
    """
    monkeypatch.setenv("MINE", "1")
    text = GOOD.replace("import helper", "import helper, os; os.environ['MINE']", 1)

    (problem,) = check.check(put(tmp_path, text))

    assert "mine.py:1: cannot be imported: KeyError: 'MINE'" in problem


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

    assert {name: check.check_workload(path, each) for name, each in pythons.items()} == {
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
        ("sum(range(100))", "1 / 0", "mine.py:12: the group fails: ZeroDivisionError"),
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
    problems = check.check_workload(put(tmp_path, GROUP.replace(old, new, 1)), PYTHON)

    assert any(words in problem for problem in problems), problems


def test_a_workload_that_cannot_run_here_and_says_why_keeps_its_contract(tmp_path):
    """
    Declining is part of the contract; NotImplementedError without a word is a mistake.
    """
    old = "return list(range(items))"
    declining = GOOD.replace(old, "raise NotImplementedError('needs a compiler')")
    assert check.check(put(tmp_path, declining)) == []
    (problem,) = check.check(put(tmp_path, GOOD.replace(old, "raise NotImplementedError")))
    assert "make_items fails" in problem


def test_a_workload_named_like_an_installed_package_is_told(tmp_path):
    """
    Every worker would import the package in its place.
    """
    path = put(tmp_path, GOOD).rename(tmp_path / "pytest.py")

    (problem,) = check.check_workload(path, PYTHON)

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

    problems = check.check_workload(path, PYTHON, seconds=2)

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
        check.check_workload(put(tmp_path, GOOD), tmp_path / "no-python")


def test_an_experiment_is_checked_with_the_source_of_its_workloads(tmp_path):
    """
    One problem text names all that is wrong with the file.
    """
    path = tmp_path / "e.toml"
    path.write_text(
        'question = "?"\n[factors]\nworkload = ["nope"]\nmodel = ["x"]\nworkers = [1]\n'
    )

    (problem,) = check.check(path)

    assert f"{path}:3:13: factors.workload[0]: unknown workload 'nope'" in problem
    assert f"{path}:4:10: factors.model[0]: unknown execution model 'x'" in problem
