"""What kind of work it is, what may be called waiting for the GIL, and what a worker noted."""

import pandas as pd
import pytest
import synthetic

from analysis import tables
from analysis.dataset import gil, notes
from analysis.report import answers, content

INTERVAL = 0.005
SEQUENTIAL, THREADS = synthetic.cell("sequential"), synthetic.cell("threads")


def threads(*each, wall=1.0):
    """Return what was observed of workers in a second: CPU, run delay, voluntary switches."""
    return {
        "each": [[*one, 0] for one in each],
        "count": len(each),
        "wall": wall * len(each),
    }


def waiting(records, made):
    """Return the row of the two threads in the table of what workers waited for."""
    table = tables.make("waiting", synthetic.frame_of(made, records)).set_index("model")
    return {str(name): each for name, each in table.loc["threads"].items()}


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        pytest.param([(0.5, 0.0, 200), (0.5, 0.0, 200)], 0.5, id="taking-turns"),
        pytest.param([(1.0, 0.0, 0), (0.1, 0.0, 1)], 0.00505 / 2, id="one-is-done-and-sleeps-once"),
        pytest.param([(0.1, 0.0, 500), (0.1, 0.0, 500)], 0.1, id="nobody-had-it-for-longer"),
        pytest.param([(0.5, 0.5, 200), (0.5, 0.5, 200)], 0.0, id="waiting-for-a-cpu"),
    ],
)
def test_a_thread_waits_for_the_gil_no_longer_than_its_switches_and_the_others_allow(
    each, expected
):
    """
    Each interval of waiting costs a voluntary switch, and somebody has the GIL meanwhile.
    """
    found = gil.longest_wait(threads(*each), None, INTERVAL)
    assert found == pytest.approx(expected)


def test_without_each_workers_own_numbers_nothing_is_said_of_the_gil():
    """
    Beyond 64 workers sums alone are stored.
    """
    assert gil.longest_wait({**threads((0.5, 0.0, 1)), "each": None}, 1.0, INTERVAL) is None


@pytest.mark.parametrize(
    ("cpu_bound", "sequential", "switches", "computes", "wait"),
    [
        pytest.param(None, {"cpu": 1.0, "delay": 0.0}, 100, True, 0.5, id="undeclared"),
        pytest.param(None, {"cpu": 0.5, "delay": 0.5}, 100, True, 0.5, id="busy-machine"),
        pytest.param(None, {"cpu": 0.4, "delay": 0.0}, 100, False, None, id="waits"),
        pytest.param(None, {"cpu": 1.0, "delay": 0.0}, 25, True, None, id="maybe-another-lock"),
        pytest.param(True, {"cpu": 1.0, "delay": 0.0}, 25, True, 0.125, id="declared"),
        pytest.param(None, None, 100, None, None, id="no-sequential-pass"),
    ],
)
def test_undeclared_work_is_what_its_sequential_pass_shows(
    cpu_bound, sequential, switches, computes, wait
):
    """
    CPU time and delay in the run queue over wall time; a GIL wait only where it can be told apart.
    """
    made = synthetic.session([SEQUENTIAL, THREADS] if sequential else [THREADS])
    told = {"cpu_bound": cpu_bound}
    records = []
    for block in range(6):
        seen = {"cpu": 0.5, "delay": 0.0, "switches": switches, **told}
        records.append(synthetic.observed(made, THREADS, block, 1.0, **seen))
        if sequential is not None:
            records.append(synthetic.observed(made, SEQUENTIAL, block, 1.0, **sequential, **told))
    row = waiting(records, made)
    assert (None if pd.isna(row["cpu_bound"]) else bool(row["cpu_bound"])) is computes
    if wait is None:
        assert not row["gil_wait"] >= 0
    else:
        assert row["gil_wait"] == pytest.approx(wait, rel=0.02)
    assert row["blocked"] == pytest.approx(0.5)


def noted(*found, only=None):
    """Return the table of speed-ups of threads that gain 1.5 times, with notes."""
    made = synthetic.session([SEQUENTIAL, THREADS])
    took = {"sequential": 0.3, "threads": 0.2}
    records = synthetic.fill(made, lambda each, _: took[each["model"]])
    for record in records:
        if record["response"] and only in (None, record["cell"]["model"]):
            record["response"]["notes"] = list(found)
    return tables.make("speedups", synthetic.frame_of(made, records))


FEW = {"code": "few-items", "text": "one item cannot be shared out among 2 workers", "items": 1}
CACHED = {"code": "cached", "text": "a later pass of the same work takes a thousandth"}
SKEWED = {
    "code": "skewed-items",
    "text": "one item is 92 % of the work; at best 1.08x",
    "share": 0.92,
}
PRINTED = {"code": "printed", "text": "prints 4 812 bytes per pass, timed with the work"}


@pytest.mark.parametrize(
    ("note", "only"), [(FEW, "threads"), (CACHED, "sequential")], ids=["few-items", "cached"]
)
def test_work_that_cannot_be_shared_out_or_is_cached_gets_no_verdict_on_scaling(note, only):
    """
    The reason is what the worker noted; that a sequential pass was cached counts for all.
    """
    row = noted(note, only=only).set_index("model").loc["threads"]
    assert row["no_verdict"] == note["text"]


def test_skewed_items_and_printing_are_said_beside_the_answer():
    """
    The best that two workers can give is one over the share of the largest item.
    """
    table = noted(SKEWED, PRINTED, only="sequential")
    row = {str(name): each for name, each in table.set_index("model").loc["threads"].items()}
    assert not isinstance(row["no_verdict"], str)
    said = "one item is 92 % of the work, the best that 2 workers can give is 1.09x"
    assert said in content.notes({**row, "model": "threads"})
    assert PRINTED["text"] not in content.notes({**row, "model": "threads"})
    [answer] = answers.answers(table)
    assert said in answer.text


@pytest.mark.parametrize("found", ["text", [1], [{"code": "x y", "text": ""}], [{"code": "a"}]])
def test_notes_that_are_none_cost_the_record(found):
    """
    They come from a stored file, which may hold anything.
    """
    with pytest.raises(ValueError, match="notes"):
        notes.of_response({"notes": found})


def test_two_notes_are_told_apart_in_one_column():
    """
    What separates them occurs in none of them.
    """
    row = notes.of_response({"notes": [SKEWED, PRINTED]})
    assert row["note_codes"] == "skewed-items printed"
    assert row["notes"].split("; ")[1] == PRINTED["text"]
    assert row["skew"] == 0.92
