"""Stored trials become rows: one per value, and one with a reason where there is none."""

import gzip
import json

import pandas as pd
import pytest
import synthetic

import analysis
from analysis.dataset import tidy
from analysis.dataset.schema import TYPES
from harness.errors import GilscopeError
from harness.storage import store

SEQUENTIAL, THREADS = synthetic.cell("sequential"), synthetic.cell("threads")
COLD = synthetic.cell("threads-raw", lifecycle="cold")


@pytest.fixture
def results(tmp_path):
    """Give a folder with the standard campaign."""
    synthetic.write(tmp_path, *synthetic.standard(blocks=2))
    return tmp_path


def test_there_is_one_row_per_value_and_one_per_trial_without_any(results):
    """
    Warm-ups are rows too; a skipped cell has one row, without seconds and with its reason.
    """
    frame = analysis.load(results)
    assert list(frame.columns) == list(TYPES)
    skipped = frame[frame["status"] == "skipped"]
    assert len(skipped) == 1
    assert skipped["seconds"].isna().all()
    assert skipped["reason"].item() == "InterpreterPoolExecutor is new in 3.14"
    canaries = (frame["control"] == "canary").sum()
    # 6 cells and 2 duplicates in 2 blocks, one warm-up and one value each.
    assert len(frame) == 2 * 8 * 2 + canaries + len(skipped)


def test_columns_keep_their_types_even_without_rows(results, tmp_path_factory):
    """
    Text is pandas' str, what may be unknown is nullable, and an empty folder has them as well.
    """
    empty = analysis.load(tmp_path_factory.mktemp("nothing"))
    for frame in (analysis.load(str(results)), empty):
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == TYPES
    assert len(empty) == 0


def test_several_folders_are_read_as_one(results, tmp_path_factory):
    """
    Results of another machine lie beside ours and share nothing with them.
    """
    other = tmp_path_factory.mktemp("other")
    made, records = synthetic.standard(blocks=1, machine="laptop")
    synthetic.write(other, made, records)
    frame = analysis.load([results, other])
    assert set(frame["machine"]) == {"box", "laptop"}


def test_a_folder_that_is_not_there_is_an_error_with_a_cure(tmp_path):
    """
    A mistyped folder must not pass for a measurement without results.
    """
    with pytest.raises(GilscopeError, match="--results DIR"):
        analysis.load(tmp_path / "resluts")


def test_the_first_cold_value_is_the_result_and_the_rest_are_again():
    """
    Creating the pool is part of a cold value, and only the first one found nothing prepared.
    """
    made = synthetic.session([COLD])
    rows = tidy.rows(made, synthetic.record(made, COLD, 0, [3.0, 1.0, 1.0]))
    assert [row["again"] for row in rows] == [False, True, True]
    warm = tidy.rows(made, synthetic.record(made, THREADS, 0, [3.0, 1.0]))
    assert [(row["warmup"], row["again"]) for row in warm] == [
        (True, False),
        (False, False),
        (False, False),
    ]


def test_the_gil_is_the_state_found_and_unknown_where_nobody_looked():
    """
    A trial that was killed could not say, and nothing is assumed for it.
    """
    made = synthetic.session([THREADS])
    response = {"state": {"start": {"gil": False}, "end": {"gil": True, "cpus": [0, 1, 2]}}}
    [_, row] = tidy.rows(made, synthetic.record(made, THREADS, 0, 1.0, response=response))
    assert (row["gil"], row["cores"]) == (True, 3)
    [row] = tidy.rows(made, synthetic.failed(made, THREADS, 0, "timeout"))
    assert (row["gil"], row["status"], row["reason"]) == (None, "timeout", "timeout for the test")


def test_observations_become_columns(tmp_path):
    """
    What a workload observed is a metric of its own, empty for the others.
    """
    made = synthetic.session([SEQUENTIAL, THREADS])
    values = [synthetic.value(0, 1.0, observed={"lost": 3})]
    records = [
        synthetic.record(made, SEQUENTIAL, 0, 1.0),
        synthetic.record(made, THREADS, 0, response={"values": values}),
    ]
    synthetic.write(tmp_path, made, records)
    frame = analysis.load(tmp_path)
    assert frame["observed.lost"].dropna().tolist() == [3.0]


