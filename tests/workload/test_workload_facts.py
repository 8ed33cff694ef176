"""Reading a workload's source: the contract, told without importing the file."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from harness import workload
from harness.errors import GilscopeError
from harness.workload import facts as workload_facts

LEAST = """\
PARAMS = {"items": 2}
def make_items(items): return [1] * items
def task(item): return item
def check(results, items): assert results == [1] * items
"""


def put(folder: Path, text: str | bytes = LEAST, name: str = "mine.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> GilscopeError:
    with pytest.raises(GilscopeError) as caught:
        workload.read(path)
    assert caught.value.hint
    return caught.value


def test_the_facts_of_the_least_workload(tmp_path):
    """
    Four names are enough.
    """
    path = put(tmp_path)

    assert workload.read(path) == workload.Workload(
        name="mine",
        path=path,
        params={"items": 2},
        requires=(),
        has_task=True,
        has_task_async=False,
        has_setup=False,
        has_observe=False,
        has_baseline=False,
        has_units=False,
        has_io_seconds=False,
        cpu_bound=None,
        roles={},
        digest=hashlib.sha256(LEAST.encode()).hexdigest(),
    )


def test_everything_a_workload_may_offer_is_seen(tmp_path):
    """
    Also below a top-level if or try, with annotations, and whatever takes **params.
    """
    text = """\
REQUIRES = ("numpy",)
CPU_BOUND: bool = True
PARAMS: dict = {"items": 1, "p": {"a": [None, True, 1.5, "x"]}}
try:
    import numpy
except ImportError:
    numpy = None
else:
    def setup(**params): ...
if numpy:
    async def task_async(item, /, more=None): ...
