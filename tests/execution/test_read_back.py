"""What a run stores as ok, the report reads; what it cannot read is an error with a reason."""

import json
import sys
import warnings
from pathlib import Path

import pytest
from cli_tool import FAULTS, gilscope, stored

import analysis
from analysis.dataset import reader
from harness.execution import trial
from harness.storage import store

SOUND = (FAULTS / "sound.py").read_text()
EXPERIMENT = """
question = "Does it run?"
[factors]
workload = ["sound"]
model = ["sequential"]
workers = [1]
[design]
blocks = 1
values = 2
timeout = 30
"""
NONSENSE = {
    "negative time of waiting": ("io_seconds", "-5.0"),
    "a baseline of no time": ("baseline", "0.0"),
    "no unit of work": ("units", "0"),
    "units beyond any bound": ("units", "10**300"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("function", "value"), NONSENSE.values(), ids=NONSENSE)
def test_a_run_stores_nothing_as_ok_that_reading_refuses(tmp_path, monkeypatch, function, value):
    """
    The trial is an error that names the quantity, the run says so, and nothing is damaged.
    """
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "workloads").mkdir()
    (tmp_path / "workloads/sound.py").write_text(
        f"{SOUND}\n\ndef {function}(items):\n    return {value}\n"
    )
    (tmp_path / "demo.toml").write_text(EXPERIMENT)
    words = ("--target", f"here={sys.executable}", "--machine", "m")
    ended = gilscope("run", tmp_path / "demo.toml", *words, cwd=tmp_path)
    assert ended.returncode in (1, 2), ended.stderr
    assert function.removesuffix("_seconds") in ended.stderr
    assert "Traceback" not in ended.stderr
    for record in stored(tmp_path):
        assert record["status"] == ("ok" if record["control"] == "canary" else "error")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert analysis.load(tmp_path / "results")["seconds"].isna().all()


ANSWER = {"contract": 1, "single": 10.0, "together": [9.0, 9.0], "capacity": 1.8, "seconds": 1.0}
READINGS = {
    "no work alone": {"single": 0},
    "less than no work": {"single": -1.0},
    "work that is a text": {"single": "10"},
    "nothing alone": {"single": None},
    "nobody together": {"together": []},
    "less than no work together": {"together": [9.0, -9.0]},
    "no capacity": {"capacity": None},
}


@pytest.mark.parametrize("said", READINGS.values(), ids=READINGS)
def test_a_canary_that_cannot_be_is_not_read(tmp_path, said):
    """
    A reading of nothing would pass for a quiet machine.
    """
    assert trial.unsound(ANSWER) is None
    wrong = trial.unsound({**ANSWER, **said})
    assert wrong is not None
    assert next(iter(said)) in wrong


HEAD = {"schema": 1, "machine": "m", "experiment": "e", "session": "s", "block": 0, "position": 0}
CELL = {"workload": "w", "model": "threads", "workers": 2, "target": "t", "lifecycle": "warm"}
CELL |= {"chunk": 1, "switch_interval": 0.005, "gc": "on", "key": "0" * 16}
VALUE = {"index": 0, "warmup": False, "seconds": 1.0, "status": "ok", "reason": None}
SESSION = {"machine": "m", "experiment": "e", "session": "s", "cells": []}


def record(**response) -> dict:
    values = [{**VALUE, **response.pop("value", {})}]
    more = {"attempt": 1, "trial": "0" * 16, "control": response.pop("control", None)}
    cell = {**CELL, **response.pop("cell", {})}
    rest = {"status": "ok", "reason": None, "response": {"values": values, **response}}
    return {**HEAD, **more, "cell": cell, **rest, "pyperf": None}


UNREADABLE = {
    "a pass of no time": ({"value": {"seconds": 0}}, "seconds"),
    "a pass of less": ({"value": {"seconds": -1.0}}, "seconds"),
    "a pass of no known time": ({"value": {"seconds": None}}, "seconds"),
    "a pass of more than there is": ({"value": {"seconds": 1e300}}, "seconds"),
    "nobody at work": ({"cell": {"workers": 0}}, "workers"),
    "less than nobody": ({"cell": {"workers": -5}}, "workers"),
    "negative time of waiting": ({"io_seconds": -5}, "io_seconds"),
    "a baseline of no time": ({"baseline_seconds": 0}, "baseline_seconds"),
    "no unit of work": ({"units": 0}, "units"),
    "half a surrogate pair": ({"engine": "\ud800"}, "JSON"),
    "what is no number": ({"units": float("nan")}, "JSON"),
    "a canary of no work": ({"control": "canary", "single": 0, "together": [1]}, "single"),
    "a canary of less": ({"control": "canary", "single": 1, "together": [2, -1]}, "together"),
}


@pytest.mark.parametrize(("said", "named"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_reading_refuses_is_known_before_it_is_stored(tmp_path, said, named):
    """
    By the report's own reader; the record that takes its place can be read, and keeps all of it.
    """
    session = store.StoredSession("m", "e", "s", SESSION, tmp_path / "m/e/s")
    assert reader.unreadable(session, record()) is None
    made = record(**said)
    why = reader.unreadable(session, made)
    assert why is not None
    assert named in why
    kept = trial.refused(made, why)
    assert kept["status"] == "error"
    assert kept["reason"] == f"cannot be read back: {why}"
    said = {name: made[name] for name in ("response", "pyperf")}
    assert kept["refused"] == json.dumps(said, sort_keys=True)
    if made["cell"] == CELL:
        assert reader.unreadable(session, kept) is None


def test_a_stored_canary_that_cannot_be_is_damage_and_no_quiet_machine(tmp_path):
    """
    Older results may hold one.
    """
    data = {**SESSION, "schema": 1, "plan": "p"}
    session = store.write_session(tmp_path, data)
    store.write_record(session, record(control="canary", single=0, together=[1.0], values=[]))
    with pytest.warns(UserWarning, match="single is 0"):
        assert not len(analysis.load(Path(tmp_path)))
