"""Two versions of a function, compared as the how-to of `experiments/README.md` says."""

import csv
import re
import sys
from pathlib import Path

import pytest
from cli_tool import gilscope, stored

README = Path(__file__).parents[2] / "experiments" / "README.md"
HERE = f"here={sys.executable}"
WORKLOAD = '''\
"""Sum of squares, in pieces."""
PARAMS = {"items": 4, "size": 2_000}
def make_items(items, size):
    return [range(k * size, (k + 1) * size) for k in range(items)]
def task(numbers):
    return sum(n * n for n in numbers)
def check(results, items, size):
    last = items * size - 1
    assert sum(results) == last * (last + 1) * (2 * last + 1) // 6
'''


@pytest.fixture(autouse=True)
def _machine_of_its_own(tmp_path, monkeypatch):
    """Nothing here waits for, or is refused by, a run of somebody else on this computer."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


@pytest.fixture
def versions(tmp_path):
    """Write the how-to's experiment, letter for letter, with two copies of one file beside it."""
    how_to = README.read_text().partition("## Is my new version slower?")[2]
    found = re.search(r"```toml\n(.*?)```", how_to, re.DOTALL)
    assert found is not None
    (tmp_path / "workloads").mkdir()
    for name in ("before", "after"):
        (tmp_path / "workloads" / f"{name}.py").write_text(WORKLOAD)
    path = tmp_path / "versions.toml"
    path.write_text(found[1])
    return path


def test_the_how_to_runs_as_it_is_printed(versions, tmp_path):
    """
    Checked, measured, judged and reported: the two versions are cells of their own in one block,
    and one block decides nothing.
    """
    assert gilscope("check", versions, cwd=tmp_path).returncode == 0
    few = ("--blocks", 1, "--values", 1, "--target", HERE)
    ran = gilscope("run", versions, *few, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    plain = [each for each in stored(tmp_path) if each["control"] is None]
    assert sorted(each["cell"]["workload"] for each in plain) == ["after", "before"]
    assert {each["status"] for each in plain} == {"ok"}
    assert {each["block"] for each in plain} == {0}

    said = gilscope("verify", versions, cwd=tmp_path)

    assert said.returncode == 0
    told = " ".join(said.stdout.split())
    assert told.startswith("undecided: no-slower")
    assert "after takes" in told or "the machine was busy" in told
    reported = gilscope("report", "--out", "page", cwd=tmp_path)
    assert reported.returncode == 0, reported.stderr
    [table] = (tmp_path / "page").rglob("verdicts.csv")
    [row] = list(csv.DictReader(table.read_text().splitlines()))
    assert (row["workload"], row["against"], row["metric"]) == ("after", "before", "ratio")


def test_a_claim_that_can_never_apply_stops_a_run_before_it_starts(versions, tmp_path):
    """
    Exit 2 from `check` and from `run`, with the line and the cure; nothing is measured.
    """
    text = versions.read_text().replace('metric = "ratio"', 'metric = "speedup"')
    versions.write_text(text.replace('against = { workload = "before" }\n', ""))
    for words in (("check", versions), ("run", versions, "--target", HERE)):
        ended = gilscope(*words, cwd=tmp_path)
        assert ended.returncode == 2
        assert "this claim can never apply" in ended.stderr
        assert f"{versions}:" in ended.stderr
        assert "Traceback" not in ended.stderr
    assert not (tmp_path / "results").exists()
