"""How every mistake in an experiment file is told: where, what, and the cure."""

import os
import sys
from pathlib import Path

import pytest

from harness.errors import GilscopeError
from harness.experiment import load, toml_positions


def refusal(path: Path) -> GilscopeError:
    with pytest.raises(GilscopeError) as caught:
        load(path)
    return caught.value


# What to change in the least file, where the error must point, and words it must hold.
MISTAKES = [
    ("workers = [1, 2]", "wokers = [1, 2]", "6:1", "unknown key 'wokers'; did you mean 'workers'?"),
    ("[factors]", "[facters]", "3:2", "did you mean 'factors'?"),
    ("blocks = 10", "blcks = 10", "10:1", "did you mean 'blocks'?"),
    ("at_least", "atleast", "21:12", "did you mean 'at_least'?"),
    ('{ model = "threads"', '{ modl = "threads"', "19:11", "did you mean 'model'?"),
    ('"threads", "proc', '"thread", "proc', "5:24", "unknown execution model 'thread'; did you"),
    ('model = "threads",', 'model = "treads",', "19:19", "did you mean 'threads'?"),
    ('["sum_squares"]', '["sum_square"]', "4:13", "did you mean 'sum_squares'?"),
    ('["sum_squares"]', '["../sum_squares"]', "4:13", "unknown workload"),
    ("workers = [1, 2]", 'workers = [1, "two"]', "6:15", "should be a valid integer, got 'two'"),
    ("workers = [1, 2]", "workers = [0, 2]", "6:12", "greater than or equal to 1, got 0"),
    ("workers = [1, 2]", "workers = 2", "6:11", "Write a list, even for one"),
    ("workers = [1, 2]", "workers = []", "6:11", "is empty"),
    ("workers = [1, 2]", "workers = [2, 2]", "6:15", "level 2 is given twice"),
    ("workers = [1, 2]", "workers = [true]", "6:12", "should be a valid integer, got true"),
    ('target = ["cpython-3.13",', "target = [3.13,", "7:11", 'Write it in quotes: "cpython-3.13".'),
    ('target = ["cpython-3.13",', 'target = [" ",', "7:11", "is blank"),
    ("blocks = 10", "blocks = 0", "10:10", "greater than or equal to 1, got 0"),
    ("values = 3", "values = 2.5", "11:10", "should be a valid integer"),
    ("warmups = 1", "warmups = -1", "12:11", "greater than or equal to 0"),
    ("timeout = 60", "timeout = 0", "14:11", "greater than 0"),
    ("timeout = 60", "timeout = nan", "14:11", "finite"),
    ("timeout = 60", 'timeout = "60"', "14:11", "should be a valid number, got '60'"),
    ("seed = 1", 'gil = "ignore"', "13:7", "should be 'observe', got 'ignore'"),
    ("[design]", "chunk = [0]\n[design]", "9:10", "greater than or equal to 1"),
    ("[design]", 'lifecycle = ["hot"]\n[design]', "9:14", "should be 'warm' or 'cold', got 'hot'"),
    ("[design]", "gc = [true]\n[design]", "9:7", "should be 'on' or 'off', got true"),
    ("[design]", "switch_interval = [0]\n[design]", "9:20", "greater than 0"),
    ('"speedup"', '"sped-up"', "20:10", "unknown metric 'sped-up'; did you mean 'speedup'?"),
    ('"speedup"', '"observed."', "20:10", "unknown metric 'observed.'"),
    ("{ at_least = 1.5 }", "{ }", "21:1", "expects nothing, not exactly one condition"),
    ("{ at_least = 1.5 }", "{ at_least = 1, at_most = 2 }", "21:1", "at_least and at_most"),
    ("{ at_least = 1.5 }", "{ between = [2, 1] }", "21:1", "low bound above its high"),
    ("{ at_least = 1.5 }", "{ between = [2] }", "21:22", "is too short"),
    ('id = "threads-', 'id = "threads ', "17:6", "should be made of letters"),
    ("gil = false", "gil = 0", "19:49", "should be a valid boolean, got 0"),
    ("gil = false", 'target = "twins"', "19:52", "'twins' chooses targets"),
    ("gil = false", 'lifecycle = "hot"', "19:55", "unknown level 'hot'"),
    ("gil = false", 'workload = "sum_squares@x"', "19:54", "no workload 'sum_squares@x'"),
    ("[design]", "[params.fib]\nn = 1\n[design]", "9:9", "no workload 'fib' in this experiment"),
    ("[design]", "[params.sum_squares]\nlimt = 1\n[design]", "10:1", "did you mean 'limit'?"),
    ("[design]", "[params.sum_squares]\nlimit = 1.5\n[design]", "10:9", "has 1000"),
    ("[design]", "[params.sum_squares]\nlimit = 1979-05-27\n[design]", "10:9", "same type"),
    ("[design]", '[params.sum_squares."p*"]\nlimt = 1\n[design]', "10:1", "no parameter 'limt'"),
    ("[design]", "[presets.smok]\nskip = true\n[design]", "9:10", "did you mean 'smoke'?"),
    ("[design]", '[presets.full.factors]\nmodel = ["x"]\n[design]', "10:10", "model 'x'"),
    ("[design]", "[[override]]\nwhere = {}\n[design]", "9:3", "changes none of"),
    ("[design]", "[[exclude]]\n[design]", "9:3", "would exclude every cell"),
    ("[design]", "design = 3\n[desig]", "10:2", "unknown key 'desig'"),
    ("[[claims]]", "[[claims]]\nid = 5", "18:37", "invalid TOML: Cannot overwrite a value"),
    ("blocks = 10", "blocks = = 10", "10:10", "invalid TOML: Invalid value"),
    ("blocks = 10", "blocks = 1" + "0" * 5_000, "14:1", "invalid TOML"),
    ('scale with workers?"', "", "1:", "invalid TOML: Illegal character"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake[3])
def test_a_mistake_is_told_with_its_place_and_a_cure(write, least, mistake):
    """
    Line and column are those an editor shows, and the caret stands under what is wrong.
    """
    old, new, place, words = mistake
    assert old in least
    path = write(least.replace(old, new, 1))

    error = refusal(path)

    told = str(error)
    assert words in told
    if "1" + "0" * 5_000 not in new:  # such a number has no place in Python's own message
        assert f"{path}:{place}" in told
    assert error.hint


def test_all_mistakes_of_a_file_are_told_at_once(write, least):
    """
    Nobody should have to run the tool five times to correct five lines.
    """
    text = least.replace("blocks = 10", "blcks = 10").replace("workers = [1, 2]", "workers = [0]")
    path = write(text.replace('"speedup"', '"sped"').replace("question", "questio"))

    error = refusal(path)

    assert error.where == f"{path}:1:1"
    told = str(error)
    at = [told.index(f"{path}:{place}") for place in ("1:1", "6:12", "10:1", "20:10")]
    assert at == sorted(at)
    assert "question: this key is missing" in told


def test_the_caret_stands_under_the_mistake(write):
    """
    Columns are counted in characters, though the parser counts bytes, and wide ones are wide.
    """
    path = write(
        'question = "é日本?"\nfactors = { workload = ["é日本", 5], model = 1, workers = [1] }\n'
    )

    lines = str(refusal(path)).split("\n")

    caret = next(index for index, line in enumerate(lines) if "workload[1]" in line) + 2
    assert lines[caret - 1].index("5") == 4 + 32 - 1
    assert lines[caret].index("^") == lines[caret - 1].index("5") + 2  # two wide characters


def test_without_toml_rs_an_error_still_says_what(write, least, monkeypatch):
    """
    Line numbers are a courtesy of one library; the message must not depend on it.
    """
    monkeypatch.setitem(sys.modules, "toml_rs", None)
    path = write(least.replace("blocks = 10", "blcks = 10"))

    assert toml_positions.places("a = 1") == {}
    error = refusal(path)
    assert error.where == str(path)
    assert "design.blcks: unknown key 'blcks'; did you mean 'blocks'?" in error.what


def test_duplicate_claim_ids_are_refused(write, least):
    """
    A verdict is reported by id: two under one id could not be told apart.
    """
    claim = least[least.index("[[claims]]") :]

    assert "is taken by an earlier claim" in str(refusal(write(f"{least}\n{claim}")))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"question = '\xff'", "1:13: is not UTF-8: byte 0xff"),
        (b"#" * (2 << 20), "is larger than 1 MiB"),
        (b"", "question: this key is missing"),
        (b"a = " + b"[" * 5_000, "nested too deeply"),
        (b"a" + b".a" * 2_000 + b" = 1", "nested too deeply"),
        (b"claims = 1\nfactors = 2\nparams = 3\npresets = [4]\nexclude = [5]", "claims: "),
        (b"claims = [1]\n[params]\nx = 1\n[presets]\nfull = 1", "claims[0]: "),
    ],
)
def test_a_file_that_is_no_experiment_is_an_error_with_a_hint(write, content, words):
    """
    Whatever is given, the answer is a sentence and never a traceback.
    """
    assert words in str(refusal(write(content)))


def test_what_is_not_a_readable_file_is_an_error_with_a_hint(tmp_path, write, least):
    """
    A missing file, a folder, a pipe and a file without permission are told apart.
    """
    assert "there is no such file" in str(refusal(tmp_path / "none.toml"))
    assert "is a folder" in str(refusal(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in str(refusal(tmp_path / "pipe"))
    path = write(least)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "cannot be read" in str(refusal(path))


def test_a_broken_workload_is_told_at_the_level_that_names_it(write, least, tmp_path):
    """
    The experiment's line and the workload's line are both in the message.
    """
    (tmp_path / "workloads" / "sum_squares.py").write_text("PARAMS = {}\ndef broken(:\n")

    error = refusal(write(least))

    assert error.where.endswith("experiment.toml:4:13")
    assert "sum_squares.py:2:" in error.what