def test_a_block_cut_short_is_void_and_a_failure_does_not_cut_it():
    """
    Whole means that every runnable cell was tried to some end, well or not.
    """
    made = synthetic.session([SEQUENTIAL, THREADS, {**COLD, "skipped": "not here"}])
    records = [
        synthetic.record(made, SEQUENTIAL, 0, 1.0),
        synthetic.failed(made, THREADS, 0),
        synthetic.record(made, SEQUENTIAL, 1, 1.0),
    ]
    assert tidy.complete_blocks(made, records) == {0}
    frame = synthetic.frame_of(made, records)
    assert dict(zip(frame["block"], frame["void"], strict=True)) == {0: False, 1: True}


def test_records_in_memory_and_the_same_records_read_from_disk_give_one_frame(tmp_path):
    """
    What tests and the second stage look at is what a report is made of: the same rows, types,
    marks and order, of the timed pass and of the diagnostic one.
    """
    made, records = synthetic.standard(blocks=2)
    records = [{**each, "position": int(each["trial"][:4], 16)} for each in records]
    seen = [synthetic.value(0, 1.0, observed={"lost": 3, "dropped": 1})]
    records += [
        synthetic.record(made, THREADS, 2, response={"values": seen}),
        synthetic.diagnosed(made, THREADS, 0),
    ]
    machine = {**synthetic.FACTS, "canary": {"threshold": 0.7, "why": "measured"}}
    short = store.write_machine(tmp_path, made["machine"], machine)
    stored = store.write_session(tmp_path, {**made, "machine_facts": short})
    for each in records:
        store.write_record(stored, each)
    for diagnostic in (False, True):
        frame = tidy.frame_of_records(made, records, machine, diagnostic=diagnostic)
        pd.testing.assert_frame_equal(frame, analysis.load(tmp_path, diagnostic=diagnostic))
        assert len(frame)
    timed = synthetic.frame_of(made, records, machine)
    assert set(timed["void"]) == {False, True}
    assert list(timed.columns[-2:]) == ["observed.dropped", "observed.lost"]


def test_a_record_in_memory_that_is_not_of_the_format_is_an_error():
    """
    On disk it is left out and named; where nobody lists what was left out, it stops.
    """
    made = synthetic.session([THREADS])
    bad = synthetic.record(made, {**THREADS, "workers": "two"}, 0, 1.0)
    with pytest.raises(ValueError, match="workers is 'two'"):
        synthetic.frame_of(made, [bad])


def test_a_cell_found_unable_to_run_voids_no_block():
    """
    The worker may learn what the plan could not know; the others are complete without it.
    """
    made = synthetic.session([SEQUENTIAL, THREADS])
    refused = synthetic.failed(made, THREADS, 0, "skipped", reason="no such model here")
    records = [synthetic.record(made, SEQUENTIAL, block, 1.0) for block in (0, 1)]
    assert tidy.complete_blocks(made, [*records, refused]) == {0, 1}


def test_a_damaged_file_is_named_and_costs_only_itself(results):
    """
    One bad record, one that is no record at all and one of another format: the rest is read.
    """
    whole = len(analysis.load(results))
    torn, foreign, strange = sorted(results.glob("box/*/*/b001/*.gz"))[:3]
    torn.write_bytes(torn.read_bytes()[:-20])
    foreign.write_bytes(b"not gzip")
    record = json.loads(gzip.decompress(strange.read_bytes()))
    record.pop("digest")
    record["cell"]["workers"] = "two"
    record["digest"] = store.digest(record)
    strange.write_bytes(gzip.compress(store.canonical(record)))
    reading = tidy.read(results)
    assert len(reading.damaged) == 3
    assert all(each.path.startswith("box/scaling/") for each in reading.damaged)
    assert any("workers is 'two'" in each.why for each in reading.damaged)
    assert 0 < len(reading.frame) < whole
    with pytest.warns(UserWarning, match="left out: box/scaling/"):
        assert len(analysis.load(results)) == len(reading.frame)


def test_a_damaged_session_is_named_and_the_others_are_read(results):
    """
    Without its plan nothing of a session can be placed; another experiment's can.
    """
    made, records = synthetic.standard(blocks=1, experiment="other")
    synthetic.write(results, made, records)
    next(results.glob("box/scaling/*/session.json")).write_text("{")
    reading = tidy.read(results)
    assert set(reading.frame["experiment"]) == {"other"}
    assert [each.path for each in reading.damaged] == [
        "box/scaling/20261123T140501Z-3f2a/session.json"
    ]


def test_the_build_of_the_target_stands_in_every_row(results):
    """
    A reader of the table alone can see that two targets were not built alike.
    """
    frame = analysis.load(results)
    assert set(frame.loc[frame["control"].isna(), "build"]) == {"PGO, LTO"}
    assert pd.isna(frame.loc[frame["control"] == "canary", "build"]).all()
