"""A claim that compares two cells: which, in what unit, and what its verdict says."""

import random

import pytest
import synthetic

from analysis import tables
from analysis.dataset.tidy import Reading, Session
from analysis.inference import sizing, verdicts
from analysis.report import content, markdown

BEFORE, AFTER = "before", "after"
CLAIM = {
    **synthetic.CLAIM,
    "id": "no-slower",
    "text": "The new version takes at most 3 % longer.",
    "where": {"workload": AFTER},
    "against": {"workload": BEFORE},
    "metric": "ratio",
    "expect": {"at_least": 0.97},
}
SAME = {"expect": {"between": [0.97, 1.03]}}


def versions(model="sequential", **levels):
    """Return a cell of each version."""
    return [synthetic.cell(model, workload=name, **levels) for name in (BEFORE, AFTER)]


def reading(*sessions):
    """Return sessions, each with its records, as if they had been stored."""
    known = [
        Session(made["machine"], made["experiment"], made["session"], made, {})
        for made, _ in sessions
    ]
    return Reading(synthetic.frame_of_all(*sessions), tuple(known), ())


def measured(slower=1.0, cells=None, seed=1, noise=0.01, blocks=10, **claim):
    """Return a session in which ``after`` takes ``slower`` times as long, give or take noise."""
    chance = random.Random(seed)
    made = synthetic.session(
        cells or versions(), claims=[{**CLAIM, **claim}], experiment="versions", blocks=blocks
    )

    def took(which, block):
        drift = 0.2 * (1 + 0.05 * block) * chance.lognormvariate(0, noise)
        return drift * (slower if which["workload"] == AFTER else 1)

    return made, synthetic.fill(made, took, blocks=blocks)


def judged(*sessions):
    return verdicts.table(reading(*sessions))


@pytest.mark.parametrize("seed", range(12))
def test_two_copies_of_one_file_are_never_called_different(seed):
    """
    No difference within 3 % holds where the noise is small, and is open where it is large.
    """
    quiet = judged(measured(seed=seed, noise=0.005, **SAME))
    loud = judged(measured(seed=seed, noise=0.1, **SAME))
    assert quiet["verdict"].tolist() == ["holds"]
    assert loud["verdict"].tolist() == ["undecided"]


@pytest.mark.parametrize(
    ("slower", "expect", "verdict"),
    [
        (1.10, {"at_least": 0.97}, "fails"),
        (1.10, {"between": [0.97, 1.03]}, "fails"),
        (1.10, {"at_most": 0.97}, "holds"),
        (0.90, {"at_least": 1.05}, "holds"),
        (0.90, {"between": [0.97, 1.03]}, "fails"),
        (1.03, {"at_least": 0.97}, "undecided"),
    ],
)
def test_a_planted_difference_is_found(slower, expect, verdict):
    """
    Above 1 the cell of `where` is the faster one: 10 % longer is a ratio of 1 / 1.1.
    """
    assert judged(measured(slower, expect=expect))["verdict"].tolist() == [verdict]


def test_the_sentence_says_how_many_times_as_long_it_takes():
    """
    The planted 10 % lies between its ends, which are the inverse of the interval beside it.
    """
    row = judged(measured(1.1)).iloc[0]
    low, high = 1 / row["high"], 1 / row["low"]
    assert low < 1.1 < high
    assert row["words"].startswith(
        f"fails: after takes {low:.2f} to {high:.2f} times the time of before: {1 / 1.1:.2f}x ["
    )
    assert "where at least 0.97x was expected, this session only" in row["words"]
    assert row["against"] == BEFORE


def test_the_ratio_is_the_mean_of_what_the_blocks_say():
    """
    Computed from the records by hand: the geometric mean of before over after, block by block.
    """
    made, records = measured(0.8)
    of = {
        (each["cell"]["workload"], each["block"]): each["response"]["values"][1]["seconds"]
        for each in records
        if each["control"] is None
    }
    product = 1.0
    for block in range(10):
        product *= of[BEFORE, block] / of[AFTER, block]
    assert judged((made, records))["estimate"].item() == pytest.approx(product**0.1)


def test_where_and_against_changed_round_give_the_inverse():
    """
    Neither side is special.
    """
    there = judged(measured(1.1)).iloc[0]
    swapped = {"where": {"workload": BEFORE}, "against": {"workload": AFTER}}
    back = judged(measured(1.1, **swapped)).iloc[0]
    assert back["estimate"] == pytest.approx(1 / there["estimate"])
    assert (back["low"], back["high"]) == pytest.approx((1 / there["high"], 1 / there["low"]))


