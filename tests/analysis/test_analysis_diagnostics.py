"""The diagnostic pass: its own table, and no way into anything that was timed."""

import build
import pandas as pd
import pytest

import analysis
from analysis import metrics, report, tables, tidy, verdicts
from analysis.trials import trials

LATER = "20261201T000000Z-0000"
HELD = {
    **build.CLAIM,
    "id": "held",
    "where": {"model": "threads", "target": build.GIL},
    "metric": "held",
    "expect": {"at_least": 0.6},
}


def plant(folder, *, apart):
    """Store the standard campaign, then diagnostic trials: in a later session, or among them."""
    made, records = build.standard(claims=[build.CLAIM, HELD])
    run = [each for each in made["cells"] if not each["skipped"]]
    later = {**made, "session": LATER, "pass": "diagnostic"} if apart else made
    run = [{name: level for name, level in each.items() if name != "skipped"} for each in run]
    found = [
        build.diagnosed(later, each, block, held=690 + 4 * block)
        for each in run
        for block in range(6)
    ]
    build.write(folder, made, records if apart else [*records, *found])
    if apart:
        build.write(folder, later, found)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Give the standard campaign without a diagnostic trial."""
    folder = tmp_path_factory.mktemp("plain")
    build.write(folder, *build.standard(claims=[build.CLAIM, HELD]))
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
    for name in set(before) - {"diagnostics"}:
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
    row = table.set_index(["model", "target"]).loc[("threads", build.GIL)]
    assert row["held"] == pytest.approx((690 + 694 + 698 + 702 + 706 + 710) / 6000)
    assert row["held_low"] < row["held"] < row["held_high"]
    assert row["pss_per_worker"] == 5 * 2**20
    assert row["uss_per_worker"] == 5 * 2**20 / 2
    assert (row["n"], row["held_samples"], row["latest"]) == (6, 6000, True)


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
    assert "no diagnostic trial of it is stored" in row["words"]


def test_the_report_shows_both_and_says_which_is_which(tmp_path):
    """
    The older, timed session stays the one that the page is about.
    """
    report.write(plant(tmp_path / "results", apart=True), tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text()
    assert f"Diagnostic pass {LATER}" in text
    assert "| 70.0 % \\[69." in text
    assert "session 20261123T140501Z-3f2a, started" in text
    assert LATER not in text.split("### What the time went to")[0]


def test_of_an_unobserved_quantity_the_reason_is_told(tmp_path):
    """
    Memory that could not be read is no memory of zero.
    """
    cell = build.cell("threads")
    made = build.session([cell], **{"pass": "diagnostic"})
    record = build.diagnosed(made, cell, 0)
    found = record["response"]["diagnostic"]
    found |= {"memory": None, "unavailable": {"memory": "smaps_rollup cannot be read"}}
    build.write(tmp_path, made, [record])
    reading = tidy.read(tmp_path)
    [row] = tables.make("diagnostics", reading.diagnostics).to_dict("records")
    assert (row["held"], pd.isna(row["pss_per_worker"])) == (0.7, True)
    assert row["why"] == "memory: smaps_rollup cannot be read"
    assert metrics.METRICS["pss_per_worker"].read is None
