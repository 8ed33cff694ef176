"""The lock, the scrubber and the line that says where the time went."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.cli import _progress
from harness.errors import GilscopeError
from harness.execution import lock, provenance
from harness.execution.launch import Tally
from harness.storage import anonymise


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_the_lock_is_free_again_after_its_holder_and_tells_what_a_killed_one_left(runtime):
    """
    An orderly end leaves nothing written; what a killed holder wrote is handed to the next.
    """
    with lock.held() as (held, left):
        assert left == {}
        held.note(trial="abc")
        written = lock.path().read_text()
        assert str(os.getpid()) in written
    with lock.held() as (_, left):
        assert left == {}
    lock.path().write_text(written)
    with lock.held() as (_, left):
        assert left == {"pid": os.getpid(), "trial": "abc"}


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00" * 5000])
def test_a_lock_with_nonsense_in_it_is_a_free_lock(runtime, text):
    """
    Power may be lost while the note is written.
    """
    lock.path().write_text(text)
    with lock.held() as (_, left):
        assert left == {}


def test_a_link_in_the_locks_place_is_not_followed(runtime):
    """
    In a shared temporary folder somebody else may have put it there.
    """
    (runtime / "target").write_text("precious")
    lock.path().symlink_to(runtime / "target")
    with pytest.raises(GilscopeError, match="cannot be opened"), lock.held():
        pass
    assert (runtime / "target").read_text() == "precious"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_scrubbing_changes_texts_and_nothing_else(value):
    """
    Numbers, shape and keys that name nobody stay as they are; a second time changes nothing.
    """
    clean = anonymise.scrubber()
    once = clean(value)
    assert clean(once) == once
    if not isinstance(value, str | list | dict):
        assert once == value


def test_what_identifies_a_person_is_replaced_wherever_it_stands():
    """
    The longest path first, whole names only, in keys too.
    """
    project = str(Path(harness.__file__).resolve().parent.parent)
    home = str(Path.home())
    clean = anonymise.scrubber([("/tmp/gilscope-x1", "<trial>")])
    found = clean({f"{home}/a": [f"in {project}/harness/x.py", "/tmp/gilscope-x1/r.json"]})
    assert found == {"~/a": ["in <gilscope>/harness/x.py", "<trial>/r.json"]}
    assert clean(f"{home}stead") == f"{home}stead"


def test_the_parts_of_the_time_add_up_to_the_whole():
    """
    Timed, warm-up, start-up and harness are all there is.
    """
    tally = Tally()
    timed = {"values": [{"warmup": True, "seconds": 2.0}, {"warmup": False, "seconds": 3.0}]}
    tally.add({"status": "ok", "wall": 6.0, "response": timed})
    tally.add({"status": "error", "wall": 1.0, "response": None})
    assert (tally.timed, tally.warmup, tally.start_up) == (3.0, 2.0, 2.0)
    line = _progress.spent(tally, 10.0)
    assert "timed 3.0 s (30 %)" in line
    assert "warm-up 2.0 s (20 %)" in line
    assert "start-up 2.0 s (20 %)" in line
    assert "harness 3.0 s (30 %)" in line


def test_the_digest_of_the_program_follows_its_own_files_alone(tmp_path):
    """
    An edit anywhere in the program changes it; caches and a wheel's copy of the experiments do
    not.
    """
    for name in ("harness/cli/run.py", "analysis/report/templates/index.html.j2"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("first")
    first = provenance.program_digest(tmp_path)
    others = ("cli/__pycache__/run.pyc", "worker/.cache/0.1", "experiments/waiting.toml")
    for name in (f"harness/{each}" for each in others):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("no part of it")
    assert provenance.program_digest(tmp_path) == first
    (tmp_path / "analysis/report/templates/index.html.j2").write_text("second")
    assert provenance.program_digest(tmp_path) != first


def test_a_session_says_which_program_made_it():
    """
    Outside a checkout there is no commit: the digests alone tell the records of two wheels apart.
    """
    collected = provenance.collect()
    assert collected["program"] == provenance.program_digest()
    assert collected["worker"] != collected["program"]
