"""The known answers as a command: a wrong reading fails, and a missing interpreter does not."""

import math
import sys
from typing import Any

import pytest
from cli_tool import gilscope

from harness import experiment, selftest
from harness.workload import experiments_folder

HASHED = "sha256_sized@{}"
CHECKS = {check.experiment: check for check in selftest.CHECKS}


def record(
    model="threads", workload="int_loop", *, gil=True, status="ok", **told
) -> dict[str, Any]:
    """Return what a record says, as far as a check reads it."""
    value = {"warmup": False, "seconds": told.pop("seconds", 0.1), "observed": None}
    value["observations"] = told
    cell = {"model": model, "workload": workload, "workers": 2, "target": "cpython-3.13"}
    return {
        "control": None,
        "status": status,
        "reason": None if status == "ok" else "because",
        "cell": {**cell, "switch_interval": 0.005},
        "response": {"state": {"end": {"gil": gil}}, "values": [value]},
    }


def row(workload="int_loop", **told) -> dict[str, Any]:
    """Return what the analysis says of two threads, and enough of their record."""
    cell = {"workload": workload, "model": "threads", "workers": 2, "target": "cpython-3.13"}
    return {**record(), **cell, "gil": True, "blocked": 0.45, **told}


def hashes(held: int, released: int) -> list[dict[str, Any]]:
    """Return a record of 2047 bytes and one of 2049, with so many hand-offs each."""
    return [
        record(workload=HASHED.format(size), handoffs={"count": count}, derived={"blocked": 0.2})
        for size, count in ((2047, held), (2049, released))
    ]


def test_every_check_has_its_experiment():
    """
    A check without one would never run.
    """
    for name in CHECKS:
        experiment.load(experiments_folder() / "selftest" / f"{name}.toml")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("handoffs", [record(handoffs={"count": 20})], [record(handoffs={"count": 0})]),
        (
            "handoffs",
            [record("sequential", handoffs={"count": 0})],
            [record(gil=False, handoffs={"count": 3})],
        ),
        (
            "busy",
            [record("sequential", derived={"blocked": 0.01, "run_delay": 0.4})],
            [record("sequential", derived={"blocked": 0.4, "run_delay": 0.4})],
        ),
        (
            "unshared",
            [record(gil=False, derived={"blocked": -0.02})],
            [record(gil=False, derived={"blocked": 0.3})],
        ),
        (
            "knee",
            hashes(20, 5_000),
            hashes(20, 20),
        ),
        ("convoy", [record(seconds=0.0051)], [record(seconds=0.0001)]),
        ("sleeps", [record(seconds=0.056)], [record(seconds=5.0)]),
        (
            "lost_updates",
            [record(gil=False, status="wrong")],
            [record(gil=False, status="ok")],
        ),
        ("undeclared", [row(cpu_bound=True)], [row(cpu_bound=None)]),
        ("idle", [row(gil_wait=0.4)], [row(gil_wait=0.02)]),
        ("idle", [row("own_lock", gil_wait=math.nan)], [row("own_lock", gil_wait=0.4)]),
        ("idle", [row("skewed", gil_wait=0.02)], [row("skewed", gil_wait=0.4)]),
        (
            "changed_items",
            [record(status="wrong") | {"reason": "task changes its items: item 0"}],
            [record(status="ok")],
        ),
    ],
)
def test_a_reading_outside_fails_its_check_and_one_inside_does_not(name, good, bad):
    """
    Each check is shown a machine that works and one that does not.
    """
    assert selftest.judge(CHECKS[name], good, 1, told=good).passes
    assert not selftest.judge(CHECKS[name], bad, 1, told=bad).passes


def test_a_trial_that_fails_fails_its_check():
    """
    No reading is no proof where there should be one.
    """
    result = selftest.judge(CHECKS["handoffs"], [record(status="error")], 1)
    assert not result.passes
    assert result.wrong == ("error: because",)


def test_what_cannot_run_here_is_said_and_fails_nothing():
    """
    One needs an interpreter to be measured.
    """
    result = selftest.judge(CHECKS["unshared"], [record(status="skipped")], 1)
    assert result.passes
    assert result.skipped == "because"


@pytest.mark.alone
def test_the_command_prints_expectation_reading_and_verdict(tmp_path, monkeypatch):
    """
    On the interpreter at hand; an unknown check is answered with the nearest.
    """
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    target = ("--target", f"here={sys.executable}")
    ended = gilscope("selftest", "--only", "handoffs", *target, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for words in ("expected: 5 or more", "ok  int_loop threads 2w here", "holds", "1 of 1"):
        assert words in ended.stdout
    unknown = gilscope("selftest", "--only", "handofs", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "did you mean 'handoffs'?" in unknown.stderr
