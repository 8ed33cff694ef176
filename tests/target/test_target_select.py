"""What the levels of the factor ``target`` and the option ``--target`` mean."""

import pytest
from sample_builds import build, found, pypy

from harness.errors import GilscopeError
from harness.target import Missing, Target, check_known, parse_named, require, select
from harness.target.build import named_targets

FOUND = named_targets(
    found(
        build("3.13.5"),
        build("3.13.5", free_threaded=True),
        build("3.13.0", pgo=False),
        build("3.15.1", jit={"available": True, "enabled": False}),
        build("3.9.18"),
        pypy(),
    ),
    {},
)
ONE = [each for each in FOUND if each.name == "cpython-3.9"]


def names(levels, targets=FOUND):
    return [getattr(each, "name", None) for each in select(targets, levels)]


@pytest.mark.parametrize(
    ("level", "chosen"),
    [
        ("default", ["cpython-3.13", "cpython-3.13t", "cpython-3.15", "pypy-3.11"]),
        ("twins", ["cpython-3.13", "cpython-3.13t"]),
        ("free-threaded", ["cpython-3.13t"]),
        ("newest", ["cpython-3.15"]),
        ("oldest", ["cpython-3.9"]),
        ("newest,PYTHON_JIT=1", ["cpython-3.15,PYTHON_JIT=1"]),
        ("jit", ["cpython-3.15"]),
        ("jit,PYTHON_JIT=0", ["cpython-3.15,PYTHON_JIT=0"]),
        ("free-threaded,PYTHON_GIL=1", ["cpython-3.13t,PYTHON_GIL=1"]),
        ("cpython-3.1[35]", ["cpython-3.13", "cpython-3.15"]),
        ("cpython-3.13.0", ["cpython-3.13.0"]),
        ("cpython-3.13.*", ["cpython-3.13.0"]),
        ("pypy-3.11,OMP_WAIT=B,MALLOC_TOP=1", ["pypy-3.11,MALLOC_TOP=1,OMP_WAIT=B"]),
    ],
)
def test_a_level_means_the_same_everywhere(level, chosen):
    """
    Names, globs, the seven words, and arms of any of them.
    """
    assert names([level]) == chosen


def test_all_leaves_out_the_spares():
    """
    A build whose short name another has is used only when named.
    """
    assert set(names(["all"])) == {each.name for each in FOUND if not each.spare}
    assert "cpython-3.13.0" not in names(["cpython-*"])


def test_the_words_make_do_with_one_interpreter():
    """
    On a machine with nothing but one Python everything still runs.
    """
    for word in ("default", "twins", "all", "newest", "oldest"):
        assert names([word], ONE) == ["cpython-3.9"]


def test_order_is_kept_and_duplicates_are_removed():
    """
    A cell is planned once, however often its target is named.
    """
    levels = ["pypy-3.11", "cpython-3.13", "pypy-*", "twins"]
    assert names(levels) == ["pypy-3.11", "cpython-3.13", "cpython-3.13t"]


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        ("cpython-3.14", "uv python install 3.14"),
        ("cpython-3.14t", "uv python install 3.14t"),
        ("pypy-3.10", "uv python install pypy@3.10"),
        ("nonsense", "--target nonsense=PATH"),
        ("cpython-3.13,PYTHON_GIL=0", "cpython-3.13 always has a GIL"),
        ("pypy-3.11,PYTHON_GIL=0", "pypy-3.11 always has a GIL"),
        ("pypy-3.11,PYTHON_JIT=0", "does not support PYTHON_JIT"),
        ("cpython-3.13,PYTHON_JIT=1", "built without a JIT"),
    ],
)
def test_a_level_that_means_nothing_here_is_a_skip_with_a_reason(level, reason):
    """
    An experiment written elsewhere runs here as far as it can, and says what is left out.
    """
    (missing,) = select(FOUND, [level])
    assert isinstance(missing, Missing)
    assert missing.level == level
    assert reason in missing.reason


def test_a_free_threaded_build_that_is_not_there_says_how_to_get_one():
    """
    The most interesting target is the one most machines lack.
    """
    (missing,) = select(ONE, ["free-threaded,PYTHON_GIL=1"])
    assert isinstance(missing, Missing)
    assert "gilscope install-pythons" in missing.reason


def test_an_arm_asks_for_a_state_of_the_gil():
    """
    The worker compares it with what it finds; another state is an error.
    """
    levels = ["cpython-3.13", "free-threaded", "free-threaded,PYTHON_GIL=0"]
    levels += ["free-threaded,PYTHON_GIL=1", "pypy-3.11", "cpython-3.15,PYTHON_JIT=1"]
    targets = [each for each in select(FOUND, levels) if isinstance(each, Target)]
    assert [each.gil for each in targets] == [True, False, False, True, True, True]
    assert targets[3].env == {"PYTHON_GIL": "1"}
    assert targets[3].build_id == targets[1].build_id


@pytest.mark.parametrize(
    "level",
    [
        *("cpython-3.13t,PYTHON_GIL", "cpython-3.13t,PYTHON_GIL=yes", "cpython-3.13t,gil=1"),
        *("cpython-3.13,PYTHONDONTWRITEBYTECODE=1", "cpython-3.13,PATH=/bin", "cpython-3.13,"),
    ],
)
def test_an_arm_that_cannot_be_meant_is_an_error(level):
    """
    A typing error must not become a silent comparison of a thing with itself.
    """
    with pytest.raises(GilscopeError, match=r"cpython-3\.13"):
        select(FOUND, [level])


def test_an_unknown_name_on_the_command_line_suggests_the_nearest():
    """
    What the user typed is a wish, not an experiment's: the run does not start without it.
    """
    with pytest.raises(GilscopeError, match=r"Did you mean 'cpython-3\.13t'") as caught:
        check_known(FOUND, ["cpython-313t"])
    assert "pypy-3.11" in caught.value.hint


def test_an_arm_that_cannot_be_had_is_an_error_on_the_command_line():
    """
    And a glob of which one half can be had is not.
    """
    with pytest.raises(GilscopeError, match="always has a GIL"):
        require(FOUND, ["cpython-3.13,PYTHON_GIL=0"])
    chosen = require(FOUND, ["cpython-3.13*,PYTHON_GIL=0"])
    assert [each.name for each in chosen] == ["cpython-3.13t,PYTHON_GIL=0"]


def test_the_command_line_defines_interpreters_and_restricts_to_levels(tmp_path):
    """
    NAME=PATH, NAME, NAME,ENV=VALUE and all of it together.
    """
    python = tmp_path / "a,B" / "python"
    python.parent.mkdir()
    python.touch()
    texts = [f"mine={python}", f"arm={python},PYTHON_GIL=1", "pypy-3.11", "twins,OMP_NUM_THREADS=2"]
    paths, levels = parse_named(texts)
    assert paths == {"mine": python, "arm": python}
    assert levels == ["mine", "arm,PYTHON_GIL=1", "pypy-3.11", "twins,OMP_NUM_THREADS=2"]


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["mine=/no/such/python"], "no such file"),
        (["all=/bin/sh"], "cannot be the name"),
        (["../x=/bin/sh"], "cannot be the name"),
        (["a=/bin/sh", "a=/bin/ls"], "given twice"),
        (["cpython-3.13,PYTHON_GIL"], "NAME=VALUE"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(texts, complaint):
    """
    Exit status 2 with a hint, never a traceback.
    """
    with pytest.raises(GilscopeError, match=complaint) as caught:
        parse_named(texts)
    assert caught.value.where == "--target"
    assert caught.value.hint
