"""A program is run to its end and nothing of it stays alive."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from harness.process import supervisor, tree
from harness.process.outcome import KEPT

pytestmark = pytest.mark.skipif(not supervisor.LINUX, reason="reads /proc")


def run(code, tmp_path, timeout=20.0, marker="test-marker"):
    environ = {"PATH": os.defpath, tree.MARKER: marker}
    command = [sys.executable, "-c", code]
    return supervisor.run(command, environ=environ, folder=tmp_path, timeout=timeout)


def alive(path: Path) -> list[int]:
    """The pids written to a file, one a line, that still run."""
    pids = [int(line) for line in path.read_text().split()] if path.exists() else []
    return [pid for pid in pids if (tree.stat_fields(pid) or ["X"])[0] not in tree.DEAD]


# Every way we know for a child to slip away from a kill of the process group.
ESCAPES = {
    "ignores SIGTERM": "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "a session of its own": "os.setsid()",
    "a session, its parent gone": "os.setsid()\nif os.fork(): os._exit(0)",
    "no marker, a session, its parent gone": (
        "os.setsid()\nif os.fork(): os._exit(0)\n"
        "words = [sys.executable, *sys.orig_argv[1:3], 'again']\n"
        "if 'again' not in sys.argv: os.execve(sys.executable, words, {})"
    ),
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize("parent", ["hangs", "ends"])
def test_no_descendant_survives(tmp_path, escape, parent):
    """
    Whether the program is killed at its deadline or ends by itself, what it forked is gone.
    """
    code = f"""
import os, signal, sys, time
pids = os.path.join({str(tmp_path)!r}, "pids")
if "again" in sys.argv or os.fork() == 0:
    if "again" not in sys.argv:
        {escape.replace(chr(10), chr(10) + "        ")}
    with open(pids, "a") as out:
        out.write(str(os.getpid()) + chr(10))
    time.sleep(600)
while not os.path.exists(pids) or not os.path.getsize(pids):
    time.sleep(0.01)
time.sleep({600 if parent == "hangs" else 0})
"""
    outcome = run(code, tmp_path, timeout=3.0 if parent == "hangs" else 20.0)
    assert outcome.timed_out == (parent == "hangs")
    assert (tmp_path / "pids").read_text().strip()
    assert alive(tmp_path / "pids") == []
    assert bool(outcome.left) == (parent == "ends")


def test_children_that_fork_children_are_all_killed(tmp_path):
    """
    Fifty in all, each in a session of its own and deaf to SIGTERM, some of them born meanwhile.
    """
    code = f"""
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
read, write = os.pipe()
os.write(write, b"x" * 50)
os.set_blocking(read, False)
while True:
    try:
        os.read(read, 1)
    except BlockingIOError:
        time.sleep(600)
    if os.fork() == 0:
        os.setsid()
        with open({str(tmp_path / "pids")!r}, "a") as out:
            out.write(str(os.getpid()) + chr(10))
    time.sleep(0.05)
"""
    outcome = run(code, tmp_path, timeout=1.0)
    assert outcome.timed_out
    assert (tmp_path / "pids").read_text().strip()
    assert alive(tmp_path / "pids") == []


def test_all_are_stopped_before_the_first_is_killed(monkeypatch):
    """
    What is stopped forks no more while the others are killed.
    """
    sent = []
    found = [{11, 12}, {13}, set()]
    monkeypatch.setattr(tree, "family", lambda *_: found.pop(0))
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((number, pid)))
    monkeypatch.setattr(supervisor, "_reap", lambda *_, **__: None)

    assert supervisor.kill_all(None, marker="x") == 3

    stop, kill = signal.SIGSTOP, signal.SIGKILL
    assert sent == [(stop, 11), (stop, 12), (kill, 11), (kill, 12), (stop, 13), (kill, 13)]


def test_what_cannot_be_killed_is_a_problem_of_few_words(tmp_path, monkeypatch):
    """
    Five of them are named; how the program itself ended is kept.
    """
    real = tree.family
    stuck = {2**22 + each for each in range(7)}
    monkeypatch.setattr(tree, "family", lambda *each: real(*each) | stuck)
    monkeypatch.setattr(supervisor, "_KILL_PATIENCE", 0.1)
    monkeypatch.setattr(supervisor, "GRACE", 0.1)

    with pytest.raises(supervisor.Survivors) as caught:
        run("print('said')", tmp_path)

    first = ", ".join(map(str, sorted(stuck)[:5]))
    assert caught.value.what.endswith(
        f"7 processes that a trial started cannot be killed: {first}, ..."
    )
    assert caught.value.outcome.stdout.text == "said\n"


def test_how_it_ended_is_told(tmp_path):
    """
    Exit status, signal and both streams come back.
    """
    said = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (said.code, said.signal, said.stdout.text, said.stderr.text) == (
        3,
        None,
        "out\n",
        "err\n",
    )
    killed = run("import os; os.kill(os.getpid(), 11)", tmp_path)
    assert (killed.code, killed.signal) == (None, 11)


def test_the_standard_input_is_empty(tmp_path):
    """
    A program that asks for input gets its end at once instead of waiting for a person.
    """
    assert run("import sys; print(len(sys.stdin.read()))", tmp_path).stdout.text == "0\n"


def test_a_flood_is_stopped_and_its_ends_are_kept(tmp_path):
    """
    A program that prints without end is killed long before its deadline; first and last stay.
    """
    outcome = run("print('first')\nwhile True: print('x' * 1000)", tmp_path, timeout=60)
    assert outcome.flooded
    assert not outcome.timed_out
    assert outcome.stdout.text.startswith("first\n")
    assert "bytes left out" in outcome.stdout.text
    assert len(outcome.stdout.text) < 3 * KEPT


def test_children_from_before_are_spared(tmp_path):
    """
    What the orchestrator had started before the trial is not part of it.
    """
    import subprocess

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as bystander:
        run("pass", tmp_path)
        assert bystander.poll() is None
        bystander.kill()


def test_it_dies_with_the_orchestrator(tmp_path):
    """
    After kill -9 of the parent the program itself is gone at once, by the kernel's hand.
    """
    import subprocess

    pids = tmp_path / "pids"
    inner = f"import os, time; open({str(pids)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    outer = (
        "import sys; from pathlib import Path; from harness.process import supervisor as process\n"
        f"words = [sys.executable, '-c', {inner!r}]\n"
        "process.run(words, environ={}, folder=Path('.'), timeout=600)"
    )
    with subprocess.Popen([sys.executable, "-c", outer], cwd=tmp_path) as orchestrator:
        while not pids.exists() or not pids.read_text():
            time.sleep(0.01)
        orchestrator.kill()
    deadline = time.monotonic() + 10
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert alive(pids) == []