def test_other_parameters_are_compared_per_unit_of_work():
    """
    Half the work in half the time is no gain; with the same parameters it is all the gain.
    """
    half = versions()
    half[1]["params"] = {"items": 8}
    made, records = measured(0.5, half)
    made["units_declared"] = [AFTER, BEFORE]
    for each in records:
        if each["cell"]["workload"] == AFTER:
            each["response"]["units"] = 8
    [row] = judged((made, records)).to_dict("records")
    assert row["estimate"] == pytest.approx(1.0, rel=0.02)
    assert row["words"].split(": ")[1].endswith("times the time of before per unit of work")

    for each in made["cells"]:
        each["params"] = {"items": 8}
    assert judged((made, records))["estimate"].item() == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize("declared", [None, [], [AFTER], [BEFORE]], ids=str)
def test_other_parameters_decide_nothing_where_units_are_not_declared(declared):
    """
    Per item, half the size is twice as fast: no word of it is about the code.
    """
    half = versions()
    half[0]["params"], half[1]["params"] = {"size": 200}, {"size": 100}
    made, records = measured(0.5, half)
    if declared is not None:
        made["units_declared"] = declared

    table = judged((made, records))

    assert table["verdict"].tolist() == ["undecided"]
    assert "parameters differ (size: 100 and 200)" in table["words"].item()
    assert "nothing says how much work each does" in table["words"].item()


@pytest.mark.parametrize(
    ("where", "against", "names"),
    [
        ({"model": "threads", "workers": 4}, {"workers": 2}, ("threads x4", "threads x2")),
        ({"model": "threads", "workers": 4}, {"model": "sequential"}, ("threads x4", "sequential")),
        ({"model": "sequential"}, {"model": "threads", "workers": 2}, ("sequential", "threads x2")),
        ({"model": "threads-raw"}, {"model": "threads", "lifecycle": "warm"}, ("raw", "warm")),
        ({"target": synthetic.FREE}, {"target": synthetic.GIL}, (synthetic.FREE, synthetic.GIL)),
        ({"chunk": 8}, {"chunk": 1}, ("chunk 8", "chunk 1")),
        ({"gc": "off"}, {"gc": "on"}, ("gc off", "gc on")),
        ({"switch_interval": 0.05}, {"switch_interval": 0.005}, ("50.0 ms", "5.00 ms")),
    ],
    ids=lambda each: "-".join(map(str, each)),
)
def test_any_factor_can_tell_the_two_cells_apart(where, against, names):
    """
    All else is as in `where`, but for what a model fixes: sequential has one worker.
    """
    cells = [
        synthetic.cell("sequential"),
        synthetic.cell("threads", 2),
        synthetic.cell("threads", 4),
        synthetic.cell("threads-raw", 2, lifecycle="cold"),
        synthetic.cell("threads", 2, synthetic.FREE),
        synthetic.cell("threads", 2, chunk=8),
        synthetic.cell("threads", 2, gc="off"),
        synthetic.cell("threads", 2, switch_interval=0.05),
    ]
    table = judged(measured(1.0, cells, where=where, against=against))
    told = table["words"].item()
    assert all(
        name in told.partition(" times the time of ")[at * 2] for at, name in enumerate(names)
    )
    assert table["n"].item() == 10


def test_a_cell_among_those_of_where_is_not_compared_with_itself():
    """
    "Everything against before": before is what the others are compared with.
    """
    cells = [*versions(), synthetic.cell("sequential", workload="third")]
    table = judged(measured(1.1, cells, where={}))
    assert table["workload"].tolist() == [AFTER, "third"]
    assert table["cell_verdict"].tolist() == ["fails", "holds"]


