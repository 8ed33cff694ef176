"""What others script against: it is extended and never broken. A change here is a promise."""

import inspect
import json
import sys
from pathlib import Path

import pytest
import synthetic
from cli_tool import FAULTS, gilscope

import analysis

HERE = ("--target", f"here={sys.executable}")
# Columns of `analysis.load` by type; observations of a workload's own come after them.
COLUMNS = {
    "str": "machine session experiment workload model target lifecycle gc key trial control status "
    "value_status reason variant build start_method engine pool_engine canary_source twin unlocked "
    "unobserved note_codes notes holders",
    "Int64": "workers chunk block position attempt value_index items cores pilot",
    "boolean": "gil warmup again void cpu_bound diagnostic",
    "float64": "switch_interval seconds units item_size baseline_seconds cpu_seconds capacity "
    "canary_together canary_single canary_threshold io_seconds skew wall cpu_self cpu_reaped "
    "cpu_living threads_count threads_wall threads_cpu run_delay_seconds voluntary involuntary "
    "handoffs handoff_rate steal pressure_cpu pressure_io pressure_memory cpu_share run_delay "
    "blocked gil_wait gil_wait_most io_share utilisation steal_share latency_p50 latency_p90 "
    "latency_p99 latency_max latency_count missed held held_samples pss_per_worker uss_per_worker",
}
CELL = {
    *("workload", "model", "workers", "target", "lifecycle", "chunk", "switch_interval", "gc"),
    *("key", "params"),
}
PRINTED = "\x1b[2J\x1b]0;renamed\x07 done"  # clears the screen, renames the window, rings


@pytest.fixture(autouse=True)
def _caches_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


def campaign(folder: Path, **claim) -> dict:
    """Store the standard campaign with one claim, and its experiment file; return a trial."""
    made, records = synthetic.standard(claims=[{**synthetic.CLAIM, **claim}])
    log = {"stdout": PRINTED, "stderr": ""}
    records = [{**each, "log": log, "pyperf": None} for each in records]
    synthetic.write(folder / "results", made, records)
    (folder / "scaling.toml").write_text(
        'question = "?"\n[factors]\nworkload = ["no_op"]\nmodel = ["threads"]\nworkers = [2]\n'
    )
    return records[-1]


def test_load_takes_these_arguments():
    """
    One positional argument; whatever else is asked for is named.
    """
    parameters = inspect.signature(analysis.load).parameters.values()
    assert {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY} == {
        "diagnostic": False,
        "columns": None,
        "compact": False,
    }
    others = [each.name for each in parameters if each.kind is not each.KEYWORD_ONLY]
    assert others == ["results"]


def test_load_gives_these_columns(tmp_path):
    """
    Each with its type, also where nothing filled it.
    """
    campaign(tmp_path)
    frame = analysis.load(tmp_path / "results")
    pinned = {name: kind for kind, names in COLUMNS.items() for name in names.split()}
    assert {str(name): str(kind) for name, kind in frame.dtypes.items()} == pinned
    assert len(frame) > 0


JUDGED = {
    "a claim that holds": ({"expect": {"at_least": 1.5}}, 0, 0),
    "a claim that fails": ({"expect": {"at_most": 1.5}}, 1, 1),
    "a claim that is undecided": ({"expect": {"at_least": 1.9}}, 0, 3),
}


@pytest.mark.parametrize(("claim", "status", "strict"), JUDGED.values(), ids=JUDGED)
def test_the_exit_status_of_verify_is_the_verdict(tmp_path, claim, status, strict):
    """
    1 where a claim fails; undecided is 3 for whoever asks, and no failure otherwise.
    """
    campaign(tmp_path, **claim)
    for words, expected in (((), status), (("--strict",), strict)):
        ended = gilscope("verify", "scaling.toml", *words, cwd=tmp_path)
        assert ended.returncode == expected, ended.stdout + ended.stderr
        assert "threads-scale" in ended.stdout


def test_an_unknown_command_names_the_nearest_and_ends_with_2(tmp_path):
    """
    No traceback; a word that is like nothing gets no guess.
    """
    for word, guess in (("verfy", "Did you mean 'verify'?"), ("qqqq", "No such command 'qqqq'")):
        ended = gilscope(word, cwd=tmp_path)
        assert ended.returncode == 2
        assert guess in ended.stderr
        assert "Traceback" not in ended.stderr


def test_the_version_is_printed(tmp_path):
    """
    `gilscope, version X`, and status 0.
    """
    ended = gilscope("--version", cwd=tmp_path)
    assert (ended.returncode, ended.stdout.split()[:2]) == (0, ["gilscope,", "version"])


def document(*words, cwd: Path) -> dict:
    ended = gilscope(*words, "--json", cwd=cwd)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["version"] == 1
    return found


def test_a_plan_has_these_keys(tmp_path):
    """
    One document: experiments, each with its cells.
    """
    words = ("plan", "waiting", "--preset", "smoke", *HERE)
    found = document(*words, cwd=tmp_path)
    assert set(found) == {"version", "experiments"}
    (one,) = found["experiments"]
    assert set(one) == {
        *("experiment", "question", "blocks", "precision", "max_blocks", "trials", "seconds"),
        *("seconds_unknown", "cells", "controls"),
    }
    assert {frozenset(each) for each in one["cells"]} == {frozenset({*CELL, "env", "skipped"})}


def test_targets_have_these_keys(tmp_path):
    """
    One row for each interpreter found; what cannot be used says so in a key of its own.
    """
    found = document("targets", *HERE, cwd=tmp_path)
    assert set(found) == {"version", "targets"}
    for row in found["targets"]:
        assert set(row) - {"unavailable"} == {
            *("name", "path", "version", "implementation", "build", "facts", "build_id", "env"),
            *("gil", "jit", "twin", "twin_note", "spare", "models", "packages"),
        }


def test_listed_trials_have_these_keys(tmp_path):
    """
    One row for each stored trial, with its cell.
    """
    campaign(tmp_path)
    found = document("list", cwd=tmp_path)
    assert set(found) == {"version", "trials"}
    assert len(found["trials"]) > 10
    for row in found["trials"]:
        assert set(row) == {
            *("trial", "status", "reason", "machine", "experiment", "session", "block"),
            *("position", "attempt", "control", "seconds", "cell"),
        }
        assert set(row["cell"]) == CELL


def test_a_stored_trial_is_shown_and_its_output_cannot_steer_the_terminal(tmp_path):
    """
    As JSON in ASCII, or as text in which what a terminal would obey is written out.
    """
    record = campaign(tmp_path)
    ended = gilscope("show", record["trial"], cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    shown = json.loads(ended.stdout)
    assert {name: shown[name] for name in ("trial", "status", "log")} == {
        name: record[name] for name in ("trial", "status", "log")
    }
    log = gilscope("show", record["trial"], "--log", cwd=tmp_path)
    assert log.returncode == 0, log.stderr
    assert "== stdout\n\\x1b[2J\\x1b]0;renamed\\x07 done" in log.stdout
    for text in (ended.stdout, log.stdout):
        assert not [char for char in text if not char.isprintable() and char != "\n"]


def test_files_that_keep_their_contracts_pass_the_check(tmp_path):
    """
    Status 0 and a line for each.
    """
    (tmp_path / "sound.py").write_text((FAULTS / "sound.py").read_text())
    campaign(tmp_path)
    ended = gilscope("check", "sound.py", "scaling.toml", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count(": keeps its contract") == 2
