"""What is compared with what, and what disqualifies a comparison."""

import pandas as pd
import pytest
import synthetic

from analysis import tables
from analysis.comparison.trials import trials

SEQUENTIAL, THREADS = synthetic.cell("sequential"), synthetic.cell("threads")


def test_known_speed_ups_come_out_and_drift_cancels():
    """
    Blocks get slower by half during the session; the ratios inside them do not.
    """
    table = synthetic.speedups(*synthetic.standard())
    for place, expected in synthetic.LIKE.items():
        row = table.loc[place]
        assert row["speedup"] == pytest.approx(expected)
        assert row["low"] < expected < row["high"]
        assert row["n"] == 10
        assert row["baseline"] == "sequential"
        assert pd.isna(row["no_verdict"])
    assert table.loc[("interpreters", synthetic.GIL), "n_skipped"] == 1


def test_more_values_per_process_do_not_narrow_the_interval():
    """
    Values of one process share its memory layout: three times the same is no more evidence.
    """
    made, records = synthetic.standard()

    def tripled(record):
        response = record["response"] or {}
        first, *timed = response.get("values") or [None]
        more = [{**value, "index": index} for index, value in enumerate(timed * 3)]
        return {**record, "response": {**response, "values": [first, *more]}} if timed else record

    again = [tripled(record) for record in records]
    one, three = synthetic.speedups(made, records), synthetic.speedups(made, again)
    pd.testing.assert_frame_equal(one[["low", "high"]], three[["low", "high"]])


def test_warm_ups_and_repeated_cold_values_are_not_used():
    """
    The warm-up of nine seconds that every trial here has would be seen in any mean.
    """
    cold = synthetic.cell("threads-raw", lifecycle="cold")
    made = synthetic.session([SEQUENTIAL, cold])
    records = [synthetic.record(made, SEQUENTIAL, block, [0.2] * 3) for block in range(6)]
    records += [synthetic.record(made, cold, block, [0.4, 0.1, 0.1]) for block in range(6)]
    row = synthetic.speedups(made, records).loc[("threads-raw", synthetic.GIL)]
    assert row["speedup"] == pytest.approx(0.5)
    assert row["baseline_lifecycle"] == "warm"


def test_a_wrong_answer_is_never_a_fast_one():
    """
    The times of a trial that gave a wrong answer are shown nowhere and no verdict stands on them.
    """
    made, records = synthetic.two_cells()
    records = [
        synthetic.record(made, THREADS, 9, 0.001, status="wrong", reason="expected 4, got 3")
        if (each["block"], each["cell"], each["control"]) == (9, THREADS, None)
        else each
        for each in records
    ]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert (row["n"], row["n_wrong"], row["n_ok"]) == (9, 1, 9)
    assert row["speedup"] == pytest.approx(2)
    assert row["no_verdict"] == "1 of 10 trials failed: expected 4, got 3"


def test_a_later_attempt_replaces_a_failed_one():
    """
    The failed attempt stays in the tidy table and out of the comparison.
    """
    made, records = synthetic.two_cells()
    index = next(i for i, each in enumerate(records) if each["cell"] == THREADS)
    block = records[index]["block"]
    failed = synthetic.failed(made, THREADS, block)
    records = [*records[:index], failed, {**records[index], "attempt": 2}, *records[index + 1 :]]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert (row["n"], row["n_error"]) == (10, 0)
    assert (synthetic.frame_of(made, records)["status"] == "error").sum() == 1
    assert len(trials(synthetic.frame_of(made, records)).query("status == 'error'")) == 0


def test_nothing_is_paired_across_blocks_or_sessions():
    """
    A cell and its baseline that never share a block are not compared, whatever their number.
    """
    made = synthetic.session([SEQUENTIAL, THREADS])
    records = [synthetic.record(made, SEQUENTIAL, block, 0.2) for block in range(6)]
    records += [synthetic.record(made, THREADS, block, 0.1) for block in range(6, 12)]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert row["n"] == 0
    assert pd.isna(row["speedup"])
    later = {**made, "session": "20261124T000000Z-0000"}
    other = [synthetic.record(later, THREADS, block, 0.1) for block in range(6)]
    frame = synthetic.frame_of_all((made, records[:6]), (later, other))
    assert tables.make("speedups", frame).query("model == 'threads'")["n"].tolist() == [0]


def test_a_void_block_is_shown_and_not_used():
    """
    A run that was stopped leaves a block of which only the lucky half was measured.
    """
    made, records = synthetic.two_cells(blocks=7)
    records = [r for r in records if not (r["block"] == 6 and r["cell"]["model"] == "sequential")]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert (row["n"], row["void_blocks"], row["blocks"]) == (6, 1, 7)


