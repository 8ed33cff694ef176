"""The diagnostic pass: watched from outside, and never mistaken for a timing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_tool import gilscope, stored

import harness
from harness.execution import diagnose
from harness.storage import store

EXPERIMENT = """
question = "How long is the GIL held?"
[factors]
workload = ["duty_cycle@third"]
model = ["threads", "processes-spawn"]
workers = [2]
[params.duty_cycle]
items = 2
rounds = 60
held = 0.002
free = 0.010
[design]
blocks = 6
values = 2
warmups = 0
"""
SAMPLER = Path(harness.__file__).parent / "execution" / "sampler.py"
WORKLOAD = Path(harness.__file__).parents[1] / "experiments/selftest/workloads/duty_cycle.py"


@pytest.fixture(autouse=True)
def _machine_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.mark.alone
def test_the_share_seen_is_the_share_a_c_function_holds(tmp_path):
    """
    Beside it the memory of the whole tree: two spawned workers are more than one process. Both
    are in records of their own kind, in a session of its own, whose times nobody compares.
    """
    (tmp_path / "workloads").mkdir()
    (tmp_path / "workloads/duty_cycle.py").write_text(WORKLOAD.read_text())
    path = tmp_path / "demo.toml"
    path.write_text(EXPERIMENT)
    words = ("--target", f"here={sys.executable}", "--machine", "m", "--blocks", "1")
    ended = gilscope("run", path, "--diagnose", *words, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "GIL held" in ended.stderr
    records = stored(tmp_path)
    assert {record["control"] for record in records} == {"diagnostic"}
    (session,) = store.sessions(tmp_path / "results")
    assert session.data["pass"] == "diagnostic"
    for record in records:
        seen = record["response"]["diagnostic"]
        memory = seen["memory"]
        assert memory["open"]["pss"] >= memory["open"]["uss"] > 0
        if record["cell"]["model"] == "threads":
            duty = sum(v["observed"]["duty"] for v in record["response"]["values"]) / 2
            assert seen["held"]["share"] == pytest.approx(duty, abs=0.1)
            assert memory["open"]["processes"] == 1
            strip = seen["held"]["strip"]
            assert strip["microseconds"] == sorted(strip["microseconds"])
            assert len(strip["microseconds"]) == len(strip["holders"]) <= 400
            # Both threads, now and then nobody, and hardly anyone else.
            assert {0, 1, 2} <= set(strip["holders"]) <= {0, 1, 2, 3}
            mine = sum(holder > 0 for holder in strip["holders"]) / len(strip["holders"])
            assert mine == pytest.approx(duty, abs=0.2)
        else:
            assert seen["held"] is None
            assert "no GIL here that all workers share" in seen["unavailable"]["held"]
            assert memory["open"]["processes"] >= 3
            assert memory["open"]["pss"] > memory["before"]["pss"]
    again = gilscope("run", path, "--diagnose", *words, cwd=tmp_path)
    assert "Nothing to do" in again.stdout
    timed = gilscope("run", path, *words, cwd=tmp_path)
    assert timed.returncode == 0, timed.stderr
    assert len(list(store.sessions(tmp_path / "results"))) == 2


def sampled(folder: Path, code: str) -> tuple[subprocess.CompletedProcess[str], dict | None]:
    """Run a Python program under the sampler; return how it ended and what was seen."""
    command = diagnose.watched(Path(sys.executable), folder, [sys.executable, "-c", code])
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    return ended, diagnose.answer(folder, 1)


def test_the_sampler_ends_as_its_program_does(tmp_path):
    """
    The record says how a trial ended, and the sampler must not stand before it.
    """
    ended, seen = sampled(tmp_path, "import sys; print('said'); sys.exit(3)")
    assert (ended.returncode, ended.stdout) == (3, "said\n")
    assert seen is not None
    assert seen["held"] is None
    assert set(seen["unavailable"]) == {"held", "memory"}
    killed, _ = sampled(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert killed.returncode == -9


def test_a_process_that_may_not_be_read_gives_a_reason(tmp_path):
    """
    Where reading another process's memory is forbidden, that is said, and the trial goes on.
    """
    code = (
        "import mmap, struct, time, sys\n"
        f"file = open({str(diagnose.mailbox(tmp_path))!r}, 'r+b')\n"
        "memory = mmap.mmap(file.fileno(), 24)\n"
        "memory[8:24] = struct.pack('<QQ', 4096, 2**22 + 1)\n"  # no process has this id
        "for phase in (1, 2, 3):\n"
        "    memory[0] = phase\n"
        "    while memory[1] != phase: time.sleep(0.001)\n"
    )
    ended, seen = sampled(tmp_path, code)
    assert ended.returncode == 0, ended.stderr
    assert seen is not None
    assert "/proc/PID/mem cannot be read" in seen["unavailable"]["held"]
    assert "smaps_rollup cannot be read" in seen["unavailable"]["memory"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_no_privilege_is_needed_to_watch_an_own_child(tmp_path):
    """
    An ordinary user may read the memory of a process it started.
    """
    made_here = [path for path in tmp_path.parents if path.name.startswith(("pytest-", "popen-"))]
    for path in (tmp_path, *made_here):
        path.chmod(0o755)
    script = tmp_path / "reads.py"
    script.write_text(
        "import json, os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "maps = open(f'/proc/{child.pid}/maps').readline()\n"
        "memory = os.open(f'/proc/{child.pid}/mem', os.O_RDONLY)\n"
        "print(len(os.pread(memory, 4, int(maps.partition('-')[0], 16))))\n"
        "child.communicate()\n"
    )
    python = "/usr/bin/python3"
    if not Path(python).exists():
        pytest.skip("no interpreter that everybody may start")
    text = subprocess.run(
        [python, script], check=True, capture_output=True, text=True, user=65534, group=65534
    ).stdout
    assert text == "4\n"


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "x" * 2_000_000])
def test_an_answer_of_the_sampler_that_is_none_is_not_believed(tmp_path, content):
    """
    A killed sampler leaves nothing or half of it.
    """
    (tmp_path / "sampled.json").write_text(content)
    assert diagnose.answer(tmp_path, 2) is None
    (tmp_path / "sampled.json").write_text(json.dumps({"memory": {}, "held": None}))
    assert diagnose.answer(tmp_path, 2) == {"memory": {"workers": 2}, "held": None}
