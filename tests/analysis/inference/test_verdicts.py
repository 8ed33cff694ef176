"""Claims against measurements: holds, fails, undecided, not applicable."""

import pytest
import synthetic
from judging import THREADS, judged

from analysis.inference import verdicts


@pytest.mark.parametrize(
    ("expect", "verdict"),
    [
        ({"at_least": 1.5}, "holds"),
        ({"at_least": 1.95}, "fails"),
        ({"at_least": 1.9}, "undecided"),
        ({"at_most": 2.0}, "holds"),
        ({"at_most": 1.8}, "fails"),
        ({"between": [1.8, 2.0]}, "holds"),
        ({"between": [1.9, 2.0]}, "undecided"),
        ({"between": [2.0, 3.0]}, "fails"),
    ],
)
def test_an_interval_inside_holds_outside_fails_and_across_is_undecided(expect, verdict):
    """
    Threads on the free-threaded build are 1.9 times as fast here, give or take 0.02.
    """
    table = judged({"expect": expect})
    assert table["verdict"].tolist() == [verdict]
    assert table["words"].item().startswith(verdict)


def test_the_words_say_number_interval_expectation_and_place():
    """
    One line is enough to see what was expected, what came and where.
    """
    table = judged({"where": {**THREADS, "gil": True}})
    assert table["words"].item() == (
        "fails: 1.00x [0.99, 1.01] (equivalent within 3 %) where at least 1.5x was expected, "
        "this session only (cpython-3.13, int_loop)"
    )


def test_one_failing_cell_fails_the_claim():
    """
    A claim about threads everywhere is not saved by the target on which it holds.
    """
    table = judged({"where": THREADS})
    assert sorted(table["cell_verdict"]) == ["fails", "holds"]
    assert set(table["verdict"]) == {"fails"}


def test_a_claim_about_nothing_measured_is_not_applicable_and_says_why():
    """
    Neither a success nor a failure: the reason names what is missing, or why it was skipped.
    """
    absent = judged({"where": {"target": "pypy-*"}})
    assert absent["verdict"].tolist() == ["not applicable"]
    assert "target = pypy-*" in absent["words"].item()
    skipped = judged({"where": {"model": "interpreters"}})
    assert "new in 3.14" in skipped["words"].item()


def test_lists_and_patterns_choose_cells():
    """
    The same rules as everywhere in an experiment file.
    """
    where = {"model": ["threads", "processes-*"], "target": "cpython-*t"}
    assert judged({"where": where})["model"].tolist() == ["processes-spawn", "threads"]


def test_more_claims_widen_every_interval():
    """
    Five claims at 95 % each would be wrong somewhere in a quarter of all experiments. Holm looks
    at the clearest at 99 %, at the last at 95; together their intervals hold at 99 each.
    """
    [one] = judged({})["low"]
    many = judged(*[{"id": f"c{i}"} for i in range(5)])
    steps = [1 - 0.05 / k for k in (5, 4, 3, 2, 1)]
    assert sorted(many["level"], reverse=True) == pytest.approx(steps)
    assert many["low_together"].unique() == pytest.approx([many["low"].min()])
    assert (many["low_together"] < one).all()


def test_holm_decides_what_the_same_width_for_all_would_not():
    """
    A claim that plain Bonferroni leaves open is decided once the clear ones are out of the way.
    """
    near = {"id": "near", "expect": {"at_least": 1.878}}
    table = judged(near, *[{"id": f"c{i}"} for i in range(4)]).set_index("claim")
    assert table.loc["near", "verdict"] == "holds"
    assert table.loc["near", "low_together"] < 1.878 < table.loc["near", "low"]


def test_few_blocks_decide_nothing():
    """
    Without an interval there is no verdict, however large the effect.
    """
    table = judged({}, blocks=3)
    assert table["verdict"].tolist() == ["undecided"]
    assert "3 blocks, at least 6 needed" in table["words"].item()


def test_failed_trials_decide_nothing():
    """
    What died may have been about to be slow; the reason is in the words.
    """
    made, records = synthetic.standard()
    records = [
        synthetic.failed(made, each["cell"], each["block"], "timeout")
        if (each["cell"]["model"], each["block"], each["control"]) == ("threads", 0, None)
        else each
        for each in records
    ]
    table = judged({}, made=made, records=records)
    assert table["verdict"].tolist() == ["undecided"]
    assert "1 of 10 trials failed: timeout for the test" in table["words"].item()


def test_seconds_and_observations_are_metrics_too():
    """
    They need no baseline, only blocks.
    """
    cell = synthetic.cell("threads")
    made = synthetic.session([cell])
    records = []
    for block in range(8):
        value = synthetic.value(0, 0.1 + 0.001 * block, observed={"lost": 40 + block})
        records.append(synthetic.record(made, cell, block, response={"values": [value]}))
    table = judged(
        {"id": "quick", "metric": "seconds", "where": THREADS, "expect": {"at_most": 0.2}},
        {"id": "loses", "metric": "observed.lost", "where": THREADS, "expect": {"at_least": 1}},
        {"id": "typo", "metric": "observed.lots", "where": THREADS, "expect": {"at_least": 1}},
        made=made,
        records=records,
    ).set_index("claim")
    assert table["verdict"].tolist() == ["holds", "holds", "undecided"]
    assert table.loc["loses", "estimate"] == pytest.approx(43.5)
    assert "104 ms" in table.loc["quick", "words"]
    assert "no observed.lots was stored" in table.loc["typo", "words"]


def test_a_rare_slow_mode_is_judged_by_the_median():
    """
    One block in twenty thirty times as slow moves the mean, not what usually happens.
    """
    made, records = synthetic.standard(blocks=20)
    slow = 0
    for each in records:
        if each["cell"]["model"] == "threads" and each["block"] == slow and not each["control"]:
            for value in each["response"]["values"]:
                value["seconds"] *= 30
    table = judged({}, made=made, records=records)
    assert table["method"].tolist() == ["exact median"]
    assert "median: a rare slow mode in 5 % [0, 25] of blocks" in table["finding"].item()
    assert table["verdict"].tolist() == ["holds"]


def test_the_baseline_itself_is_no_case_of_a_claim_about_speed_up():
    """
    Sequential is not one time as fast as sequential by measurement.
    """
    assert "sequential" not in set(judged({"where": {"gil": False}})["model"])


def test_cells_of_which_the_same_is_said_share_a_sentence():
    """
    A reason that holds for the whole session is read once, with every place it applies to.
    """
    made, records = synthetic.standard()
    busy = [synthetic.canary(made, block, 0.5) for block in range(10)]
    records = [each for each in records if each["control"] is None] + busy
    [sentence] = verdicts.sentences(judged({"where": THREADS}, made=made, records=records))
    assert sentence == (
        "undecided: the machine was busy: the canary fell short in 10 of 10 blocks "
        "(cpython-3.13, int_loop; cpython-3.13t, int_loop)"
    )