def test_one_block_has_a_number_and_no_interval():
    """
    A smoke run says what it saw and that it proves nothing.
    """
    row = synthetic.speedups(*synthetic.two_cells(blocks=1)).loc[("threads", synthetic.GIL)]
    assert row["speedup"] == pytest.approx(2)
    assert pd.isna(row["low"])
    assert row["why"] == "no interval: 1 block, at least 6 needed"


def test_identical_processes_differ_in_nothing_however_many_of_each_there_are():
    """
    A common tool calls 20 runs against 19 of the very same numbers significant.
    """
    made = synthetic.session([SEQUENTIAL, THREADS])
    records = [synthetic.record(made, SEQUENTIAL, b, 0.2 + 0.01 * (b % 3)) for b in range(20)]
    records += [synthetic.record(made, THREADS, b, 0.2 + 0.01 * (b % 3)) for b in range(19)]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert (row["speedup"], row["low"], row["high"], row["n"]) == (1, 1, 1, 19)


def test_the_baseline_shares_life_cycle_and_options_where_it_can():
    """
    Cold is held against cold; what has no such partner against the warm one.
    """
    cold = {"lifecycle": "cold"}
    cells = [SEQUENTIAL, synthetic.cell("sequential", **cold), synthetic.cell("threads", **cold)]
    made = synthetic.session(cells)
    took = {("sequential", "warm"): 0.2, ("sequential", "cold"): 0.4, ("threads", "cold"): 0.2}
    records = synthetic.fill(made, lambda c, _: took[c["model"], c["lifecycle"]], controls=False)
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert row["speedup"] == pytest.approx(2)
    assert row["baseline_lifecycle"] == "cold"


def test_a_computed_baseline_stands_in_where_none_was_measured():
    """
    A thousand sleeps in a row would be absurd to time: the workload says what they take.
    """
    made = synthetic.session([THREADS])
    records = [
        synthetic.record(made, THREADS, block, 0.5, response={"baseline_seconds": 10.0})
        for block in range(6)
    ]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert (row["speedup"], row["baseline"]) == (pytest.approx(20), "computed")


def test_without_any_baseline_there_are_seconds_and_a_reason():
    """
    No number is better than one against another interpreter.
    """
    made = synthetic.session([THREADS, synthetic.cell("sequential", target=synthetic.FREE)])
    records = synthetic.fill(made, lambda *_: 0.2, controls=False)
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert row["baseline"] == "none"
    assert row["seconds"] == pytest.approx(0.2)
    assert str(row["why"]).startswith("no baseline")


def test_a_killed_trial_counts_under_the_gil_state_of_its_cell():
    """
    It could not say which state it ran in; a row of its own would hide it from its cell.
    """
    made, records = synthetic.two_cells()
    lost = synthetic.failed(made, THREADS, 9, "timeout")
    keep = [r for r in records if (r["block"], r["cell"], r["control"]) != (9, THREADS, None)]
    table = synthetic.speedups(made, [*keep, lost])
    assert table.loc[("threads", synthetic.GIL), "n_timeout"] == 1
    assert len(table) == 2


def test_every_failure_is_listed_with_its_reason():
    """
    Nothing is missing from a table without a word.
    """
    made, records = synthetic.standard(blocks=2)
    records.append(synthetic.failed(made, THREADS, 1, "timeout", attempt=2, trial="f" * 16))
    found = tables.make("failures", synthetic.frame_of(made, records))
    assert found["status"].tolist() == ["skipped"], "the ok attempt stands"
    first = [r for r in records if (r["cell"], r["block"], r["control"]) != (THREADS, 1, None)]
    found = tables.make("failures", synthetic.frame_of(made, [*first, records[-1]]))
    assert set(found["status"]) == {"skipped", "timeout"}
    assert found["reason"].notna().all()


def test_sessions_stay_apart_and_the_newest_is_marked():
    """
    Yesterday's blocks do not make today's interval narrower.
    """
    old = synthetic.two_cells()
    new = synthetic.two_cells(session="20261124T000000Z-0000")
    frame = synthetic.frame_of_all(old, new)
    rows = tables.make("speedups", frame).query("model == 'threads'")
    assert rows["latest"].tolist() == [False, True]
    assert rows["n"].tolist() == [10, 10]


@pytest.mark.parametrize("name", tables.names())
def test_every_table_says_what_it_is_and_accepts_the_standard_campaign(name):
    """
    A file in the folder is a table by being there. Groups, the diagnostic pass and works of several
    sizes are not in it: their tables have no row, but all their columns.
    """
    made = tables.make(name, synthetic.frame_of(*synthetic.standard()))
    empty = ("latencies", "diagnostics", "sizes", "timeline")
    assert (len(made) == 0) == (name in empty)
    assert list(made.columns[:3]) == ["machine", "session", "experiment"]