def make_items(*, items, p): ...
def check(results, **params): ...
def observe(results): ...
def baseline(items, p=None, extra=3): ...
def units(items, **rest): ...
def io_seconds(**params): ...
def helper(whatever): ...
"""
    facts = workload.read(put(tmp_path, text))

    assert facts.params == {"items": 1, "p": {"a": [None, True, 1.5, "x"]}}
    assert facts.requires == ("numpy",)
    assert not facts.has_task
    assert facts.has_task_async
    assert facts.has_setup
    assert facts.has_observe
    assert facts.has_baseline
    assert facts.has_units
    assert facts.has_io_seconds
    assert facts.cpu_bound


@pytest.mark.parametrize(
    "task",
    [
        "task = lambda item: item",
        "task: object = partial(pow, 2)",
        "other, task = print, abs",
        "from operator import neg as task",
        "class task: ...",
        "if True:\n    task = abs",
    ],
)
def test_whatever_can_be_called_is_a_task(tmp_path, task):
    """
    A name that the file binds is taken for a function; whether it is one shows when it runs.
    """
    text = f"{task}\n" + LEAST.replace("def task(", "def other(")
    assert workload.read(put(tmp_path, text)).has_task


@pytest.mark.parametrize("name", ["CPU_BOUND", "CHANGES_ITEMS"])
def test_a_declaration_is_true_or_false(tmp_path, name):
    """
    Anything else is a mistake; left out it is not known.
    """
    with pytest.raises(GilscopeError, match=f"{name} is 1, neither True nor False"):
        workload.read(put(tmp_path, f"{name} = 1\n{LEAST}"))
    for value, known in (("True", True), ("False", False)):
        facts = workload.read(put(tmp_path, f"CPU_BOUND = {value}\n{LEAST}"))
        assert facts.cpu_bound is known


GROUP = """\
PARAMS = {"probes": 1, "loads": 2}
ROLES = {"probe": "probes", "load": "loads"}
def make_items(probes, loads): ...
def probe(item, stage): ...
def load(item, stage, more=None): ...
def check(results, probes, loads): ...
"""


def test_a_group_has_roles_and_no_task(tmp_path):
    """
    Its size follows from the parameters that count the members of each role.
    """
    facts = workload.read(put(tmp_path, GROUP))

    assert facts.roles == {"probe": "probes", "load": "loads"}
    assert not facts.has_task
    assert facts.members(facts.params) == 3
    assert facts.members({"probes": 2, "loads": 0}) == 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"loads": 2', '"loads": 2.0', "role 'load' is counted by 'loads', which is 2.0"),
        ('"loads": 2', '"loads": True', "role 'load' is counted by 'loads', which is True"),
        ('"loads": 2', '"loads": -1', "role 'load' is counted by 'loads', which is -1"),
        ('"load": "loads"', '"load": "many"', "counted by 'many', which is missing from PARAMS"),
        ('"load": "loads"', '"setup": "loads"', "'setup' cannot be the name of a role"),
        ('"load": "loads"', '"a b": "loads"', "'a b' cannot be the name of a role"),
        ('"load": "loads"', '"load": 2', "not a dict of names"),
        ('{"probes": 1, "loads": 2}', '{"probes": 0, "loads": 0}', "every role has 0 members"),
        ("def load(", "def lode(", "the workload has no load"),
        ("def load(", "async def load(", ":5:1: load is defined with `async def`"),
        ("probe(item, stage)", "probe(item)", "probe takes 1 positional arguments"),
        ("probe(item, stage)", "probe(item, stage, more)", "probe requires more"),
        ("def check", "def task(item): ...\ndef check", "a group workload has task"),
    ],
)
def test_a_broken_group_is_told_with_a_cure(tmp_path, old, new, words):
    """
    Found on the syntax tree, before any member waits for one that is not there.
    """
    assert words in str(refusal(put(tmp_path, GROUP.replace(old, new, 1))))


def test_reading_runs_nothing(tmp_path):
    """
    The top level of a workload runs on targets, never in the quiet process that measures.
    """
    path = put(tmp_path, f"{LEAST}\nopen({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit\n")

    workload.read(path)

    assert not (tmp_path / "ran").exists()


BROKEN = [
    ("PARAMS", "PARAM", "the workload has no PARAMS"),
    ('{"items": 2}', "dict(items=2)", ":1:10: PARAMS is not a literal: dict(items=2)"),
    ('{"items": 2}', "[2]", "PARAMS is [2], not a dict"),
    ('{"items": 2}', '{"a b": 2}', "PARAMS has 'a b', which cannot be the name"),
    ('{"items": 2}', "{2: 2}", "PARAMS has 2, which cannot be the name"),
    ("2}", "b'2'}", "which JSON cannot carry"),
    ("2}", "1e999}", "which JSON cannot carry"),
    ("def make_items", "def make_item", "the workload has no make_items"),
    ("def check", "def _check", "the workload has no check"),
    ("def task(", "def tusk(", "the workload has neither task nor task_async"),
    ("def task(", "async def task(", ":3:1: task is defined with `async def`"),
    ("def task(", "def task_async(", ":3:1: task_async is defined with `def`"),
    ("def check", "async def check", ":4:1: check is defined with `async def`"),
    ("make_items(items)", "make_items(item)", "make_items does not take items, which is in PARAMS"),
    (
        "make_items(items)",
        "make_items(items, more)",
        "make_items requires more, which is never passed",
    ),
    ("make_items(items)", "make_items(items, *, more)", "make_items requires more"),
    ("make_items(items)", "make_items(items, /)", "make_items does not take items"),
    ("check(results, items)", "check(results)", "check does not take items"),
    ("check(results, items)", "check(items)", "check does not take items"),
    ("check(results, items)", "check(*, items)", "check takes 0 positional arguments"),
    ("task(item)", "task()", "task takes 0 positional arguments"),
    ("task(item)", "task(item, other)", "task requires other"),
    ("def task", "REQUIRES = 'numpy'\ndef task", "REQUIRES is 'numpy', not a list"),
    ("def task", "REQUIRES = ['mine']\ndef task", "the name 'mine' is one of its REQUIRES"),
    ("def task", "CPU_BOUND = 1\ndef task", "CPU_BOUND is 1, neither True nor False"),
    ("def task", "CPU_BOUND = 1 == 1\ndef task", ":3:13: CPU_BOUND is not a literal: 1 == 1"),
    ("def check", "def io_seconds(): return 1\ndef check", "io_seconds does not take items"),
    ("def check", "async def io_seconds(items): ...\ndef check", "io_seconds is defined with"),
    ("def task(item)", "def task(item", ":3:"),
]


@pytest.mark.parametrize(("old", "new", "words"), BROKEN)
def test_a_broken_contract_is_told_with_the_line_and_a_cure(tmp_path, old, new, words):
    """
    Found before any trial, and not after the first hour.
    """
    path = put(tmp_path, LEAST.replace(old, new, 1))

    error = refusal(path)

    assert words in str(error)
    assert error.where.startswith(str(path))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("my-work.py", "cannot be imported"),
        ("class.py", "cannot be imported"),
        ("work.txt", "cannot be imported"),
        ("random.py", "hides a module"),
        ("gilworker.py", "hides a module"),
        ("run.py", "hides a module"),
        ("pyperf.py", "hides a module"),
    ],
)
def test_a_file_name_that_cannot_be_imported_is_refused(tmp_path, name, words):
    """
    A workload is imported by its name in every worker, next to what the worker itself imports.
    """
    assert words in str(refusal(put(tmp_path, name=name)))


@pytest.mark.parametrize(
    "content", [b"\0", b"x = '\xff'", b"(" * 100_000, b"#" * (2 << 20), b"-" * 200_000 + b"1"]
)
def test_what_is_no_source_is_an_error_and_no_traceback(tmp_path, content):
    """
    Binary, not UTF-8, too large, too deep.
    """
    refusal(put(tmp_path, content))


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    """
    Both are common slips of the shell's completion.
    """
    (tmp_path / "folder.py").mkdir()

    assert "no such file" in str(refusal(tmp_path / "none.py"))
    assert "is a folder" in str(refusal(tmp_path / "folder.py"))


def test_the_digest_covers_the_modules_beside_it_that_it_imports(tmp_path):
    """
    Changed code never mixes with old values, wherever in the folder it was changed.
    """
    path = put(tmp_path, "import helper, json\n" + LEAST)
    put(tmp_path, "def f():\n    from pack.inner import x\n", "helper.py")
    put(tmp_path, "x = 1\n", "pack/inner.py")
    put(tmp_path, "import mine, helper\n", "pack/__init__.py")
    put(tmp_path, "x = 1\n", "unrelated.py")
    digests = [workload.read(path).digest]

    for name, text in (
        ("unrelated.py", "x = 2\n"),
        ("pack/inner.py", "x = 2\n"),
        ("pack/new.py", "x = 2\n"),
        ("helper.py", "import pack\n"),
    ):
        put(tmp_path, text, name)
        digests.append(workload.read(path).digest)

    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_a_folder_of_thousands_of_modules_is_refused(tmp_path, monkeypatch):
    """
    A digest that left some of them out would call changed code unchanged.
    """
    monkeypatch.setattr(workload_facts, "MAX_FILES", 3)
    path = put(tmp_path, "import pack\n" + LEAST)
    for number in range(5):
        put(tmp_path, "", f"pack/m{number}.py")

    assert "imports more than 3 files" in str(refusal(path))


def test_the_digest_is_the_same_in_another_folder(tmp_path):
    """
    A trial's key must not depend on where the user keeps the file.
    """
    for folder in ("a", "b"):
        put(tmp_path, "import helper\n" + LEAST, f"{folder}/mine.py")
        put(tmp_path, "x = 1\n", f"{folder}/helper.py")

    assert (
        workload.read(tmp_path / "a/mine.py").digest == workload.read(tmp_path / "b/mine.py").digest
    )


def test_a_level_is_a_name_a_label_or_a_path():
    """
    A path may hold an @, a label may follow a path.
    """
    assert workload.split("work") == ("work", None)
    assert workload.split("work@big") == ("work", "big")
    assert workload.split("/home/me@host/w.py") == ("/home/me@host/w.py", None)
    assert workload.split("/home/me@host/w.py@big") == ("/home/me@host/w.py", "big")
    assert workload.short_name("/home/me@host/w.py@big") == "w"


def test_a_workload_beside_the_experiment_comes_before_ours(tmp_path):
    """
    Own folder first, then the project's; a path is taken as it is.
    """
    ours = workload.experiments_folder() / "workloads" / "sum_squares.py"
    assert workload.find("sum_squares") == ours
    assert workload.find("sum_squares@big", tmp_path) == ours

    own = put(tmp_path, name="workloads/sum_squares.py")
    assert workload.find("sum_squares", tmp_path) == own
    assert workload.find(str(own)) == own
    assert workload.find("workloads/sum_squares.py@x", tmp_path) == own


@pytest.mark.parametrize("level", ["sum_square", "../workloads/sum_squares", "", "none.py"])
def test_a_workload_that_is_nowhere_is_an_error(tmp_path, level):
    """
    The nearest name is offered, and no name leads out of the folders.
    """
    with pytest.raises(GilscopeError) as caught:
        workload.find(level, tmp_path)

    assert level in str(caught.value)
    assert caught.value.hint


def test_an_odd_escape_in_a_workload_warns_nobody_here(tmp_path):
    """
    Its author sees the warning when it runs; a progress line must not be broken by it.
    """
    path = put(tmp_path, LEAST + 'x = "\\d"\n')
    code = "import pathlib, sys, harness.workload as w; w.read(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-W", "error", "-c", code, str(path)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""
