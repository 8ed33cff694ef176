"""What a user asks for is measured, or the run says why not: named interpreters, names, endings."""

import json
import sys
from pathlib import Path

import pytest
from cli_tool import FAULTS, gilscope, stored

from harness.storage import store

HERE = ("--target", f"here={sys.executable}")
SHORT = ("--machine", "m", "--blocks", 1, "--values", 1)
EXPERIMENT = """
question = "Does it run?"
[factors]
workload = ["{workload}"]
model = ["sequential", "threads"]
workers = [2]
[[claims]]
id = "runs"
text = "Threads are not a thousand times faster."
where = {{ model = "threads" }}
metric = "speedup"
expect = {{ at_most = 1000 }}
"""


@pytest.fixture(autouse=True)
def _machine_of_its_own(tmp_path, monkeypatch):
    """Nothing here waits for, or is refused by, a run of somebody else on this computer."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


def work(folder: Path, name: str, head: str = "") -> Path:
    """Write a workload that squares numbers, after ``head``."""
    path = folder / f"{name}.py"
    path.write_text(head + "\n" + (FAULTS / "sound.py").read_text())
    return path


def definition(folder: Path, name: str, workload: str = "sound") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(EXPERIMENT.format(workload=workload))
    return path


def test_every_interpreter_that_is_named_is_measured(tmp_path, pythons):
    """
    Three names, two of them for one executable: three targets, under one's own code and under an
    experiment whose own word would choose among them.
    """
    other = next(iter(pythons.values()))
    named = {"left": sys.executable, "right": sys.executable, "third": str(other)}
    words = [word for name, path in named.items() for word in ("--target", f"{name}={path}")]
    words += [*SHORT, "--only", "model=sequential", "--quiet"]
    work(tmp_path, "mine")
    (tmp_path / "workloads").mkdir()
    work(tmp_path / "workloads", "sound")
    path = definition(tmp_path, "demo")
    path.write_text(path.read_text().replace("workers =", 'target = ["twins"]\nworkers ='))
    for asked in (("--workload", "mine.py"), ("demo.toml",)):
        ended = gilscope("run", *asked, *words, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
    for experiment in ("mine@own", "demo"):
        found = {
            (record["cell"]["target"], record["status"])
            for record in stored(tmp_path)
            if record["experiment"] == experiment and record["control"] is None
        }
        assert found == {(name, "ok") for name in named}


def test_a_name_that_an_experiment_excludes_is_a_line(tmp_path):
    """
    Its own levels are names: what else is named is not measured, and the line says which it asks.
    """
    (tmp_path / "workloads").mkdir()
    work(tmp_path / "workloads", "sound")
    path = definition(tmp_path, "demo")
    path.write_text(path.read_text().replace("workers =", 'target = ["here"]\nworkers ='))
    words = (*HERE, "--target", f"there={sys.executable}")
    ended = gilscope("plan", "demo.toml", *words, cwd=tmp_path)
    assert ended.returncode == 0
    assert "demo: not measured on there: it asks for here" in ended.stderr
    ended = gilscope("plan", "demo.toml", "--target", f"there={sys.executable}", cwd=tmp_path)
    assert ended.returncode == 2
    assert "nothing can be measured here" in ended.stderr


def test_what_is_found_and_not_measured_is_one_line(tmp_path):
    """
    So many found, so many measured, which, and how to name others; silent where all are.
    """
    work(tmp_path, "mine")
    ended = gilscope("plan", "--workload", "mine.py", "--json", cwd=tmp_path)
    cells = json.loads(ended.stdout)["experiments"][0]["cells"]
    measured = {cell["target"] for cell in cells}
    listed = json.loads(gilscope("targets", "--json", cwd=tmp_path).stdout)["targets"]
    lines = [line for line in ended.stderr.splitlines() if "found" in line]
    if len(listed) == len(measured):
        assert lines == []
    else:
        [line] = lines
        assert f"{len(listed)} found, {len(measured)} measured" in line
        assert all(name in line for name in measured)
        assert "--target" in line


CANNOT = {
    "a missing module": ("import jsn", "No module named 'jsn'", "empty folder"),
    "a missing variable": ("import os; os.environ['MY_SIZE']", "'MY_SIZE'", "shell's variables"),
    "a file beside the caller": ("open('data.csv')", "data.csv", "Path(__file__)"),
    "an exit": ("import sys; sys.exit(2)", "sys.exit(2)", "command line"),
    "an end without an answer": (
        "import os, sys; print('gone', file=sys.stderr, flush=True); os._exit(3)",
        "status 3: gone",
        "empty folder",
    ),
    "a requirement nobody has": ("REQUIRES = ['pyperf==0.0.0']", "pyperf==0.0.0", "REQUIRES"),
}


@pytest.mark.parametrize(("head", "cause", "cure"), CANNOT.values(), ids=CANNOT)
def test_where_nothing_can_run_the_user_is_told_once_and_the_status_is_2(
    tmp_path, head, cause, cure
):
    """
    Where, what the interpreter said, and the cure; nothing is stored, and `plan` says the same.
    """
    work(tmp_path, "mine", head)
    ended = gilscope("run", "--workload", "mine.py", *HERE, *SHORT, cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert "mine.py: nothing can be measured here: " in ended.stderr
    assert ended.stderr.count("nothing can be measured here") == 1
    assert cause in ended.stderr
    assert cure in ended.stderr
    assert "Traceback" not in ended.stderr
    assert stored(tmp_path) == []
    if "REQUIRES" not in head:
        planned = gilscope("plan", "--workload", "mine.py", *HERE, cwd=tmp_path)
        assert planned.returncode == 2
        assert cause in planned.stderr
    # What was missing is asked for again: nothing needs to change in the file.
    (tmp_path / "jsn.py").touch()
    again = gilscope("run", "--workload", "mine.py", *HERE, *SHORT, "--quiet", cwd=tmp_path)
    assert again.returncode == (0 if "jsn" in head else 2)


def test_of_several_the_one_that_cannot_run_is_a_line_and_the_others_run(tmp_path):
    """
    Its cells are records with the reason; a workload that ends its process takes no other along.
    """
    (tmp_path / "workloads").mkdir()
    work(tmp_path / "workloads", "sound")
    work(tmp_path / "workloads", "ends", "import os; os._exit(3)")
    definition(tmp_path, "good")
    definition(tmp_path, "bad", "ends")
    ended = gilscope("run", "good.toml", "bad.toml", *HERE, *SHORT, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("bad: nothing can be measured here: ") == 1
    assert "skipped 2 cells (ends): " in ended.stderr
    by_experiment = {
        name: {r["status"] for r in stored(tmp_path) if r["experiment"] == name}
        for name in ("good", "bad")
    }
    assert by_experiment == {"good": {"ok"}, "bad": {"skipped"}}


def test_a_reason_for_many_trials_is_said_once(tmp_path):
    """
    When it comes up and at the end, with the number of trials; the log only points back to it.
    """
    (tmp_path / "workloads").mkdir()
    (tmp_path / "workloads" / "sound.py").write_text((FAULTS / "raises.py").read_text())
    definition(tmp_path, "demo")
    words = (*HERE, "--machine", "m", "--blocks", 2, "--values", 1)
    ended = gilscope("run", "demo.toml", *words, cwd=tmp_path)
    assert ended.returncode == 1, ended.stderr
    reasons = {r["reason"] for r in stored(tmp_path) if r["status"] == "error"}
    for reason in reasons:
        assert ended.stderr.count(reason) == 2
    assert "4 trials, as " in ended.stderr


def test_ones_own_file_shares_no_results_with_an_experiment_of_its_name(tmp_path):
    """
    Whatever it is called: its sessions lie apart and say so, and no experiment file can be there.
    """
    work(tmp_path, "cpu_scaling")
    words = (*HERE, *SHORT, "--only", "model=sequential", "--quiet")
    ended = gilscope("run", "--workload", "cpu_scaling.py", *words, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    [session] = store.sessions(tmp_path / "results")
    assert session.experiment == "cpu_scaling@own"
    assert session.data["own"] is True
    listed = gilscope("list", "cpu_scaling@own", cwd=tmp_path)
    assert "cpu_scaling/sequential/1 here" in listed.stdout
    definition(tmp_path, "cpu_scaling@own")
    ended = gilscope("run", "cpu_scaling@own.toml", *words, cwd=tmp_path)
    assert ended.returncode == 2
    assert "cannot contain `@`" in ended.stderr


def planned(*words, cwd) -> dict[str, int]:
    """Return the experiments of a plan with their trials."""
    ended = gilscope("plan", *words, *HERE, "--json", cwd=cwd)
    assert ended.returncode == 0, ended.stderr
    return {one["experiment"]: one["trials"] for one in json.loads(ended.stdout)["experiments"]}


def test_without_a_file_the_core_is_meant(tmp_path):
    """
    As `make run-experiments` has it, and not everything there is for hours.
    """
    core = planned("--preset", "core", cwd=tmp_path)
    assert planned(cwd=tmp_path) == core
    assert set(planned("--preset", "full", cwd=tmp_path)) > set(core)


def test_an_experiment_of_ours_goes_by_its_name_from_anywhere(tmp_path):
    """
    As the file does; a file in the way of the name is the file; a near miss names the nearest.
    """
    assert set(planned("waiting", cwd=tmp_path)) == {"waiting"}
    assert set(planned("samples/00_threading_tutorial", cwd=tmp_path)) == {"00_threading_tutorial"}
    for command in ("plan", "run", "verify"):
        ended = gilscope(command, "convoi", cwd=tmp_path)
        assert ended.returncode == 2
        assert "did you mean 'convoy'?" in ended.stderr


def test_the_end_of_a_run_shows_its_table_and_the_next_command(tmp_path):
    """
    Of one experiment every model, of several the fastest of each; of this run alone.
    """
    (tmp_path / "workloads").mkdir()
    work(tmp_path / "workloads", "sound")
    definition(tmp_path, "one")
    definition(tmp_path, "two")
    ended = gilscope("run", "one.toml", *HERE, *SHORT, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "sound on here" in ended.stdout
    assert "\n  threads " in ended.stdout
    assert "gilscope report" in ended.stdout
    assert "gilscope verify one.toml" in ended.stdout
    ended = gilscope("run", "one.toml", "two.toml", *HERE, *SHORT, "--fresh", cwd=tmp_path)
    assert ended.stdout.count("  sound on here: ") == 2
    assert "gilscope verify EXPERIMENT" in ended.stdout
    assert len(ended.stdout.splitlines()) < 25


def test_nothing_is_said_of_the_time_of_work_that_never_ran(tmp_path):
    """
    And once it ran, what it took then is said.
    """
    work(tmp_path, "mine")
    words = ("--workload", "mine.py", *HERE, *SHORT, "--only", "model=sequential")
    first = gilscope("run", *words, cwd=tmp_path)
    assert "trials, time not known before each workload has run" in first.stderr
    again = gilscope("run", *words, "--fresh", cwd=tmp_path)
    assert "trials, about " in again.stderr
    plan = gilscope("plan", *words, cwd=tmp_path)
    assert "trials in all, about " in plan.stdout
    longer = [50 if word == 1 else word for word in words]
    plan = gilscope("plan", *longer, cwd=tmp_path)
    assert "trials in all, time not known" in plan.stdout


def test_work_that_fails_under_every_model_is_not_repeated_for_every_block(tmp_path):
    """
    A file that the trial's folder does not have: one block, the reason when it comes up and at the
    end, status 2 since nothing began; a second run measures nothing more.
    """
    path = work(tmp_path, "reads")
    path.write_text(path.read_text().replace("    return ", "    open('data.txt')\n    return ", 1))
    words = ("run", "--workload", "reads.py", *HERE, "--machine", "m", "--blocks", 3)
    ended = gilscope(*words, cwd=tmp_path)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert (ended.stdout + ended.stderr).count("No such file or directory: 'data.txt'") == 2
    assert "empty folder" in ended.stderr
    records = stored(tmp_path)
    assert {record["block"] for record in records if record["status"] == "error"} == {0}
    again = gilscope(*words, cwd=tmp_path)
    assert again.returncode == 1
    assert len(stored(tmp_path)) == len(records)
