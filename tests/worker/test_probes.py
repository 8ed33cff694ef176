"""What is read around a value: the scheduler's account, hand-offs of the GIL, settings."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from scipy import stats
from trials import RUN, Worker

import harness
from harness.selftest import hogs

INT_LOOP = Path(harness.__file__).parent.parent / "experiments" / "workloads" / "int_loop.py"
PROBES = sorted(path.stem for path in (RUN.parent / "gilworker/probes").glob("[!_]*.py"))


def observations(answer, name):
    """Return what a probe said of every value that is no warm-up."""
    return [value["observations"][name] for value in answer["values"] if not value["warmup"]]


def median(answer, name):
    """Return the median of a derived share over the values."""
    shares = sorted(each[name] for each in observations(answer, "derived"))
    return shares[len(shares) // 2]


@pytest.mark.parametrize(
    "model", ["sequential", "threads", "threads-raw", "processes-forkserver", "interpreters"]
)
def test_every_value_has_every_probe_or_the_reason_why_not(worker, model):
    """
    Null never means zero, and the parts of the CPU time add up to the whole.
    """
    answer = worker.trial("planted", model=model)
    if answer["status"] == "skipped":
        pytest.skip(answer["reason"])
    told = answer["observations"]
    assert told["schema"] == 1
    for value in answer["values"]:
        seen = value["observations"]
        assert set(seen) | set(told["unavailable"]) == {*PROBES, "derived"}
        assert not set(seen) & set(told["unavailable"])
        assert all(reason for reason in told["unavailable"].values())
        used = seen["cpu"]
        if used["living"] is not None:
            assert value["cpu_seconds"] == pytest.approx(sum(used.values()))
        assert seen["state"]["before"]["gc"] is seen["state"]["after"]["gc"] is True
    if answer["values"][-1]["observations"].get("threads"):
        threads = answer["values"][-1]["observations"]["threads"]
        assert threads["count"] == (1 if model == "sequential" else 2)
        assert threads["cpu"] == pytest.approx(sum(each[0] for each in threads["each"]))


def test_workers_that_end_within_the_value_have_no_account(worker):
    """
    A thread that is gone has none in /proc, and a number for some of them would mislead.
    """
    answer = worker.trial("bare", model="threads", lifecycle="cold")
    assert "cold pool" in answer["observations"]["unavailable"]["threads"]
    assert answer["values"][0]["observations"]["derived"]["blocked"] is None


@pytest.mark.alone
def test_the_gil_changes_hands_between_two_spinners_and_not_with_one(worker):
    """
    Without a GIL nothing is handed over; a distrusted probe is not read at all.
    """
    params = {"items": 4, "iterations": 400_000}
    alone = worker.trial(INT_LOOP, params)
    if "handoffs" in alone["observations"]["unavailable"]:
        assert "does not count" in alone["observations"]["unavailable"]["handoffs"]
        return
    together = worker.trial(INT_LOOP, params, model="threads", switch_interval=0.001)
    assert observations(alone, "handoffs") == [{"count": 0}]
    count = observations(together, "handoffs")[0]["count"]
    if alone["state"]["end"]["gil"]:
        assert count >= 5
    else:
        assert count == 0
    distrusted = worker.trial(INT_LOOP, params, probes={"handoffs": "it lied"})
    assert distrusted["observations"]["unavailable"]["handoffs"] == "it lied"


@pytest.mark.alone
def test_a_busy_machine_is_blamed_on_the_run_queue_and_not_on_the_gil(python_name, worker):
    """
    A hog on every CPU takes time from a lone thread; it waits for a CPU, and for no lock.
    """
    iterations = 10_000_000 if "pypy" in python_name else 200_000
    # A worker is also idle while the main thread waits for a CPU to hand it its items: a longer
    # pass makes that a smaller part of it.
    for model, times in (("sequential", 1), ("threads", 2)):
        params = {"items": 8, "iterations": times * iterations}
        with hogs.on_every_cpu():
            answer = worker.trial(INT_LOOP, params, model=model, workers=1, values=3)
        assert median(answer, "run_delay") > 0.15
        assert abs(median(answer, "blocked")) < median(answer, "run_delay") / 2


def test_a_setting_that_changes_within_a_value_shows(any_worker, tmp_path):
    """
    The state is read on both sides of every value.
    """
    path = tmp_path / "switches.py"
    path.write_text(
        "import gc\n"
        "PARAMS = {}\n"
        "def make_items():\n"
        "    return [gc.enable, gc.disable]\n"
        "def task(item):\n"
        "    item()\n"
        "def check(results):\n"
        "    pass\n"
    )
    first, *_ = any_worker.trial(path, warmups=0)["values"]
    assert first["observations"]["state"]["before"]["gc"] is True
    assert first["observations"]["state"]["after"]["gc"] is False


def test_a_file_dropped_into_the_folder_is_a_probe(any_worker, tmp_path):
    """
    Adding a probe is adding one file; what it says is with every value.
    """
    copy = tmp_path / "copy"
    shutil.copytree(RUN.parent, copy)
    (copy / "gilworker/probes/counts_up.py").write_text(
        "DISTANCE = 5\n"
        "def begin(scope):\n"
        "    readings = iter(range(100))\n"
        "    return lambda: next(readings)\n"
        "def between(before, after, seconds):\n"
        "    return {'model': 1, 'rise': after - before}\n"
        "def prove():\n"
        "    return None\n"
    )
    dropped = Worker(any_worker.environment, tmp_path, copy / "run.py")
    answer = dropped.trial("bare", values=2)
    assert observations(answer, "counts_up") == [{"model": 1, "rise": 1}] * 2
    dropped.start("--probes", "--result", tmp_path / "proven.json")
    assert json.loads((tmp_path / "proven.json").read_text())["probes"]["counts_up"] is None


def test_a_probe_that_crashes_its_proof_is_not_used(any_worker, tmp_path):
    """
    Reading memory at a wrong place may end the process; that must cost the probe alone.
    """
    copy = tmp_path / "copy"
    shutil.copytree(RUN.parent, copy)
    path = copy / "gilworker/probes/handoffs.py"
    path.write_text(path.read_text().replace("def prove()", "def before_the_crash()"))
    with path.open("a") as file:
        file.write("\n\ndef prove():\n    import os\n    os.abort()\n")
    dropped = Worker(any_worker.environment, tmp_path, copy / "run.py")
    answer = json.loads(dropped.start("--prepare").stdout.splitlines()[-1])
    assert answer["probes"]["handoffs"] == "its proof ended with exit status -6"
    assert answer["models"]["sequential"] is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cpython-3.13", "cpython-3.13t"])
@pytest.mark.alone
def test_probes_cost_a_value_nothing(pythons, name):
    """
    CPU time of passes with and without them, in one process, in random order, in adjacent pairs:
    the exact interval of the median ratio lies within 1 % of 1 (three tries, for a busy machine).
    """
    if name not in pythons:
        pytest.skip(f"{name} is not on this machine")
    script = Path(__file__).parent / "toggled.py"
    for seed in ("1", "2", "3"):
        command = [pythons[name], script, RUN.parent, "800", seed]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        ratios = [observed / bare for observed, bare in json.loads(printed)]
        interval = stats.quantile_test(ratios, q=1, p=0.5).confidence_interval(0.95)
        if interval.low > 0.99 and interval.high < 1.01:
            return
    pytest.fail(f"the median ratio lies in [{interval.low:.4f}, {interval.high:.4f}]")
