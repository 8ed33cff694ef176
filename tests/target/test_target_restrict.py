"""What an experiment's levels mean once the user has named interpreters."""

import pytest
from sample_builds import build, found, pypy

from harness.target import Missing, Target, require, restricted, select
from harness.target.build import named_targets

EVERY = named_targets(
    found(
        build("3.12.1"),
        build("3.13.5"),
        build("3.13.5", free_threaded=True),
        build("3.14.1"),
        build("3.14.1", free_threaded=True),
        build("3.15.1", jit={"available": True, "enabled": False}),
        pypy(),
    ),
    {},
)
THREE = ("cpython-3.12", "cpython-3.14", "cpython-3.15")


def names(named, levels):
    """Return the names of what is measured, and the levels that mean nothing."""
    meant = restricted(EVERY, require(EVERY, named), levels)
    return [each.name if isinstance(each, Target) else f"no {each.level}" for each in meant]


@pytest.mark.parametrize("word", ["default", "twins", "all"])
def test_a_word_that_chooses_gives_way_to_what_the_user_chose(word):
    """
    All three are measured, in the order of their naming, where the word alone would take others.
    """
    assert names(THREE, [word]) == list(THREE)
    assert names(THREE, [word]) != [each.name for each in select(EVERY, [word])]


@pytest.mark.parametrize(
    ("named", "levels", "meant"),
    [
        (
            ["cpython-3.13", "cpython-3.13t", "cpython-3.14t"],
            ["free-threaded"],
            ["cpython-3.13t", "cpython-3.14t"],
        ),
        (["cpython-3.12", "cpython-3.15"], ["jit,PYTHON_JIT=1"], ["cpython-3.15,PYTHON_JIT=1"]),
        (["cpython-3.12"], ["jit"], ["no jit"]),
        (
            ["cpython-3.13", "cpython-3.13t"],
            ["free-threaded,PYTHON_GIL=1", "twins"],
            ["cpython-3.13t,PYTHON_GIL=1", "cpython-3.13", "cpython-3.13t"],
        ),
        (["cpython-3.14", "pypy-3.11"], ["cpython-*"], ["cpython-3.14"]),
        (["cpython-3.14"], ["cpython-3.13", "cpython-3.14"], ["no cpython-3.13", "cpython-3.14"]),
        (["all"], ["newest"], ["cpython-3.15"]),
        (THREE, ["oldest"], ["cpython-3.12"]),
        ([*THREE, "cpython-3.14t"], ["twins"], ["cpython-3.14", "cpython-3.14t"]),
        ([*THREE, "cpython-3.13t"], ["twins"], [*THREE, "cpython-3.13t"]),
        (["cpython-3.13t,PYTHON_GIL=1"], ["cpython-3.12"], ["cpython-3.13t,PYTHON_GIL=1"]),
    ],
)
def test_a_property_and_a_name_keep_their_meaning(named, levels, meant):
    """
    Only what is named and has the property, or the name, is measured; an arm stands for itself.
    """
    assert names(named, levels) == meant


def test_two_names_for_one_interpreter_are_two_targets():
    """
    A/A by name: neither replaces the other, in any word and any experiment.
    """
    [one] = found(build("3.13.5"))
    both = named_targets([one], {"left": one, "right": one})
    for word in ("default", "twins", "all"):
        meant = restricted(both, require(both, ["left", "right"]), [word])
        assert [getattr(each, "name", None) for each in meant] == ["left", "right"]


def test_what_target_left_out_is_not_said_to_be_missing():
    """
    It is on the machine: the reason names the option, and what adds it; what is nowhere, installs.
    """
    named = require(EVERY, ["cpython-3.14"])
    reasons = {
        each.level: each.reason
        for each in restricted(EVERY, named, ["cpython-3.13", "free-threaded", "cpython-3.9"])
        if isinstance(each, Missing)
    }
    assert reasons["cpython-3.13"] == "--target excludes it; add `--target cpython-3.13`"
    assert "--target cpython-3.14t" in reasons["free-threaded"]
    assert "uv python install 3.9" in reasons["cpython-3.9"]
