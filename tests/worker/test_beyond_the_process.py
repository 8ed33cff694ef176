"""Workloads of ours that start a process, compile an extension or need the system's leave."""

import subprocess
from pathlib import Path

import pytest
from trials import RUN, Worker

OURS = Path(__file__).parents[2] / "experiments" / "workloads"


@pytest.mark.parametrize(("declared", "asked"), [(False, None), (False, False), (True, False)])
def test_an_undeclared_extension_turns_the_gil_on_and_a_declared_one_does_not(
    worker, declared, asked
):
    """
    Where nothing is asked for it is data, else an error that names the extension; on builds that
    have a GIL anyway, and where none can be compiled, nothing happens.
    """
    params = {"items": 4, "iterations": 1_000, "declared": declared}
    build = worker.trial(OURS / "no_op.py", {"items": 2})["state"]["end"]
    gil = build["gil"] if asked is not None else None
    answer = worker.trial(OURS / "needs_gil.py", params, model="threads", gil=gil)
    if answer["status"] == "skipped":
        assert "Python.h" in answer["reason"] or "compile" in answer["reason"]
        return
    turned_on = not declared and build["gil"] is False
    assert answer["state"]["end"]["gil"] is (turned_on or build["gil"])
    if turned_on and asked is not None:
        assert answer["status"] == "error"
        assert "gilscope_needs_gil" in answer["reason"]
    else:
        assert answer["status"] == "ok"


@pytest.mark.parametrize("name", ["echo", "fan_out"])
@pytest.mark.parametrize("model", ["threads", "asyncio", "processes-fork"])
def test_the_other_side_of_a_connection_ends_with_the_trial(any_worker, name, model):
    """
    It shares the trial's standard error: were it alive, waiting for that to end would not.
    """
    answer = any_worker.trial(OURS / f"{name}.py", {"items": 4}, model=model)
    assert answer["status"] == "ok"


@pytest.mark.parametrize("name", ["echo", "fan_out"])
def test_the_other_side_of_a_connection_ends_when_it_is_left_alone(pythons, name):
    """
    A trial that was killed cannot say good-bye; what it held open closes all the same.
    """
    command = [str(min(pythons.values())), str(OURS / f"{name}.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip().isdigit()
        process.stdin.close()
        assert process.wait(20) == 0


def test_connections_that_no_limit_allows_are_skipped(any_worker, tmp_path):
    """
    What cannot be opened is said before the clock, and not as an error of some connection.
    """
    script = tmp_path / "limited.py"
    script.write_text(
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 128))\n"
        f"sys.path.insert(0, {str(RUN.parent)!r})\n"
        f"runpy.run_path({str(RUN)!r}, run_name='__main__')\n"
    )
    limited = Worker(any_worker.environment, tmp_path, script)
    answer = limited.trial(OURS / "fan_out.py", {"items": 100})
    assert answer["status"] == "skipped"
    assert answer["reason"] == "needs 164 open files, of which 128 are allowed"
    assert limited.trial(OURS / "fan_out.py", {"items": 20})["status"] == "ok"
