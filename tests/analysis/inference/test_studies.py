"""The warm-up study on records whose answers are known, and on results that were measured."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import synthetic
from cli_tool import gilscope

from analysis.inference.studies import studies
from analysis.report import study

COMMITTED = Path(__file__).parents[3] / "results" / "reference-epyc-2c"
SEQUENTIAL = synthetic.cell("sequential")


def trial(made, block, passes, warmups, **more):
    """Return a trial of the sequential cell with these passes, the first ``warmups`` untimed."""
    found = synthetic.record(made, SEQUENTIAL, block, list(passes[warmups:]), **more)
    values = [
        synthetic.value(index, float(seconds), warmup=index < warmups)
        for index, seconds in enumerate(passes)
    ]
    found["response"]["values"] = values
    return found


def drawn(levels, blocks=10, noise=0.002, seed=1):
    """Return passes at ``levels`` of seconds: blocks differ by 10 %, passes by ``noise``."""
    rng = np.random.default_rng(seed)
    shape = (blocks, len(levels))
    pace = np.exp(rng.normal(0, 0.1, (blocks, 1)))
    return pace * np.array(levels) * np.exp(rng.normal(0, noise, shape))


def only(passes, warmups=1, **more):
    """Return the one study of these passes, a process and a block each."""
    made = synthetic.session([SEQUENTIAL], blocks=len(passes))
    records = [trial(made, block, each, warmups, **more) for block, each in enumerate(passes)]
    (found,) = studies(synthetic.frame_of(made, records), 0.02)
    return found


@pytest.mark.parametrize(
    ("levels", "steady", "shape", "needed"),
    [
        ([1, 1, 1, 1], "yes", "flat", 0),
        ([2, 1, 1, 1], "yes", "warm-up", 1),
        ([0.8, 1, 1, 1], "yes", "slowdown", 1),
        ([2, 1.3, 1, 1], "no", "warm-up", 2),
        ([2, 1.5, 1.2, 1], "no", "no steady state", None),
    ],
    ids=["flat", "warm-up", "slow-down", "too few warm-ups", "never"],
)
def test_few_passes_say_whether_they_are_steady_and_from_which_on(levels, steady, shape, needed):
    """
    Each pass against the last one of its process: blocks that differ by 10 % cancel.
    """
    found = only(drawn(levels))
    assert (found.pace.steady, found.pace.shape, found.pace.needed) == (steady, shape, needed)
    assert not found.pace.least
    assert (found.processes, found.warmups, found.values) == (10, 1, 3)


def test_what_scatters_too_much_is_undecided_and_never_called_steady():
    """
    Passes that differ by 30 % at random prove nothing; the number of warm-ups is a lower bound.
    """
    found = only(drawn([1, 1, 1, 1], noise=0.3)).pace
    assert (found.steady, found.shape, found.least) == ("unknown", None, True)
    assert "scatter" in str(found.why)


@pytest.mark.parametrize(
    ("passes", "warmups", "why"),
    [
        (drawn([1, 1, 1, 1], blocks=5), 1, "at least 6"),
        (drawn([1, 1]), 1, "one timed value"),
        (drawn([1]), 0, "nothing to compare"),
    ],
    ids=["5 processes", "one timed value", "one pass"],
)
def test_where_nothing_can_be_said_the_reason_is(passes, warmups, why):
    """
    Neither "steady" nor "not steady" without what it takes to tell.
    """
    found = only(passes, warmups)
    assert found.pace.steady == "unknown"
    assert why in str(found.pace.why)


@pytest.mark.parametrize(
    ("levels", "warmups", "expected"),
    [
        ([2] * 40 + [1] * 160, 60, ("yes", "warm-up", 60)),
        ([2] * 40 + [1] * 160, 10, ("no", "warm-up", 60)),
        ([1] * 170 + [2] * 30, 10, ("no", "no steady state", None)),
    ],
    ids=["enough", "too few warm-ups", "never"],
)
def test_many_passes_are_judged_by_their_change_points(levels, warmups, expected):
    """
    A step after 40 of 200 passes in six processes: 60 warm-ups, half as many again.
    """
    found = only(drawn(levels, blocks=6), warmups).pace
    assert (found.steady, found.shape, found.needed) == expected
    assert sum(found.shapes.values()) == 6


def test_too_few_long_processes_get_no_number():
    """
    Change points of 60 passes are named, but a number of warm-ups takes 5 processes of 200.
    """
    found = only(drawn([1] * 60, blocks=6), 1).pace
    assert (found.steady, found.needed) == ("unknown", None)
    assert "needed" in str(found.why)


def nested(value, process, block, blocks=400, values=3):
    """Return two processes in each block, with known spreads of every level, one warm-up each."""
    rng = np.random.default_rng(3)
    logs = rng.normal(0, block, (blocks, 1, 1)) + rng.normal(0, process, (blocks, 2, 1))
    return np.exp(logs + rng.normal(0, value, (blocks, 2, values + 1)))


def test_the_scatter_of_blocks_processes_and_values_comes_back():
    """
    1, 2 and 5 %, from a cell that each block measures twice. Blocks cancel in a ratio: its number
    of blocks follows from processes and values alone.
    """
    made = synthetic.session([SEQUENTIAL], blocks=400)
    records = [
        trial(made, block, passes, 1, control=control)
        for block, two in enumerate(nested(0.01, 0.02, 0.05))
        for passes, control in zip(two, (None, "a/a"), strict=True)
    ]
    (found,) = studies(synthetic.frame_of(made, records), 0.02)
    scatter = found.scatter
    assert scatter is not None
    assert scatter.value == pytest.approx(0.01, rel=0.05)
    assert scatter.process == pytest.approx(0.02, rel=0.1)
    assert scatter.block == pytest.approx(0.05, rel=0.1)
    # sqrt(cost of a process / cost of a value * 0.01**2 / 0.02**2) = 0.5 with one warm-up
    assert scatter.values == 1
    spread = math.sqrt(2 * (0.02**2 + 0.01**2 / 3))
    assert scatter.blocks == pytest.approx((1.96 * spread / math.log1p(0.02)) ** 2, abs=3)


def test_without_a_second_process_blocks_and_processes_are_one():
    """
    What cannot be told apart is not.
    """
    scatter = only(nested(0.01, 0.02, 0.05)[:, 0]).scatter
    assert scatter is not None
    assert scatter.block is None
    assert scatter.process == pytest.approx(math.hypot(0.02, 0.05), rel=0.1)


def test_failed_trials_and_cut_blocks_have_no_say():
    """
    A wrong answer is no time; a block in which another cell was never tried counts for nobody.
    """
    other = synthetic.cell("threads")
    made = synthetic.session([SEQUENTIAL, other], blocks=10)
    passes = drawn([1, 1, 1, 1])
    records = [trial(made, block, each, 1) for block, each in enumerate(passes)]
    records[0] = trial(made, 0, passes[0] * 9, 1, status="wrong")
    records += [synthetic.record(made, other, block, 1.0) for block in range(9)]
    found, _ = studies(synthetic.frame_of(made, records), 0.02)
    assert found.levels["model"] == "sequential"
    assert (found.processes, found.pace.steady) == (8, "yes")


def test_the_command_prints_a_table_and_one_json_document(tmp_path):
    """
    Both from stored results alone; an experiment that is not stored is named.
    """
    made = synthetic.session([SEQUENTIAL], blocks=10)
    records = [trial(made, block, each, 1) for block, each in enumerate(drawn([2, 1, 1, 1]))]
    synthetic.write(tmp_path / "results", made, records)
    text = gilscope("study", cwd=tmp_path)
    assert text.returncode == 0, text.stderr
    (line,) = [each for each in text.stdout.splitlines() if "int_loop" in each]
    assert "1+3 x10" in line
    assert line.split("x10")[1].split()[:3] == ["yes", "1", "warm-up"]
    ended = gilscope("study", "scaling", "--json", "--precision", "0.01", cwd=tmp_path)
    document = json.loads(ended.stdout)
    assert (document["version"], document["precision"]) == (1, 0.01)
    (cell,) = document["cells"]
    assert cell["pace"]["passes"] == ["slower", "equivalent", "equivalent"]
    assert (cell["workload"], cell["gil"], cell["processes"]) == ("int_loop", True, 10)
    wrong = gilscope("study", "scalnig", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "did you mean 'scaling'?" in wrong.stderr


def test_results_that_were_measured_have_a_study(tmp_path, monkeypatch):
    """
    Every cell of a stored experiment gets a line; where nothing is known, a reason.
    """
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    here = tmp_path / "results" / COMMITTED.name
    shutil.copytree(COMMITTED / "jit", here / "jit")
    for path in COMMITTED.glob("machine-*.json"):
        shutil.copy(path, here)
    session = max((here / "jit").glob("*Z-*")).name
    found = study.of_sessions(tmp_path / "results", [(COMMITTED.name, session, "jit")], 0.02)
    assert found
    assert all(each.processes == 20 and each.values == 3 for each in found)
    assert all(each.pace.why or each.pace.steady == "yes" for each in found)
    lines = list(study.lines(found, 0.02))
    assert sum(" x20 " in line for line in lines) == len(found)
    json.dumps(study.document(found, 0.02), allow_nan=False)
