"""results/: written once, read back, verified."""

import gzip
import os
import resource
import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import GilscopeError
from harness.storage import store

SESSION = {
    "schema": 1,
    "machine": "m",
    "experiment": "e",
    "session": "20260101T000000Z-aaaa",
    "plan": "p",
    "cells": [],
}


def record(trial="0123456789abcdef", attempt=1, **more):
    place = {name: SESSION[name] for name in ("machine", "experiment", "session")}
    place |= {"trial": trial, "block": 0, "position": 3, "attempt": attempt}
    return {"schema": 1, **place, **more}


@pytest.fixture
def session(tmp_path):
    return store.write_session(tmp_path, SESSION)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=st.dictionaries(st.text(min_size=8), json_values), number=st.integers(1, 10**6))
def test_a_record_reads_back_as_it_was_written(session, extra, number):
    """
    Every JSON value survives, and the digest says so.
    """
    written = {**extra, **record(attempt=number)}
    path = store.record_path(session, written)
    path.unlink(missing_ok=True)
    assert store.read_record(store.write_record(session, written)) == written


def test_nothing_is_ever_overwritten(session):
    """
    A second write of the same attempt is refused and the first stays.
    """
    path = store.write_record(session, record(value=1))
    with pytest.raises(GilscopeError, match="never overwritten"):
        store.write_record(session, record(value=2))
    assert store.read_record(path)["value"] == 1


def test_a_changed_record_is_noticed(session):
    """
    One digit of a stored time is enough.
    """
    path = store.write_record(session, record(seconds=1.5))
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"1.5", b"1.4")))
    with pytest.raises(store.Damaged, match="digest"):
        store.read_record(path)


CONTENTS = {
    "nothing": b"",
    "two bytes of gzip": b"\x1f\x8b",
    "no gzip": b"no gzip",
    "half an object": gzip.compress(b"{", mtime=0),
    "a list": gzip.compress(b"[1]", mtime=0),
    "half a surrogate pair": gzip.compress(b'{"reason":"\\ud800"}', mtime=0),
    "the bytes of one": gzip.compress(b'{"reason":"\xed\xa0\x80"}', mtime=0),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_damaged_file_is_named_and_never_a_traceback(session, content):
    """
    Results may come from elsewhere.
    """
    path = store.write_record(session, record())
    path.write_bytes(content)
    with pytest.raises(store.Damaged) as problem:
        store.read_record(path)
    assert problem.value.path == path


def test_a_bomb_is_not_unpacked(session, monkeypatch):
    """
    A small file that unpacks to more than any record could hold is refused while reading.
    """
    monkeypatch.setattr(store, "MAX_BYTES", 10_000)
    path = store.write_record(session, record())
    path.write_bytes(gzip.compress(b" " * 20_000))
    with pytest.raises(store.Damaged, match="more than"):
        store.read_record(path)


def test_a_record_under_anothers_name_is_refused(session):
    """
    A copied file cannot pass for a second trial.
    """
    path = store.write_record(session, record())
    other = path.with_name(path.name.replace("0123456789abcdef", "f" * 16))
    path.rename(other)
    with pytest.raises(store.Damaged, match="name"):
        store.read_record(other)


def test_a_session_in_anothers_folder_is_refused(session, tmp_path):
    """
    Names inside the file and on the path must agree.
    """
    elsewhere = tmp_path / "other" / "e" / SESSION["session"]
    elsewhere.parent.mkdir(parents=True)
    session.path.rename(elsewhere)
    assert list(store.sessions(tmp_path)) == []
    assert len(list(store.damaged_sessions(tmp_path))) == 1


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 200, "a b", "<script>"])
def test_a_name_that_is_no_folder_name_is_refused(name):
    """
    A machine's name becomes a path.
    """
    with pytest.raises(GilscopeError, match="cannot name a folder"):
        store.checked_name(name, where="--machine")


def test_a_full_disk_stops_with_a_message_and_harms_nothing(session, tmp_path):
    """
    The kernel refuses the write (a file size limit stands for the disk); no half file appears.
    """
    kept = store.write_record(session, record())
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        noise = os.urandom(50_000).hex()
        with pytest.raises(GilscopeError, match="stays valid"):
            store.write_record(session, record(attempt=2, noise=noise))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    assert store.read_record(kept) == record()


def test_a_writer_killed_at_any_moment_leaves_whole_files_only(tmp_path):
    """
    SIGKILL hits a process that does nothing but store; every file that is there is sound.
    """
    code = (
        "import sys, itertools; from pathlib import Path; from harness.storage import store\n"
        f"session = store.write_session(Path(sys.argv[1]), {SESSION!r})\n"
        "print('go', flush=True)\n"
        "for n in itertools.count(1):\n"
        f"    store.write_record(session, {{**{record()!r}, 'attempt': n, 'text': 'x' * 5000}})\n"
    )
    for index in range(5):
        folder = tmp_path / str(index)
        writer = subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        with writer.stdout:
            writer.stdout.readline()
            while len(list(folder.glob("m/e/*/b000/*.json.gz"))) < 3 + index:
                pass
            writer.kill()
            writer.wait()
        [found] = store.sessions(folder)
        attempts = [one["attempt"] for one in store.records(found)]
        assert sorted(attempts) == list(range(1, len(attempts) + 1))
        store.clean(found)
        assert not list(folder.glob("**/.writing-*"))
