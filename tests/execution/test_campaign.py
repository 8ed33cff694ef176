"""Whole runs on real interpreters: resume, kill, faults, two at once."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_tool import FAULTS, gilscope, marked_alive, start, stored

from harness.storage import store

HERE = f"here={sys.executable}"
EXPERIMENT = """
question = "Does it run?"
[factors]
workload = ["sound"]
model = ["sequential", "threads"]
workers = [2]
[design]
blocks = {blocks}
values = 2
timeout = {timeout}
"""


@pytest.fixture(scope="module", autouse=True)
def _machine_of_its_own(tmp_path_factory):
    """Nothing here waits for, or is refused by, a run of somebody else on this computer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        # Trials work in here: what still runs in it is theirs, whoever else measures.
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("t")))
        yield


def write(folder: Path, *, blocks=2, timeout=30, source="sound") -> Path:
    """Put an experiment and its workload ``sound`` (or a fault under that name) into a folder."""
    (folder / "workloads").mkdir(exist_ok=True)
    (folder / "workloads" / "sound.py").write_text((FAULTS / f"{source}.py").read_text())
    path = folder / "demo.toml"
    path.write_text(EXPERIMENT.format(blocks=blocks, timeout=timeout))
    return path


def run(folder: Path, *words):
    return gilscope(
        "run", folder / "demo.toml", "--target", HERE, "--machine", "m", *words, cwd=folder
    )


def slots(records) -> Counter:
    return Counter((r["block"], r["cell"]["key"], r["control"]) for r in records)


def test_a_run_measures_every_cell_of_every_block_with_its_controls(tmp_path):
    """
    Two cells, two A/A trials and a canary, in two blocks; then there is nothing left to do.
    """
    write(tmp_path)
    first = run(tmp_path)
    assert first.returncode == 0, first.stderr
    records = stored(tmp_path)
    assert Counter(r["status"] for r in records) == {"ok": 10}
    assert Counter(r["control"] for r in records) == {None: 4, "a/a": 4, "canary": 2}
    for record in records:
        if record["control"] != "canary":
            timed = [v for v in record["response"]["values"] if not v["warmup"]]
            assert len(timed) == 2
            [benchmark] = record["pyperf"]["benchmarks"]
            assert benchmark["runs"][0]["values"] == pytest.approx([v["seconds"] for v in timed])
    assert "spent: timed" in first.stderr
    again = run(tmp_path)
    assert again.returncode == 0
    assert "Nothing to do" in again.stdout
    assert len(stored(tmp_path)) == 10


def test_a_record_names_nobody(tmp_path):
    """
    No home folder, no host name, no path of this project or of the trial's own folder.
    """
    write(tmp_path, blocks=1)
    run(tmp_path)
    text = json.dumps(stored(tmp_path))
    assert str(Path.home()) + "/" not in text
    assert str(Path(store.__file__).parent) not in text
    assert '"hostname": "m"' in text
    assert "/gilscope-" not in text


def test_kill_9_costs_at_most_the_trial_in_flight(tmp_path):
    """
    The orchestrator is killed in mid-trial; the next run ends the orphan and does the rest.
    """
    write(tmp_path, blocks=2, timeout=60)
    slow = tmp_path / "workloads" / "sound.py"
    slow.write_text(
        slow.read_text().replace("return item", "import time; time.sleep(0.1); return item")
    )
    first = start("run", "demo.toml", "--target", HERE, "--machine", "m", cwd=tmp_path)
    with first:
        while len(done := stored(tmp_path)) < 4 and first.poll() is None:
            time.sleep(0.02)
        while not marked_alive() and first.poll() is None:
            time.sleep(0.005)
        first.send_signal(signal.SIGKILL)
    before = {record["trial"] for record in stored(tmp_path)}
    assert len(done) <= len(before) < 10
    second = run(tmp_path)
    assert second.returncode == 0, second.stderr
    records = stored(tmp_path)
    assert before <= {record["trial"] for record in records}
    assert set(slots(records).values()) == {1}
    assert len(records) == 10
    assert len(list(store.sessions(tmp_path / "results"))) == 1
    assert marked_alive() == []


