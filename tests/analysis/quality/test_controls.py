"""What disqualifies a comparison: a busy machine, a noisy one, a pass too short."""

import pandas as pd
import pytest
import synthetic

from analysis import tables

SEQUENTIAL, THREADS = synthetic.cell("sequential"), synthetic.cell("threads")


def test_a_busy_block_is_left_out_of_the_clean_reading_only():
    """
    Both readings stand beside each other; what is judged uses the clean one.
    """
    made, records = synthetic.two_cells()
    records = [
        synthetic.canary(made, 4, capacity=0.5)
        if (r["control"], r["block"]) == ("canary", 4)
        else r
        for r in records
    ]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert (row["n"], row["n_clean"], row["busy_blocks"]) == (10, 9, 1)
    assert row["canary"] == pytest.approx(0.95)
    assert pd.isna(row["no_verdict"])


def test_a_session_with_more_than_a_quarter_of_busy_blocks_is_not_judged():
    """
    Then the machine was busy as a rule, and the quiet blocks may be luck.
    """
    made, records = synthetic.two_cells()
    quiet = [r for r in records if r["control"] != "canary"]
    for busy, judged in ((2, True), (3, False)):
        canaries = [synthetic.canary(made, b, 0.5 if b < busy else 0.95) for b in range(10)]
        row = synthetic.speedups(made, quiet + canaries).loc[("threads", synthetic.GIL)]
        assert pd.isna(row["no_verdict"]) == judged
    assert "the machine was busy" in row["no_verdict"]


def test_a_missing_canary_is_flagged_and_not_refused():
    """
    Elsewhere than on Linux it may not be possible to read one.
    """
    made, records = synthetic.two_cells()
    row = synthetic.speedups(made, [r for r in records if r["control"] is None]).loc[
        ("threads", synthetic.GIL)
    ]
    assert row["no_canary"]
    assert pd.isna(row["no_verdict"])


def test_the_canary_is_held_against_the_median_of_one_spinner():
    """
    One block's single reading is noise; 50 instead of 100 must not double that block's capacity.
    """
    made, records = synthetic.two_cells()
    odd = synthetic.canary(made, 0, 0.5)
    odd["response"] |= {"single": 50.0, "together": [50.0, 50.0], "capacity": 2.0}
    records = [odd, *[r for r in records if (r["control"], r["block"]) != ("canary", 0)]]
    [row] = tables.make("canary", synthetic.frame_of(made, records)).to_dict("records")
    assert (row["lowest"], row["busy"]) == (0.5, 1)


def test_a_cell_that_differs_from_itself_voids_the_session():
    """
    At the 99.9 % level only: at 95 % one good session in twenty would go.
    """
    made, records = synthetic.two_cells()
    plain = [r for r in records if r["control"] != "a/a"]
    for shift, judged in ((0.001, True), (0.05, False)):
        again = [
            synthetic.record(
                made, SEQUENTIAL, b, 0.2 * (1 + shift + 0.004 * (b % 5 - 2)), control="a/a"
            )
            for b in range(10)
        ]
        row = synthetic.speedups(made, plain + again).loc[("threads", synthetic.GIL)]
        assert pd.isna(row["no_verdict"]) == judged
        assert row["aa_sequential"] == pytest.approx(1 / (1 + shift), rel=1e-3)
    assert "session rejected" in row["no_verdict"]


def test_a_pass_under_fifty_milliseconds_is_too_short_to_judge():
    """
    It is mostly the cost of handing out items.
    """
    made = synthetic.session([SEQUENTIAL, THREADS])
    took = {"sequential": 0.04, "threads": 0.02}
    records = synthetic.fill(made, lambda cell, _: took[cell["model"]])
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert row["too_short"]
    assert row["no_verdict"] == "too short: a sequential pass takes 40 ms, less than 50 ms"
    assert row["speedup"] == pytest.approx(2)


def test_work_that_is_too_short_is_told_before_a_busy_machine():
    """
    No quieter machine makes a pass longer.
    """
    made = synthetic.session([SEQUENTIAL, THREADS])
    took = {"sequential": 0.04, "threads": 0.02}
    records = synthetic.fill(made, lambda cell, _: took[cell["model"]])
    records = [each for each in records if each["control"] != "canary"]
    records += [synthetic.canary(made, block, 0.4) for block in range(10)]
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert row["no_verdict"] == "too short: a sequential pass takes 40 ms, less than 50 ms"
