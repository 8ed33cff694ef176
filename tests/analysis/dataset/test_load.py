"""Results are read once: what is kept of them is exactly what the files say, or is not used."""

import cProfile
import os
import pstats
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import synthetic
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from analysis import tables
from analysis.dataset import catalog, tidy
from analysis.dataset.schema import TYPES
from harness.errors import GilscopeError
from harness.storage import store

OBSERVED = {"lost": 3}


@pytest.fixture(autouse=True)
def kept_at_once(tmp_path, monkeypatch):
    """Keep even small results, and those written a moment ago, in a cache of the test's own."""
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(catalog, "WORTH", 1)
    monkeypatch.setattr(catalog, "SETTLED", -(10**18))


@pytest.fixture
def reads(monkeypatch) -> list[Path]:
    """Record which records are read from their own files."""
    found = []
    read = store.read_record
    monkeypatch.setattr(store, "read_record", lambda path: (found.append(path), read(path))[1])
    return found


def fill(results: Path) -> None:
    """Write a campaign, one of another machine that observed something, and a diagnostic pass."""
    synthetic.write(results, *synthetic.standard(blocks=2))
    made = synthetic.session([synthetic.cell("threads")], machine="laptop")
    values = [synthetic.value(0, 1.0, observed=OBSERVED), synthetic.value(1, 2.0)]
    synthetic.write(
        results,
        made,
        [synthetic.record(made, synthetic.cell("threads"), 0, response={"values": values})],
    )
    apart = synthetic.session(
        [synthetic.cell("threads")], experiment="apart", **{"pass": "diagnostic"}
    )
    synthetic.write(results, apart, [synthetic.diagnosed(apart, synthetic.cell("threads"), 0)])


def same(one: tidy.Reading, two: tidy.Reading) -> bool:
    """Say whether two readings are equal, or fail with what is not."""
    pd.testing.assert_frame_equal(one.frame, two.frame, check_exact=True)
    pd.testing.assert_frame_equal(one.diagnostics, two.diagnostics, check_exact=True)
    return (one.sessions, one.damaged) == (two.sessions, two.damaged)


def uncached(results: Path) -> tidy.Reading:
    """Read the files alone."""
    return tidy._reading(catalog.Gathered(catalog._places(results, cached=False)))


def test_what_is_kept_is_what_the_files_say(tmp_path, reads):
    """
    Rows, sessions, the diagnostic pass and the list of damage are the same, and no record is
    opened a second time.
    """
    results = tmp_path / "results"
    fill(results)
    torn = next(results.glob("box/scaling/*/b001/*.gz"))
    torn.write_bytes(torn.read_bytes()[:-20])
    first = tidy.read(results)
    assert len(first.damaged) == 1
    assert len(first.diagnostics) == 1
    assert len(reads) == len(list(results.rglob("*.gz")))
    reads.clear()
    assert same(tidy.read(results), first)
    assert reads == []
    assert same(uncached(results), first)


def test_only_new_sessions_are_read(tmp_path, reads):
    """
    A cache that is made anew for each session would cost as much as none.
    """
    results = tmp_path / "results"
    fill(results)
    tidy.read(results)
    for number in range(5):
        reads.clear()
        made, records = synthetic.standard(blocks=1, experiment=f"more{number}")
        synthetic.write(results, made, records)
        reading = tidy.read(results)
        assert {path.parent.parent.parent.name for path in reads} == {f"more{number}"}
        assert same(uncached(results), reading)
    assert len(list(store.cache_folder(results).glob("*.parquet"))) < 5