def test_an_orphan_that_outlived_its_orchestrator_is_ended_first(tmp_path):
    """
    A pool's child does not die with the worker; the next run finds it by the lock and its mark.
    """
    write(tmp_path, blocks=1, timeout=600, source="hangs")
    (tmp_path / "demo.toml").write_text(
        EXPERIMENT.format(blocks=1, timeout=600).replace('"threads"', '"processes-fork"')
    )
    began = tmp_path / "began"
    source = tmp_path / "workloads" / "sound.py"
    told = f"    open({str(began)!r}, 'w').close()\n    while True:"
    source.write_text(source.read_text().replace("    while True:", told))
    words = ("--target", HERE, "--machine", "m", "--only", "model=processes-fork")
    with start("run", "demo.toml", *words, cwd=tmp_path) as first:
        while not began.exists() and first.poll() is None:
            time.sleep(0.01)
        first.kill()
    deadline = time.monotonic() + 5
    while len(left := marked_alive()) > 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left, "the pool's children should have outlived the orchestrator"
    write(tmp_path, blocks=1)
    second = run(tmp_path)
    assert "leftover processes of a killed run" in second.stderr
    assert marked_alive() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_it_has(tmp_path, number):
    """
    Ctrl-C and SIGTERM end with 130; no process of the trial in flight is left.
    """
    write(tmp_path, blocks=1, timeout=600, source="hangs")
    with start("run", "demo.toml", "--target", HERE, "--machine", "m", cwd=tmp_path) as first:
        while not marked_alive() and first.poll() is None:
            time.sleep(0.01)
        first.send_signal(number)
        said = first.communicate()[0]
    assert first.returncode == 130
    assert "results so far are safe" in said
    assert marked_alive() == []


def test_two_runs_at_once_would_measure_each_other(tmp_path):
    """
    The second is refused at once, with status 2 and the first one's pid.
    """
    write(tmp_path, blocks=1, timeout=600, source="hangs")
    with start("run", "demo.toml", "--target", HERE, "--machine", "m", cwd=tmp_path) as first:
        while not marked_alive() and first.poll() is None:
            time.sleep(0.01)
        second = run(tmp_path, "--results", tmp_path / "elsewhere")
        first.send_signal(signal.SIGINT)
        first.communicate()
    assert second.returncode == 2
    assert f"pid {first.pid}" in second.stderr


FAULTY = [
    ("raises", "sequential", "error", "ValueError: item 0 is bad"),
    ("raises", "processes-spawn", "error", "ValueError: item 0 is bad"),
    ("hangs", "threads", "timeout", "no end after 4 s"),
    ("segfaults", "sequential", "error", "killed by SIGSEGV"),
    ("segfaults", "processes-fork", "error", "a worker process was killed by signal 11"),
    ("exits", "sequential", "error", "sys.exit"),
    ("exits", "threads", "error", "sys.exit"),
    ("vanishes", "sequential", "error", "exit status 7"),
    ("vanishes", "processes-spawn", "error", "a worker process ended with exit status 7"),
    ("floods", "sequential", "error", "more than the 1 048 576"),
    ("forks", "sequential", "error", "left running"),
    ("wrong_in_threads", "threads", "wrong", "got [1, 2, 5, 10]"),
    ("unpicklable", "processes-spawn", "error", "a Square stays where it is"),
]