def test_latencies_of_a_group_are_compared_as_they_are():
    """
    A latency is of one call: other parameters, such as more neighbours, do not divide it.
    """
    cells = [
        {**synthetic.cell("threads", n, workload=f"echo@{name}"), "params": {"spinners": n}}
        for n, name in ((2, BEFORE), (3, AFTER))
    ]
    made = synthetic.session(
        cells,
        claims=[{**CLAIM, "where": {"workload": f"echo@{AFTER}"}}],
        experiment="versions",
    )
    made["claims"][0]["against"] = {"workload": f"echo@{BEFORE}"}
    records = []
    for block in range(8):
        for each, seconds in zip(cells, (0.001, 0.0012 + block * 1e-6), strict=True):
            value = synthetic.value(
                0, seconds, latencies=synthetic.encoded([seconds] * 5), missed=0
            )
            records.append(synthetic.record(made, each, block, response={"values": [value]}))
        records.append(synthetic.canary(made, block))
    table = judged((made, records))
    assert table["verdict"].tolist() == ["fails"]
    assert "the median latency of echo@after" in table["words"].item()
    assert table["estimate"].item() == pytest.approx(1 / 1.2, rel=0.01)


def test_what_was_not_measured_is_not_applicable_and_says_why():
    """
    The reason is that of the cell that is missing, whichever of the two.
    """
    for name in (BEFORE, AFTER):
        cells = [
            {**each, "skipped": "needs numpy"} if each["workload"] == name else each
            for each in versions()
        ]
        table = judged(measured(1.0, cells))
        assert table["verdict"].tolist() == ["not applicable"]
        assert "workload = after against workload = before" in table["words"].item()
        assert "needs numpy" in table["words"].item()
    alone = judged(measured(1.0, versions()[1:]))
    assert "cells measured together with the cell that `against` names" in alone["words"].item()


@pytest.mark.parametrize("name", [BEFORE, AFTER])
def test_failed_trials_on_either_side_decide_nothing(name):
    """
    What died may have been about to be slow.
    """
    made, records = measured(1.1)
    records = [
        synthetic.failed(made, each["cell"], each["block"])
        if (each["cell"]["workload"], each["block"], each["control"]) == (name, 3, None)
        else each
        for each in records
    ]
    table = judged((made, records))
    assert table["verdict"].tolist() == ["undecided"]
    assert "1 of 10 trials failed: error for the test" in table["words"].item()


def test_few_blocks_and_a_busy_machine_decide_nothing():
    """
    The same gates as for every other claim.
    """
    few = judged(measured(1.5, blocks=5))
    assert few["verdict"].tolist() == ["undecided"]
    assert "after takes 1.5" in few["words"].item()
    assert "5 blocks, at least 6 needed" in few["words"].item()
    made, records = measured(1.5)
    busy = [
        synthetic.canary(made, each["block"], 0.4) if each["control"] == "canary" else each
        for each in records
    ]
    assert "the machine was busy" in judged((made, busy))["words"].item()


def test_three_sessions_of_both_versions_are_the_unit():
    """
    A session in which the other version was older code is not one of them.
    """

    def at(day, cells=None):
        made, records = measured(1.1, cells, seed=day)
        name = f"2026112{day}T000000Z-aaaa"
        return {**made, "session": name}, [{**each, "session": name} for each in records]

    assert judged(at(1), at(2), at(3))["scope"].tolist() == ["over 3 sessions"]
    edited = versions()
    edited[0]["key"] = "0" * 16
    assert judged(at(1, edited), at(2), at(3))["scope"].tolist() == ["this session only"]


def test_more_claims_widen_the_interval_of_a_ratio():
    """
    Holm looks at ratios as at all else.
    """
    made, records = measured(1.1)
    made["claims"] = [{**CLAIM, "id": name} for name in "abc"]
    table = judged((made, records))
    assert sorted(table["level"], reverse=True) == pytest.approx([1 - 0.05 / k for k in (3, 2, 1)])


def test_the_report_and_its_table_of_verdicts_say_it():
    """
    In the page's words, and as a column that names the other cell.
    """
    gathered = content.gather(reading(measured(1.1)))
    [claim] = gathered.sections[0].claims
    assert claim.verdict == "fails"
    assert "times the time of before" in claim.lines[0]
    assert gathered.csv["verdicts"]["against"].tolist() == [BEFORE]
    assert "times the time of before" in markdown.render(gathered)
    assert set(tables.make("speedups", reading(measured()).frame)["workload"]) == {BEFORE, AFTER}


def test_a_pilot_is_sized_by_the_ratio_that_is_claimed(tmp_path):
    """
    A wanted precision is that of what the claims speak of.
    """
    made, records = measured(1.1, noise=0.05)
    stored = synthetic.write(tmp_path, {**made, "pilot": 10}, records)
    found = sizing.second_stage(stored, records, precision=0.02, most=1000)
    assert found["contrast"].startswith("ratio of cpython-3.13, after")
    assert found["needed"] > 10
