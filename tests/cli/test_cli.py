"""The command line as a user meets it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import synthetic
from cli_tool import COMMAND, gilscope, stored

from harness import cli

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
HERE = f"here={sys.executable}"


@pytest.fixture(autouse=True)
def _machine_of_its_own(tmp_path, monkeypatch):
    """Nothing here waits for, or is refused by, a run of somebody else on this computer."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


@pytest.fixture
def one_session(tmp_path):
    """Return a folder whose results hold one small session of the experiment ``versions``."""
    made, records = synthetic.two_cells()
    names = {"experiment": "versions"}
    made = {**made, **names}
    synthetic.write(
        tmp_path / "results", made, [{**each, **names, "pyperf": None} for each in records]
    )
    return tmp_path


def modules_after(*words, cwd) -> set[str]:
    """Return the top-level modules imported by a command, told by the interpreter itself."""
    code = (
        "import sys; sys.argv[0] = 'gilscope'; from harness.cli import cli\n"
        "try: cli(standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "print('MODULES', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", code, *map(str, words)]
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    return set(ended.stdout.splitlines()[-1].split()[1:])


def test_help_imports_nothing_heavy(tmp_path):
    """
    Who asks what there is should not wait for what it would need.
    """
    heavy = {"pandas", "numpy", "pydantic", "rich", "pyperf", "matplotlib", "scipy", "analysis"}
    assert not modules_after("--help", cwd=tmp_path) & heavy


def test_plan_imports_neither_pandas_nor_numpy(tmp_path):
    """
    A plan is text and numbers of this program's own.
    """
    words = ("plan", EXPERIMENTS / "cpu_scaling.toml", "--target", HERE)
    assert not modules_after(*words, cwd=tmp_path) & {"pandas", "numpy", "matplotlib", "pyperf"}


def test_every_command_explains_itself(tmp_path):
    """
    Each file in the folder is a command with a help text.
    """
    names = {path.stem.replace("_", "-") for path in Path(cli.__file__).parent.glob("[!_]*.py")}
    listed = gilscope("--help", cwd=tmp_path).stdout
    assert set(re.findall(r"^  ([\w-]+)  +\w", listed, re.MULTILINE)) >= names
    for name in names:
        assert gilscope(name, "--help", cwd=tmp_path).returncode == 0


MISTAKES = [
    (["rnu"], "run"),
    (["run", "--blokcs", "1"], "--blocks"),
    (["run", "nowhere.toml"], "nowhere.toml"),
    (["plan", "--target", "cpython-9.9"], "cpython-9.9"),
    (["plan", "--target", "x=/nowhere/python"], "/nowhere/python"),
    (["plan", "--only", "modle=threads"], "Did you mean 'model'?"),
    (["plan", "--only", "model=thread"], "threads"),
    (["plan", "--only", "threads"], "FACTOR=LEVEL"),
    (["run", "--workload", "nowhere.py"], "nowhere.py"),
    (["run", "--machine", "../up"], "--machine"),
    (["show", "xyz"], "not a trial id"),
    (["show", "0123456789abcdef"], "names no stored trials"),
    (["report", "--results", "empty"], "empty"),
    (["check", "nowhere.toml"], "nowhere.toml"),
    (["verify", "nowhere.toml"], "nowhere.toml"),
]


@pytest.mark.parametrize(("words", "named"), MISTAKES, ids=str)
def test_a_mistake_is_one_message_and_status_2(tmp_path, words, named):
    """
    What is wrong and what would be right; no traceback.
    """
    ended = gilscope(*words, cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr


BROKEN = {
    "an unknown key": ("[factors]", "[factors]\nmodle = 1", "demo.toml:4"),
    "an unknown model": ('"threads"', '"thread"', "threads"),
    "an unknown workload": ('"no_op"', '"noop"', "no_op"),
    "an unknown factor": ("workers = [2]", "wokers = [2]", "workers"),
    "a broken line": ("workers = [2]", "workers = [2", "demo.toml:"),
    "a target as a number": ("workers = [2]", "workers = [2]\ntarget = [3.13]", '"'),
}


@pytest.mark.parametrize(("old", "new", "named"), BROKEN.values(), ids=BROKEN)
def test_a_broken_experiment_is_told_with_its_line(tmp_path, old, new, named):
    """
    File, line, what, and the nearest right name.
    """
    text = '\nquestion = "?"\n[factors]\nworkload = ["no_op"]\nmodel = ["threads"]\nworkers = [2]\n'
    (tmp_path / "demo.toml").write_text(text.replace(old, new))
    ended = gilscope("run", "demo.toml", "--target", HERE, cwd=tmp_path)
    assert ended.returncode == 2
    assert "demo.toml:" in ended.stderr
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("results/*/*/*"))


def test_a_plan_is_one_json_document(tmp_path):
    """
    Others script against it: a version, the cells, the trials.
    """
    ended = gilscope(
        "plan", EXPERIMENTS / "cpu_scaling.toml", "--target", HERE, "--json", cwd=tmp_path
    )
    document = json.loads(ended.stdout)
    assert document["version"] == 1
    [one] = document["experiments"]
    assert one["trials"] % one["blocks"] == 0
    assert {cell["target"] for cell in one["cells"]} == {"here"}


def test_targets_are_one_json_document(tmp_path, pythons):
    """
    The twins know each other, and each model is offered or has a reason.
    """
    named = [word for name, path in pythons.items() for word in ("--target", f"{name}={path}")]
    rows = json.loads(gilscope("targets", "--json", *named, cwd=tmp_path).stdout)["targets"]
    found = {row["name"]: row for row in rows}
    assert set(pythons) <= set(found)
    for row in rows:
        assert row["models"]["sequential"] is None
        offered = row["models"]["interpreters"] is None
        assert offered or "3.14" in row["models"]["interpreters"]
    if {"cpython-3.13", "cpython-3.13t"} <= set(pythons):
        assert found["cpython-3.13"]["twin"] == "cpython-3.13t"
        assert found["cpython-3.13t"]["gil"] is False


def test_ones_own_code_runs_without_an_experiment(tmp_path):
    """
    One file with four names, anywhere: every model, then the table; pyperf reads what is stored.
    """
    source = (EXPERIMENTS / "workloads" / "sum_squares.py").read_text()
    (tmp_path / "mine.py").write_text(source)
    words = ("--target", HERE, "--blocks", 1, "--values", 2, "--machine", "m", "--quiet")
    ended = gilscope("run", "--workload", "mine.py", *words, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    for model in ("sequential", "threads", "threads-raw", "processes-fork", "asyncio-to-thread"):
        assert model in ended.stdout
    assert str(tmp_path) not in json.dumps(stored(tmp_path))
    record = next(r for r in stored(tmp_path) if r["cell"]["model"] == "threads")
    shown = gilscope("show", record["trial"], "--pyperf", cwd=tmp_path)
    (tmp_path / "raw.json").write_text(shown.stdout)
    said = subprocess.run(
        [sys.executable, "-m", "pyperf", "stats", "raw.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Total number of values: 2" in said


def test_a_report_needs_the_results_alone(tmp_path):
    """
    HTML and Markdown from stored files, the same bytes twice, no path of this computer.
    """
    words = ("--target", HERE, "--preset", "smoke", "--machine", "m", "--only", "workload=int_loop")
    ran = gilscope("run", EXPERIMENTS / "cpu_scaling.toml", *words, "--quiet", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    pages = []
    for name in ("one", "two"):
        ended = gilscope("report", "--out", name, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert "index.html" in ended.stdout
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        pages.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert pages[0] == pages[1]
    page = pages[0][Path("index.html")].decode()
    assert str(tmp_path) not in page
    assert f"{Path.home()}/" not in page
    # One interpreter with a GIL: the page says what the other kind would add.
    assert "free-threaded" in page


def test_interpreters_are_installed_by_a_command_and_a_failure_lists_other_ways(tmp_path):
    """
    Whoever installed a wheel has no Makefile; without a network the status is 2.
    """
    environ = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "UV_HTTP_RETRIES": "0"}
    environ |= {"UV_PYTHON_INSTALL_DIR": str(tmp_path / "p"), "UV_CACHE_DIR": str(tmp_path / "c")}
    environ["UV_PYTHON_INSTALL_MIRROR"] = (tmp_path / "nothing").as_uri()
    ended = gilscope("install-pythons", cwd=tmp_path, env=environ)
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith("gilscope: uv python install 3.14 3.14t: ")
    assert "pyenv install" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list((tmp_path / "p").glob("cpython-*")) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [("targets",), ("list",)], ids=lambda words: words[0])
def test_output_that_cannot_be_written_is_one_message(one_session, words):
    """
    Exit 2, why, and no traceback.
    """
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*COMMAND, *words],
            check=False,
            cwd=one_session,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert ended.returncode == 2
    said = "gilscope: standard output cannot be written: No space left on device\n"
    assert ended.stderr == said


@pytest.mark.parametrize("damage", ["missing", "damaged"])
@pytest.mark.parametrize("words", [("list",), ("export", "versions")], ids=lambda words: words[0])
def test_a_session_whose_own_file_is_lost_is_named(one_session, words, damage):
    """
    One line on stderr, as `run` and `plan` say it; nothing else changes.
    """
    [path] = one_session.glob("results/*/versions/*/session.json")
    beside = path.parent.with_name("20261123T000000Z-ffff")
    shutil.copytree(path.parent, beside)
    if damage == "missing":
        (beside / "session.json").unlink()
    else:
        (beside / "session.json").write_text("{")

    ended = gilscope(*words, cwd=one_session)

    assert ended.returncode == (
        0 if words[0] == "list" else 2
    )  # of these no pyperf suite is stored
    [line] = [line for line in ended.stderr.splitlines() if "damaged" in line]
    assert line.startswith("note: left out, damaged: ")
    assert f"{beside.name}/session.json" in line