ENDLESS = ("processes-fork", "processes-forkserver", "processes-spawn")


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """One run of every fault, each under the models it is asked under; (ended, records)."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "workloads").mkdir()
    for source in FAULTS.glob("*.py"):
        (folder / "workloads" / source.name).write_text(source.read_text())
    wanted = {(fault, model) for fault, model, _, _ in FAULTY} | {("hangs", m) for m in ENDLESS}
    wanted |= {("wrong_in_threads", "sequential"), ("wrong_in_threads", "processes-fork")}
    names = sorted({fault for fault, _ in wanted})
    models = sorted({model for _, model in wanted})
    lines = ['question = "Is each fault a record?"', "[factors]"]
    lines += [f"workload = {json.dumps(names)}", f"model = {json.dumps(models)}", "workers = [2]"]
    lines += ["[design]", "blocks = 1", "values = 1", "timeout = 30"]
    lines += ["[[override]]", 'where = { workload = "hangs" }', "timeout = 4"]
    for fault in names:
        unwanted = [model for model in models if (fault, model) not in wanted]
        if unwanted:
            lines += ["[[exclude]]", f'workload = "{fault}"', f"model = {json.dumps(unwanted)}"]
    (folder / "demo.toml").write_text("\n".join(lines))
    ended = gilscope("run", "demo.toml", "--target", HERE, "--machine", "m", cwd=folder)
    return ended, stored(folder), marked_alive()


def cell_record(records, fault, model):
    [found] = [
        r
        for r in records
        if (r["cell"]["workload"], r["cell"]["model"], r["control"]) == (fault, model, None)
    ]
    return found


@pytest.mark.parametrize(("fault", "model", "status", "cause"), FAULTY)
def test_a_fault_is_a_record_that_names_its_cause(faults, fault, model, status, cause):
    """
    The run goes on to its end and tells the cause without a traceback.
    """
    ended, records, _ = faults
    record = cell_record(records, fault, model)
    assert record["status"] == status
    assert cause in record["reason"]
    assert cause in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_run_with_faults_ends_with_status_1_and_leaves_nothing_alive(faults):
    """
    The last trial was measured after all of the faults, and its canary too.
    """
    ended, records, alive = faults
    assert ended.returncode == 1
    assert [r["status"] for r in records if r["control"] == "canary"] == ["ok"]
    assert alive == []


def test_a_wrong_answer_in_one_model_leaves_the_others_standing(faults):
    """
    What is right under one model counts; what is wrong under another can never be fast.
    """
    records = faults[1]
    found = {
        model: cell_record(records, "wrong_in_threads", model)["status"]
        for model in ("sequential", "threads", "processes-fork")
    }
    assert found == {"sequential": "ok", "threads": "wrong", "processes-fork": "ok"}


def test_an_extension_that_turns_the_gil_on_is_an_error(tmp_path, pythons):
    """
    On a free-threaded build the import is noticed and named; with gil = "observe" it is data.
    """
    python = pythons.get("cpython-3.13t")
    if python is None:
        pytest.skip("needs a free-threaded interpreter")
    built = build_extension(python, tmp_path)
    (tmp_path / "workloads").mkdir()
    for source in (FAULTS / "turns_gil_on.py", built):
        (tmp_path / "workloads" / source.name).write_bytes(source.read_bytes())
    text = EXPERIMENT.format(blocks=1, timeout=30).replace("sound", "turns_gil_on")
    (tmp_path / "demo.toml").write_text(text)
    words = ("--target", f"free={python}", "--machine", "m", "--only", "model=threads")
    ended = gilscope("run", "demo.toml", *words, cwd=tmp_path)
    assert ended.returncode == 1, ended.stderr
    [record] = [r for r in stored(tmp_path) if r["control"] is None]
    assert record["status"] == "error"
    assert "needs_gil" in record["reason"]
    (tmp_path / "demo.toml").write_text(text + 'gil = "observe"\n')
    ended = gilscope("run", "demo.toml", *words, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr


def build_extension(python: Path, folder: Path) -> Path:
    """Compile needs_gil.c for an interpreter whose headers and compiler are here."""
    asked = "import sysconfig as s; print(s.get_path('include'), s.get_config_var('EXT_SUFFIX'))"
    include, suffix = subprocess.run(
        [python, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()
    if not (Path(include) / "Python.h").exists():
        pytest.skip("the interpreter came without headers")
    out = folder / f"needs_gil{suffix}"
    compiler = sysconfig.get_config_var("CC").split()[0]
    source = FAULTS / "needs_gil.c"
    subprocess.run([compiler, "-shared", "-fPIC", f"-I{include}", source, "-o", out], check=True)
    return out


@pytest.mark.parametrize("model", ENDLESS)
def test_a_timeout_of_a_process_pool_is_a_timeout(faults, model):
    """
    Its workers ignore SIGTERM; that none of them lived on is asserted for the run as a whole.
    """
    assert cell_record(faults[1], "hangs", model)["status"] == "timeout"


def test_a_timeout_leaves_no_interpreter_behind(tmp_path, pythons):
    """
    Sub-interpreters are threads of the worker and end with it.
    """
    if "cpython-3.15" not in pythons:
        pytest.skip("needs CPython 3.14 or newer")
    ended = gilscope(
        *("run", "--workload", FAULTS / "hangs.py", "--blocks", 1, "--values", 1, "--timeout", 4),
        *("--target", f"latest={pythons['cpython-3.15']}", "--machine", "m"),
        *("--only", "model=interpreters"),
        cwd=tmp_path,
    )
    assert ended.returncode == 1
    [record] = [r for r in stored(tmp_path) if r["control"] is None]
    assert record["status"] == "timeout"
    assert marked_alive() == []


def test_failed_trials_are_tried_again_on_request_and_every_attempt_stays(tmp_path):
    """
    Without the option a failure is done; with it a second attempt lies beside the first.
    """
    write(tmp_path, blocks=1, source="raises")
    assert run(tmp_path).returncode == 1
    before = len(stored(tmp_path))
    assert run(tmp_path).returncode == 1
    assert len(stored(tmp_path)) == before
    assert run(tmp_path, "--retry-failed").returncode == 1
    attempts = Counter(r["attempt"] for r in stored(tmp_path) if r["status"] == "error")
    assert attempts == {1: 4, 2: 4}


def test_a_changed_workload_begins_another_session(tmp_path):
    """
    Nothing is compared with a baseline that ran other code.
    """
    path = write(tmp_path, blocks=1)
    run(tmp_path)
    source = path.parent / "workloads" / "sound.py"
    source.write_text(source.read_text() + "\nCHANGED = True\n")
    run(tmp_path)
    assert len(list(store.sessions(tmp_path / "results"))) == 2


def test_a_session_of_an_hour_ago_is_not_gone_on_with(tmp_path):
    """
    An open session is continued within ten minutes only; its open block is void after that.

    Nor is a second one, which is found when a new session of the first has just been begun.
    """
    first = write(tmp_path, blocks=2)
    second = tmp_path / "other.toml"
    second.write_text(first.read_text())
    run(tmp_path, second, "--blocks", 1)
    for session in store.sessions(tmp_path / "results"):
        move(session, hours=1)
    run(tmp_path, second)
    assert experiments(tmp_path) == ["demo", "demo", "other", "other"]


def test_only_a_machine_that_never_paused_goes_on_with_an_older_session(tmp_path):
    """
    Sessions in turn wait for each other; what ran after a pause does not bring an old one back.
    """
    first = write(tmp_path, blocks=2)
    second = tmp_path / "other.toml"
    second.write_text(first.read_text())
    run(tmp_path, second, "--blocks", 1)
    demo, other = store.sessions(tmp_path / "results")
    move(other, minutes=15)
    move(demo, minutes=8)
    gilscope("run", second, "--target", HERE, "--machine", "m", "--blocks", 2, cwd=tmp_path)
    assert experiments(tmp_path) == ["demo", "other"]
    move(other, hours=1)
    gilscope("run", second, "--target", HERE, "--machine", "m", "--blocks", 3, cwd=tmp_path)
    assert experiments(tmp_path) == ["demo", "other", "other"]


def experiments(folder):
    """Return the experiment of every session."""
    return sorted(session.experiment for session in store.sessions(folder / "results"))


def move(session, **ago):
    """Let a session and all its trials have begun so long ago."""
    begun = datetime.now(UTC) - timedelta(**ago)
    for path in store.record_files(session):
        record = store.read_record(path)
        path.unlink()
        record["started"] = f"{begun:%Y-%m-%dT%H:%M:%S.%fZ}"
        store.write_record(session, record)
    data = dict(session.data, started=f"{begun:%Y-%m-%dT%H:%M:%SZ}")
    (session.path / "session.json").write_text(json.dumps(data))


def test_results_that_cannot_be_written_are_told_before_anything_runs(tmp_path):
    """
    One message with the cure, status 2. (Below a file: root may write into any folder.)
    """
    write(tmp_path, blocks=1)
    (tmp_path / "file").write_text("in the way")
    ended = run(tmp_path, "--results", tmp_path / "file" / "results")
    assert ended.returncode == 2
    assert "cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 64 kB, where this user may."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_stops_the_run_with_a_message(tmp_path, small_disk):
    """
    Status 2 and the cure; what is stored is whole, and with room again the run goes on.
    """
    write(tmp_path, blocks=4)
    ended = run(tmp_path, "--results", small_disk)
    assert ended.returncode == 2
    assert "No space left" in ended.stderr
    assert "Free some space" in ended.stderr
    assert "Traceback" not in ended.stderr
    [session] = store.sessions(small_disk)
    whole = list(store.records(session))
    assert {record["status"] for record in whole} == {"ok"}
    subprocess.run(["mount", "-o", "remount,size=1m", small_disk], check=True)
    assert run(tmp_path, "--results", small_disk).returncode == 0
    [session] = store.sessions(small_disk)
    assert len(list(store.records(session))) == 20
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    ended = run(tmp_path, "--results", small_disk, "--fresh")
    assert ended.returncode == 2
    assert "read-only" in ended.stderr.lower()
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)


def test_max_time_stops_at_a_blocks_end(tmp_path):
    """
    The block in progress is finished; the rest is left, and said.
    """
    path = write(tmp_path, blocks=50)
    path.write_text(path.read_text() + "max_time = 1\n")
    ended = run(tmp_path)
    assert ended.returncode == 0
    assert "max_time" in ended.stdout
    blocks = Counter(r["block"] for r in stored(tmp_path))
    assert set(blocks.values()) == {5}
    assert len(blocks) < 50


def test_a_variable_the_user_exported_does_not_reach_a_trial(tmp_path, monkeypatch):
    """
    The environment of a trial is built from nothing.
    """
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    write(tmp_path, blocks=1)
    run(tmp_path)
    environ = next(r["request"]["env"] for r in stored(tmp_path) if r["control"] is None)
    assert environ["OMP_NUM_THREADS"] == "1"
    assert "PYTHONDONTWRITEBYTECODE" not in environ
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_what_cannot_be_killed_ends_the_run_and_the_trial_keeps_the_reason(tmp_path):
    """
    Exit 2 and no traceback: what is left would be measured beside everything after it.
    """
    write(tmp_path, blocks=1)
    stuck = (
        "from harness.process import supervisor\n"
        "def kill_all(*_):\n"
        "    raise supervisor.Survivors(set(range(10, 17)))\n"
        "from harness.execution import trial\n"
        "real = trial.measure\n"
        "def measure(*given):\n"
        "    supervisor.kill_all = kill_all\n"
        "    return real(*given)\n"
        "trial.measure = measure\n"
        "from harness.cli import main\n"
        "main()\n"
    )
    words = ["run", str(tmp_path / "demo.toml"), "--target", HERE, "--machine", "m"]
    ended = subprocess.run(
        [sys.executable, "-P", "-c", stuck, *words],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert ended.returncode == 2
    assert (
        "7 processes that a trial started cannot be killed: 10, 11, 12, 13, 14, ..." in ended.stderr
    )
    assert "Traceback" not in ended.stderr
    [record] = stored(tmp_path)
    assert record["status"] == "error"
    assert record["reason"] == "7 processes it started cannot be killed"
