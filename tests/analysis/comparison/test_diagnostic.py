"""The diagnostic pass: its own table, and no way into anything that was timed."""

import pandas as pd
import pytest
import synthetic
from hypothesis import given, strategies

import analysis
from analysis import report, tables
from analysis.comparison.trials import trials
from analysis.dataset import observations, tidy
from analysis.inference import metrics, verdicts

LATER = "20261201T000000Z-0000"
HELD = {
    **synthetic.CLAIM,
    "id": "held",
    "where": {"model": "threads", "target": synthetic.GIL},
    "metric": "held",
    "expect": {"at_least": 0.6},
}


def plant(folder, *, apart):
    """Store the standard campaign, then diagnostic trials: in a later session, or among them."""
    made, records = synthetic.standard(claims=[synthetic.CLAIM, HELD])
    run = [each for each in made["cells"] if not each["skipped"]]
    later = {**made, "session": LATER, "pass": "diagnostic"} if apart else made
    run = [{name: level for name, level in each.items() if name != "skipped"} for each in run]
    found = [
        synthetic.diagnosed(later, each, block, held=690 + 4 * block)
        for each in run
        for block in range(6)
    ]
    synthetic.write(folder, made, records if apart else [*records, *found])
    if apart:
        synthetic.write(folder, later, found)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Give the standard campaign without a diagnostic trial."""
    folder = tmp_path_factory.mktemp("plain")
    synthetic.write(folder, *synthetic.standard(claims=[synthetic.CLAIM, HELD]))
    return tidy.read(folder)


@pytest.mark.parametrize("apart", [True, False])
def test_a_diagnostic_trial_changes_no_number_that_was_timed(tmp_path, plain, apart):
    """
    It claims a microsecond and comes from a newer session: no table, verdict or trial has it.
    """
    reading = tidy.read(plant(tmp_path, apart=apart))
    pd.testing.assert_frame_equal(reading.frame, plain.frame)
    assert reading.sessions == plain.sessions
    assert len(reading.diagnostics) == 36
    assert reading.diagnostics["seconds"].isna().all()
    before, after = tables.make_all(plain), tables.make_all(reading)
    assert set(before) == set(tables.names())
    for name in set(before) - {"diagnostics", "timeline"}:
        pd.testing.assert_frame_equal(before[name], after[name])
    pd.testing.assert_frame_equal(trials(reading.frame), trials(plain.frame))
    # Holm's levels depend on how clear the other claims are.
    stepped = ["level", "low", "high", "words", "finding"]
    others = [
        verdicts.table(each).query("metric != 'held'").drop(columns=stepped)
        for each in (plain, reading)
    ]
    pd.testing.assert_frame_equal(*others)


def test_both_passes_are_loaded_one_at_a_time(tmp_path, plain):
    """
    Whoever averages the seconds of what was loaded averages only what was timed.
    """
    plant(tmp_path, apart=True)
    pd.testing.assert_frame_equal(analysis.load(tmp_path), plain.frame)
    assert analysis.load(tmp_path, diagnostic=True)["diagnostic"].all()


def test_held_and_memory_are_means_over_trials(tmp_path):
    """
    690 to 710 of 1000 samples; 5 MiB of PSS for each worker beyond what was there before.
    """
    table = tables.make_all(tidy.read(plant(tmp_path, apart=True)))["diagnostics"]
    row = table.set_index(["model", "target"]).loc[("threads", synthetic.GIL)]
    assert row["held"] == pytest.approx((690 + 694 + 698 + 702 + 706 + 710) / 6000)
    assert row["held_low"] < row["held"] < row["held_high"]
    assert row["pss_per_worker"] == 5 * 2**20
    assert row["uss_per_worker"] == 5 * 2**20 / 2
    assert (row["n"], row["held_samples"], row["latest"]) == (6, 6000, True)


def test_spans_of_the_gil_end_where_another_thread_has_it(tmp_path):
    """
    Of the first trial of each cell; the last sample ends the last span.
    """
    table = tables.make_all(tidy.read(plant(tmp_path, apart=True)))["timeline"]
    cells = table.groupby(["model", "target"])
    assert len(cells) == 6
    assert (table["block"] == 0).all()
    for _, rows in cells:
        assert rows["start"].tolist() == pytest.approx([0, 0.005, 0.01, 0.015])
        assert rows["end"].tolist() == pytest.approx([0.005, 0.01, 0.015, 0.016])
        assert rows["holder"].tolist() == [1, 2, 1, 0]


@given(strategies.lists(strategies.tuples(strategies.integers(0, 999), strategies.integers(0, 3))))
def test_spans_say_of_every_sample_who_held_the_gil(samples):
    """
    Whatever was sampled when: the span that a sample lies in has its holder.
    """
    samples = sorted(dict(samples).items())
    strip = {"microseconds": [at for at, _ in samples], "holders": [who for _, who in samples]}
    response = {"diagnostic": {"held": {"samples": 9, "held": 1, "strip": strip}}}
    text = observations.of_diagnosis(response)["holders"]
    found = [] if text is None else observations.spans(text)
    for at, who in samples[:-1]:
        [holder] = [who for start, end, who in found if start <= 1e-6 * at < end]
        assert holder == who
    assert len(found) <= max(0, len(samples) - 1)


@pytest.mark.parametrize(
    ("strip", "why"),
    [
        ([1, 2], "not an object"),
        ({"microseconds": [0], "holders": "1"}, "not a list"),
        ({"microseconds": [0, 1], "holders": [1]}, "shorter"),
        ({"microseconds": [5, 4], "holders": [1, 1]}, "goes back in time"),
        ({"microseconds": [0], "holders": [True]}, "no count"),
        ({"microseconds": [0], "holders": [-1]}, "no count"),
        ({"microseconds": [0] * 10_001, "holders": [0] * 10_001}, "at most 10000"),
    ],
    ids=range(7),
)
def test_a_strip_that_is_none_costs_its_record(tmp_path, strip, why):
    """
    Results may come from anyone: what is wrong is named, and nothing else is lost.
    """
    cell = synthetic.cell("threads")
    made = synthetic.session([cell], **{"pass": "diagnostic"})
    good, bad = (synthetic.diagnosed(made, cell, block) for block in (0, 1))
    bad["response"]["diagnostic"]["held"]["strip"] = strip
    synthetic.write(tmp_path, made, [good, bad])
    reading = tidy.read(tmp_path)
    assert len(reading.diagnostics) == 1
    [damage] = reading.damaged
    assert why in damage.why


def test_a_claim_on_what_only_diagnosis_knows_is_judged_by_it(tmp_path, plain):
    """
    By the newest diagnostic session of the experiment; without one there is a reason.
    """
    [row] = verdicts.table(tidy.read(plant(tmp_path, apart=True))).query("claim == 'held'").iloc
    assert row["verdict"] == "holds"
    assert row["expected"] == "at least 60 %"
    assert row["words"].startswith("holds: 70.0 % [69.")
    [row] = verdicts.table(plain).query("claim == 'held'").iloc
    assert row["verdict"] == "undecided"
    assert "no diagnostic trial of this cell is stored" in row["words"]


def test_the_report_shows_both_and_says_which_is_which(tmp_path):
    """
    The older, timed session stays the one that the page is about.
    """
    report.write(plant(tmp_path / "results", apart=True), tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text()
    assert f"Diagnostic pass {LATER}" in text
    assert "| 70.0 % \\[69." in text
    assert "session 20261123T140501Z-3f2a, started" in text
    assert LATER not in text.split("### Where the time went")[0]


def test_of_an_unobserved_quantity_the_reason_is_told(tmp_path):
    """
    Memory that could not be read is no memory of zero.
    """
    cell = synthetic.cell("threads")
    made = synthetic.session([cell], **{"pass": "diagnostic"})
    record = synthetic.diagnosed(made, cell, 0)
    found = record["response"]["diagnostic"]
    found |= {"memory": None, "unavailable": {"memory": "smaps_rollup cannot be read"}}
    synthetic.write(tmp_path, made, [record])
    reading = tidy.read(tmp_path)
    [row] = tables.make("diagnostics", reading.diagnostics).to_dict("records")
    assert (row["held"], pd.isna(row["pss_per_worker"])) == (0.7, True)
    assert row["why"] == "memory: smaps_rollup cannot be read"
    assert metrics.METRICS["pss_per_worker"].read is None
