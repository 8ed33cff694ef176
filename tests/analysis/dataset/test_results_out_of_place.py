"""Results that were torn, copied or cut short: what is left out is said, and the rest is intact."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
import synthetic

import analysis
from analysis import report, tables
from analysis.dataset import tidy
from analysis.report import terminal
from harness.errors import GilscopeError
from harness.storage import store


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def results(tmp_path) -> Path:
    """Give two sessions of one experiment and one of another, all of one machine."""
    folder = tmp_path / "results"
    synthetic.write(folder, *synthetic.two_cells(2))
    synthetic.write(folder, *synthetic.two_cells(2, session="20261124T140501Z-3f2b"))
    synthetic.write(folder, *synthetic.two_cells(2, experiment="other"))
    return folder


def sessions(results: Path) -> list[Path]:
    """Return the folders of both sessions of one experiment, then that of the other."""
    found = [path.parent for path in results.glob("*/*/*/session.json")]
    return sorted(found, key=lambda each: (each.parent.name == "other", each.name))


def files(session: Path) -> list[Path]:
    return sorted(session.glob("b*/*.gz"))


def damaged(results: Path) -> dict[str, str]:
    """Return why each file was left out, by its path."""
    return {each.path: each.why for each in tidy.read(results).damaged}


def copied_to_another_session(results: Path) -> list[Path]:
    first, second, _ = sessions(results)
    return [Path(shutil.copy(path, second / "b000" / path.name)) for path in files(first)[:3]]


def copied_to_another_experiment(results: Path) -> list[Path]:
    source, _, other = sessions(results)
    path = files(source)[0]
    return [Path(shutil.copy(path, other / path.parent.name / path.name))]


def copied_to_another_block(results: Path) -> list[Path]:
    path = files(sessions(results)[0])[0]
    return [Path(shutil.copy(path, path.parent.with_name("b001") / path.name))]


def copied_to_another_position(results: Path) -> list[Path]:
    path = files(sessions(results)[0])[0]
    return [Path(shutil.copy(path, path.with_name("p777" + path.name[path.name.index("-") :])))]


def copied_to_the_same_position_in_more_digits(results: Path) -> list[Path]:
    path = files(sessions(results)[0])[0]
    return [Path(shutil.copy(path, path.with_name("p00" + path.name[1:])))]


def copied_as_another_attempt(results: Path) -> list[Path]:
    path = files(sessions(results)[0])[0]
    return [Path(shutil.copy(path, path.with_name(path.name.replace("-a1", "-a2"))))]


def copied_under_a_name_of_its_own(results: Path) -> list[Path]:
    path = files(sessions(results)[0])[0]
    return [Path(shutil.copy(path, path.with_name("copy of " + path.name)))]


def copied_as_a_whole_machine(results: Path) -> list[Path]:
    """Return what lies under the name of another machine; its session files are changed to fit."""
    shutil.copytree(results / "box", results / "crate")
    for path in results.glob("crate/*/*/session.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "machine": "crate"}))
    return sorted(results.glob("crate/*/*/b*/*.gz"))


def sealed_anew_for_another_position(results: Path) -> list[Path]:
    """Return a record that fits its place, of a trial that is there already."""
    path = files(sessions(results)[0])[-1]
    record = json.loads(gzip.decompress(path.read_bytes()))
    record.pop("digest")
    record["position"] = 99_999
    session = store.read_session(path.parent.parent / "session.json")
    return [store.write_record(session, record)]


COPIES = (
    copied_to_another_session,
    copied_to_another_experiment,
    copied_to_another_block,
    copied_to_another_position,
    copied_to_the_same_position_in_more_digits,
    copied_as_another_attempt,
    copied_under_a_name_of_its_own,
    copied_as_a_whole_machine,
    sealed_anew_for_another_position,
)


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.__name__)
def test_a_record_counts_once_and_where_it_belongs(results, copy):
    """
    The table is that of before, and every copy is named among the damaged files.
    """
    before = analysis.load(results)
    made = copy(results)
    with pytest.warns(UserWarning, match="left out"):
        after = analysis.load(results)
    pd.testing.assert_frame_equal(after, before)
    assert set(damaged(results)) == {path.relative_to(results).as_posix() for path in made}
    assert all("box/" not in why and "\n" not in why for why in damaged(results).values())


def test_copies_are_found_with_a_cache_as_without(results, monkeypatch):
    """
    What was kept before the copy came does not hide it.
    """
    from analysis.dataset import catalog

    monkeypatch.setattr(catalog, "WORTH", 1)
    monkeypatch.setattr(catalog, "SETTLED", -(10**18))
    before = analysis.load(results)
    made = {path.relative_to(results).as_posix() for path in copied_to_another_block(results)}
    for _ in range(2):
        assert set(damaged(results)) == made
        pd.testing.assert_frame_equal(tidy.read(results).frame, before)


def removed(path: Path) -> None:
    path.unlink()


def led_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nothing"))


def made_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


LOSSES = (removed, led_nowhere, made_a_pipe, made_a_folder, torn)


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_a_session_without_its_own_file_is_named_beside_the_others(results, lose):
    """
    Its trials cannot be read without it, which is said, with their number.
    """
    first, *others = sessions(results)
    count = len(files(first))
    name = first.relative_to(results).as_posix() + "/session.json"
    lose(first / "session.json")
    why = damaged(results)
    assert list(why) == [name]
    assert f"the {count} trials beside it are left out" in why[name]
    assert set(tidy.read(results).frame["session"]) == {path.name for path in others}
    assert [problem.path for problem in store.damaged_sessions(results)] == [first / "session.json"]
    lines, _ = terminal.verdict_lines(results, "other")
    assert name in " ".join(lines)


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_a_record_that_is_no_file_costs_itself_alone(results, lose):
    """
    No pipe is waited for, no link followed into nothing; the name of the file is told.
    """
    path = files(sessions(results)[0])[0]
    before = tidy.read(results).frame
    trial = path.name.split("-")[1]
    lose(path)
    after = tidy.read(results).frame
    gone = 0 if lose is removed else 1
    assert len(damaged(results)) == gone
    assert set(before["trial"]) - set(after["trial"]) == {trial}


def test_a_block_that_is_no_folder_is_named(results):
    """
    Its trials may be somewhere; here they are not.
    """
    block = sessions(results)[0] / "b001"
    shutil.rmtree(block)
    block.symlink_to(block)
    assert list(damaged(results)) == [block.relative_to(results).as_posix()]


def test_folders_that_are_no_sessions_are_no_damage(results):
    """
    People keep notes beside results, and a run that is killed at once leaves an empty folder.
    """
    for name in ("notes", "box/notes/2026", "box/scaling/20261125T000000Z-0000"):
        (results / name).mkdir(parents=True)
    (results / "box/notes/2026/text.txt").touch()
    assert damaged(results) == {}


def control_alone(folder: Path, control: str) -> None:
    """Store a session that was stopped after its first trial, a control."""
    made, records = synthetic.two_cells(1, session="20261127T140501Z-3f2c", experiment="stopped")
    synthetic.write(folder, made, [each for each in records if each["control"] == control][:1])


@pytest.mark.parametrize("control", ["canary", "a/a"])
def test_controls_alone_are_no_finished_trial(tmp_path, control):
    """
    A block often begins with one: a run that was stopped at once says so, and crashes nothing.
    """
    folder = tmp_path / "alone"
    control_alone(folder, control)
    with pytest.raises(GilscopeError, match="holds no finished trial"):
        report.write(folder, tmp_path / "out")
    with pytest.raises(GilscopeError, match="no finished trial of experiment 'stopped'"):
        terminal.verdict_lines(folder, "stopped")
    reading = tidy.read(folder)
    assert len(analysis.load(folder)) == len(reading.frame) > 0
    assert set(tables.make_all(reading)) >= set(tables.names())


@pytest.mark.slow
@pytest.mark.parametrize("control", ["canary", "a/a"])
def test_a_session_of_controls_alone_takes_nothing_from_the_others(results, tmp_path, control):
    """
    The tables of the other sessions are the same, and the page is written.
    """
    before = tables.make("speedups", tidy.read(results).frame)
    control_alone(results, control)
    pd.testing.assert_frame_equal(tables.make("speedups", tidy.read(results).frame), before)
    written = report.write(results, tmp_path / "out")
    assert "stopped" in next(p for p in written if p.name == "index.html").read_text()


def test_all_ordinary_records_damaged_is_no_finished_trial(tmp_path):
    """
    The message names one of them.
    """
    folder = tmp_path / "damaged"
    stored = synthetic.write(folder, *synthetic.two_cells(1))
    for path in store.record_files(stored):
        if store.read_record(path)["control"] is None:
            path.write_bytes(b"")
    with pytest.raises(GilscopeError, match=r"no finished trial; 2 damaged, such as box/scaling"):
        report.write(folder, tmp_path / "out")
