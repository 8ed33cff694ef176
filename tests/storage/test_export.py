"""What pyperf's own commands make of stored trials."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_tool import FAULTS, gilscope, stored

from harness.storage.export import by_target

EXPERIMENT = """
question = "Does it run?"
[factors]
workload = ["sound"]
model = ["sequential", "threads"]
workers = [2]
lifecycle = ["warm", "cold"]
[design]
blocks = 2
values = 3
"""


def pyperf(*words, cwd) -> str:
    """Return what one of pyperf's commands prints."""
    command = [sys.executable, "-m", "pyperf", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> Path:
    """One session on two targets, of which one trial of a third kind fails."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "workloads").mkdir()
    (folder / "workloads" / "sound.py").write_text((FAULTS / "sound.py").read_text())
    (folder / "demo.toml").write_text(EXPERIMENT)
    words = ("--target", f"left={sys.executable}", "--target", f"right={sys.executable}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        ended = gilscope("run", "demo.toml", *words, "--machine", "m", "--quiet", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder


def test_pyperf_compares_two_trials(measured, tmp_path):
    """
    Only the export renames: the stored name tells cells apart, and stays in the metadata.
    """
    records = {
        record["cell"]["model"]: record
        for record in stored(measured)
        if record["control"] is None and record["cell"]["lifecycle"] == "warm"
    }
    for model in ("sequential", "threads"):
        shown = gilscope("show", records[model]["trial"], "--pyperf", cwd=measured).stdout
        (tmp_path / f"{model}.json").write_text(shown)
        kept = json.loads(shown)["benchmarks"][0]["metadata"]
        assert kept["name"] == "sound"
        assert kept["gilscope_name"] == records[model]["pyperf"]["metadata"]["name"]
    compared = pyperf("compare_to", "sequential.json", "threads.json", "-v", cwd=tmp_path)
    assert "[sequential]" in compared
    assert "[threads]" in compared


def test_a_session_is_a_suite_per_target(measured, tmp_path):
    """
    A benchmark per cell, a run per trial, every timed value; pyperf compares the targets.
    """
    out = tmp_path / "out"
    ended = gilscope("export", "demo.toml", "--out", out, cwd=measured)
    assert ended.returncode == 0, ended.stderr
    assert sorted(path.name for path in out.iterdir()) == ["left.json", "right.json"]
    warm = pyperf("stats", "left.json", "-b", "sound/threads/2", cwd=out)
    assert "Number of run with values: 2" in warm
    assert "Total number of values: 6" in warm
    compared = pyperf("compare_to", "left.json", "right.json", "-v", cwd=out)
    for name in ("sound/sequential/1", "sound/threads/2", "sound/threads/2/lifecycle=cold"):
        assert name in compared
    exported = json.loads((out / "left.json").read_text())
    values = {
        benchmark["metadata"]["name"]: [run["values"] for run in benchmark["runs"]]
        for benchmark in exported["benchmarks"]
    }
    expected = [
        [v["seconds"] for v in record["response"]["values"] if not v["warmup"]]
        for record in stored(measured)
        if record["control"] is None
        and record["cell"]["target"] == "left"
        and record["cell"]["model"] == "threads"
        and record["cell"]["lifecycle"] == "warm"
    ]
    assert values["sound/threads/2"] == [pytest.approx(each) for each in expected]
    assert "already exists" in gilscope("export", "demo", "--out", out, cwd=measured).stderr


def test_what_failed_is_in_no_suite(measured):
    """
    Nor is a control; of two attempts at a trial the last one counts.
    """
    records = stored(measured)
    first = next(r for r in records if r["control"] is None)
    again = {**first, "attempt": 2, "status": "wrong"}
    names = [r["cell"]["key"] for r in records if r["control"] is None]
    suites = by_target([*records, again])
    runs = sum(len(each["runs"]) for suite in suites.values() for each in suite["benchmarks"])
    assert runs == len(names) - 1


def test_the_trials_of_a_session_are_listed(measured):
    """
    Id, how it ended, seconds, block and cell; narrowed by level; the same as one document.
    """
    every = json.loads(gilscope("list", "--json", cwd=measured).stdout)
    assert every["version"] == 1
    assert [row["trial"] for row in every["trials"]] == [r["trial"] for r in stored(measured)]
    only = ("--only", "model=threads", "--only", "target=left", "--status", "ok")
    text = gilscope("list", "demo", *only, cwd=measured).stdout.splitlines()
    wanted = [
        record["trial"]
        for record in stored(measured)
        if (record["cell"]["model"], record["cell"]["target"]) == ("threads", "left")
    ]
    assert [line.split()[0] for line in text[1:]] == wanted
    assert gilscope("list", "demp", cwd=measured).returncode == 2
