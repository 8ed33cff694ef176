"""Whatever computer and user are called, no number and no word of the format is lost."""

import gzip
import json
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

import cli_tool
import pytest

from analysis.dataset.records import rows
from harness.storage import anonymise

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results/reference-epyc-2c"
# Where people or programs speak in words of their own; a name may be taken out of these alone.
SPOKEN = {"reason", "traceback", "why", "text", "source", "stdout", "stderr", "path", "question"}
SPOKEN |= {"missing", "unavailable", "probes", "config_args", "cflags", "compiler", "skipped"}
SPOKEN |= {"python_config_args", "python_cflags", "python_compiler", "python_executable"}


def kinds() -> Iterator[tuple[dict, dict]]:
    """Yield a session and a record of each kind that results hold: with and without controls."""
    seen = set()
    for path in sorted(RESULTS.glob("*/*/b000/*.json.gz")):
        record = json.loads(gzip.decompress(path.read_bytes()))
        response = record["response"] or {}
        parts = {key for value in response.get("values") or [{}] for key in value}
        kind = (
            record["control"],
            record["status"],
            tuple(sorted(parts)),
            "observations" in response,
        )
        if kind not in seen:
            seen.add(kind)
            yield json.loads((path.parent.parent / "session.json").read_text()), record


def words(value: object) -> Iterator[str]:
    """Yield every key and every text below ``value`` that could be a name."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from words(item)
    elif isinstance(value, list):
        for item in value:
            yield from words(item)
    elif isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9._-]{4,40}", value):
        yield value


def unspoken(value: object, key: str = "") -> object:
    """Return ``value`` without what is free text, and without paths."""
    if key in SPOKEN:
        return None
    if isinstance(value, str) and key not in ("data", "control"):
        return re.sub(r"\S*/\S+", "<path>", value)
    if isinstance(value, dict):
        return {name: unspoken(item, name) for name, item in value.items()}
    return [unspoken(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def documents() -> list[tuple[dict, dict]]:
    return list(kinds())


@pytest.mark.parametrize("whose", ["host", "user"])
def test_every_word_of_the_format_may_be_the_name_of_a_host_or_a_user(
    documents, whose, monkeypatch
):
    """
    Every key, level, status and unit: values, observations, sessions and facts stay as they are.
    """
    facts = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("machine-*.json"))]
    sessions = {session["session"]: session for session, _ in documents}
    everything = [facts, list(sessions.values()), [record for _, record in documents]]
    found = sorted(set(words(everything)))
    assert {"values", "seconds", "status", "sequential", "warm", "cpython-3.13", "data"} <= set(
        found
    )
    plain = anonymise.scrubber()
    before = [plain(each) for each in (*facts, *sessions.values(), *(r for _, r in documents))]
    expected = [(each, json.dumps(each), unspoken(each)) for each in before]
    for word in found:
        if whose == "host":
            monkeypatch.setattr(platform, "node", lambda word=word: word)
        else:
            monkeypatch.setenv("LOGNAME", word)
        clean = anonymise.scrubber()
        for each, text, kept in expected:
            assert word not in text or unspoken(clean(each)) == kept, word


def test_a_record_says_the_same_to_the_report_whatever_its_host_is_called(documents, monkeypatch):
    """
    The rows of the tidy table, but for reasons.
    """
    told = {"reason", "unobserved"}
    for word in ("values", "status", "threads", "cpython", "engine", "f8le-base64", "warm"):
        monkeypatch.setattr(platform, "node", lambda word=word: word)
        clean = anonymise.scrubber()
        for session, record in documents:
            one, two = rows(session, record), rows(clean(session), clean(record))
            assert [[r[k] for k in r if k not in told] for r in one] == [
                [r[k] for k in r if k not in told] for r in two
            ], word


def test_names_are_taken_out_of_free_text_and_of_paths(monkeypatch):
    """
    In a reason wherever they stand; elsewhere only where a path leads through them.
    """
    monkeypatch.setattr(platform, "node", lambda: "alicebox")
    monkeypatch.setenv("LOGNAME", "alicesmith")
    clean = anonymise.scrubber()
    told = {
        "reason": "alicesmith has no file on alicebox",
        "log": {"stderr": "File /srv/alicesmith/x.py"},
        "request": {"env": {"DATA": "/srv/alicesmith/data"}, "model": "alicebox"},
        "notes": [{"code": "alicebox", "text": "alicebox is busy"}],
        "cell": {"params": {"data": "/srv/alicesmith/x", "reason": "alicebox"}},
    }
    assert clean(told) == {
        "reason": "<name> has no file on <name>",
        "log": {"stderr": "File /srv/<name>/x.py"},
        "request": {"env": {"DATA": "/srv/<name>/data"}, "model": "alicebox"},
        "notes": [{"code": "alicebox", "text": "<name> is busy"}],
        "cell": {"params": {"data": "/srv/<name>/x", "reason": "alicebox"}},
    }
    assert clean("alicesmith was here") == "<name> was here"


def test_two_keys_never_become_one():
    """
    What a key leads to is data, and is not dropped for the sake of a name.
    """
    home = str(Path.home())
    found = anonymise.scrubber()({f"{home}/a": 1, "~/a": 2})
    assert sorted(found.values()) == [1, 2]


def test_half_of_a_surrogate_pair_is_written_out():
    """
    Such a text cannot be stored, and a task may raise an error that has one.
    """
    assert anonymise.scrubber()({"reason": "a\ud800b"}) == {"reason": "a\\ud800b"}


@pytest.mark.slow
def test_a_run_by_a_user_called_values_keeps_its_values(tmp_path):
    """
    From the command line to the disk and back.
    """
    definition = tmp_path / "e.toml"
    workload = ROOT / "experiments/workloads/int_loop.py"
    definition.write_text(
        f'question = "?"\n[factors]\nworkload = ["{workload}"]\nmodel = ["sequential"]\n'
        "workers = [1]\n"
        'target = ["default"]\n[design]\nblocks = 1\nvalues = 2\nwarmups = 0\n'
        "[params.int_loop]\nitems = 2\niterations = 1000\n"
    )
    environ = {**os.environ, "LOGNAME": "values", "USER": "values"}
    environ["XDG_RUNTIME_DIR"] = str(tmp_path)
    ended = cli_tool.gilscope("run", definition, "--machine", "m", cwd=tmp_path, env=environ)
    assert ended.returncode == 0, ended.stderr
    found = [each for each in cli_tool.stored(tmp_path) if each["control"] is None]
    assert found
    assert all(len(each["response"]["values"]) == 2 for each in found)