def test_a_changed_record_is_read_again_though_size_and_time_are_the_same(tmp_path):
    """
    Times can be set back by anyone; when a file was changed cannot.
    """
    results = tmp_path / "results"
    fill(results)
    before = tidy.read(results)
    path = next(results.glob("box/scaling/*/b001/*.gz"))
    status = path.stat()
    text = bytearray(path.read_bytes())
    text[len(text) // 2] ^= 1
    path.write_bytes(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = tidy.read(results)
    assert len(after.damaged) == len(before.damaged) + 1


def test_what_is_younger_than_a_tick_of_the_clock_is_not_kept(tmp_path, monkeypatch):
    """
    A file changed twice within a tick looks like one that was changed once.
    """
    monkeypatch.setattr(catalog, "SETTLED", 10**12)
    results = tmp_path / "results"
    fill(results)
    tidy.read(results)
    assert not store.cache_folder(results).exists()


def test_a_cache_that_comes_with_results_is_not_looked_at(tmp_path):
    """
    Results come from anyone, and a summary that came along could say anything.
    """
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    fill(ours)
    tidy.read(ours)
    synthetic.write(theirs, *synthetic.two_cells(1))
    for path in store.cache_folder(ours).iterdir():
        shutil.copy(path, theirs / path.name)
    assert same(tidy.read(theirs), uncached(theirs))
    assert store.cache_folder(ours) != store.cache_folder(theirs)


def test_results_are_read_where_nothing_can_be_kept(tmp_path, monkeypatch):
    """
    A home folder that is full, read-only or no folder at all costs time and nothing else.
    """
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("GILSCOPE_CACHE", str(blocked))
    results = tmp_path / "results"
    fill(results)
    assert same(tidy.read(results), uncached(results))


def test_the_same_session_in_two_folders_is_read_in_the_usual_order(tmp_path):
    """
    A copy that was merged by mistake counts once; what one folder alone has is not lost.
    """
    made, records = synthetic.two_cells(2)
    synthetic.write(tmp_path / "one", made, records[:-2])
    synthetic.write(tmp_path / "two", made, records[1:])
    synthetic.write(tmp_path / "whole", made, records)
    frame = analysis.load([tmp_path / "one", tmp_path / "two"])
    pd.testing.assert_frame_equal(frame, analysis.load(tmp_path / "whole"))
    assert len(tidy.read([tmp_path / "one", tmp_path / "two"]).sessions) == 1


def test_columns_are_chosen_and_made_small_without_a_change_of_value(tmp_path):
    """
    Text as categories in the order of the text, whole numbers in few bytes: the same table.
    """
    results = tmp_path / "results"
    fill(results)
    whole = analysis.load(results)
    for names in (None, ["trial", "block", "seconds", "gil", "reason", "observed.lost"]):
        small = analysis.load(results, columns=names, compact=True)
        assert small["trial"].dtype == "category"
        assert small["trial"].cat.categories.is_monotonic_increasing
        back = {name: TYPES.get(name, "float64") for name in small.columns}
        pd.testing.assert_frame_equal(small.astype(back), whole[list(small.columns)])
    with pytest.raises(GilscopeError, match="no column 'sceonds'"):
        analysis.load(results, columns=["sceonds"])


def test_processes_read_what_one_reads_and_run_no_script_twice(tmp_path):
    """
    A script without a guard is not started again by the processes that help to read.
    """
    results = tmp_path / "results"
    fill(results)
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom analysis.dataset import reader as raw, tidy\nraw.MANY, raw.CHUNK = 0, 3\n"
        "print('started')\ntidy.read(sys.argv[1]).frame.to_pickle(sys.argv[2])\n"
    )
    out = tmp_path / "frame.pkl"
    environment = {**os.environ, "GILSCOPE_CACHE": str(tmp_path / "another")}
    said = subprocess.run(
        [sys.executable, script, results, out], check=True, capture_output=True, env=environment
    )
    assert said.stdout == b"started\n"
    pd.testing.assert_frame_equal(pd.read_pickle(out), tidy.read(results).frame)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Give results with a cache, and copies of both to start from."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_CACHE", str(folder / "cache"))
        patch.setattr(catalog, "WORTH", 1)
        patch.setattr(catalog, "SETTLED", -(10**18))
        fill(folder / "results")
        yield folder, tidy.read(folder / "results")


def damage(path: Path, kind: str, draw: random.Random) -> None:
    """Damage a file in one of the ways that files are damaged."""
    content = bytearray(path.read_bytes())
    at = draw.randrange(len(content) or 1)
    if kind == "flip" and content:
        content[at] ^= 1 << draw.randrange(8)
    elif kind == "cut":
        del content[at:]
    elif kind == "more":
        content += draw.randbytes(9)
    path.unlink()
    if kind != "gone":
        path.write_bytes(content)


@settings(max_examples=20, deadline=None)
@given(kind=st.sampled_from(["flip", "cut", "more", "gone"]), seed=st.integers(0, 2**32))
def test_no_damage_to_the_cache_changes_what_is_read(prepared, kind, seed):
    """
    It is found, and everything is read anew without a word.
    """
    folder, whole = prepared
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_CACHE", str(folder / "cache"))
        draw = random.Random(seed)
        tidy.read(folder / "results")
        files = sorted(store.cache_folder(folder / "results").iterdir())
        damage(draw.choice(files), kind, draw)
        assert same(tidy.read(folder / "results"), whole)


@settings(max_examples=15, deadline=None)
@given(kind=st.sampled_from(["flip", "cut", "more", "gone"]), seed=st.integers(0, 2**32))
def test_damage_to_the_results_shows_with_a_cache_as_without(prepared, kind, seed):
    """
    Whatever happened to a record, to a plan or to the facts of a machine.
    """
    folder, _ = prepared
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_CACHE", str(folder / "cache"))
        draw = random.Random(seed)
        path = draw.choice(sorted(each for each in folder.glob("results/**/*") if each.is_file()))
        content = path.read_bytes()
        tidy.read(folder / "results")
        damage(path, kind, draw)
        try:
            assert same(tidy.read(folder / "results"), uncached(folder / "results"))
        finally:
            path.write_bytes(content)


def calls(results: Path) -> int:
    """Count the calls that tables of some results take, after one reading that counts not."""
    reading = tidy.read(results)
    profile = cProfile.Profile()
    profile.runcall(tables.make_all, reading)
    return pstats.Stats(profile).total_calls


@pytest.mark.alone
def test_tables_cost_in_proportion_to_sessions(tmp_path):
    """
    Four times the sessions take about four times the work, not sixteen times.
    """
    tables.make_all(tidy.Reading(synthetic.frame_of(*synthetic.standard(blocks=1)), (), ()))
    for name, count in (("few", 4), ("many", 16)):
        for number in range(count):
            made, records = synthetic.two_cells(2, session=f"20261123T1405{number:02d}Z-0000")
            synthetic.write(tmp_path / name, made, records)
    few, many = calls(tmp_path / "few"), calls(tmp_path / "many")
    assert many < 6 * few
