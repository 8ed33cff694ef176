"""Which build gets which name, and which two are twins."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_builds import build, found, pypy

from harness.target.build import named_targets, short_name, twin_note


def by_name(*builds, **named):
    return {each.name: each for each in named_targets(found(*builds), named)}


def test_names_tell_implementation_version_and_kind():
    """
    Everybody scripts against these names.
    """
    names = by_name(
        build("3.13.5"),
        build("3.13.5", free_threaded=True),
        build("3.12.1", debug=True),
        build("3.14.0", free_threaded=True, debug=True),
        pypy("3.11.13"),
    )
    assert set(names) == {
        *("cpython-3.13", "cpython-3.13t", "cpython-3.12d", "cpython-3.14td", "pypy-3.11"),
    }


def test_twins_differ_in_the_gil_and_in_where_they_are_installed():
    """
    Of what else differs, nobody could say whether it or the GIL makes the difference.
    """
    names = by_name(
        build("3.13.5", prefix="/opt/a", arguments=["LDFLAGS=-L/opt/a/lib"]),
        build("3.13.5", prefix="/opt/b", arguments=["LDFLAGS=-L/opt/b/lib"], free_threaded=True),
    )
    assert names["cpython-3.13"].twin == "cpython-3.13t"
    assert names["cpython-3.13t"].twin == "cpython-3.13"


@pytest.mark.parametrize(
    "other",
    [
        {"version": "3.13.4"},
        {"pgo": False},
        {"lto": True},
        {"optimisation": "-O2"},
        {"compiler": "Clang 20"},
        {"shared": True},
        {"arguments": ["--with-assertions"]},
    ],
    ids=lambda other: next(iter(other)),
)
def test_builds_made_differently_are_no_twins(other):
    """
    A free-threaded build without profile optimisation loses to its neighbour for another reason.
    """
    names = by_name(build("3.13.5"), build(free_threaded=True, **other))
    assert [each.twin for each in names.values()] == [None, None]


def test_a_jit_that_is_compiled_in_and_off_does_not_part_twins_and_is_said():
    """
    The builds uv installs differ in it: a free-threaded one cannot have it.
    """
    jit = {"available": True, "enabled": False}
    with_jit = build(arguments=["--enable-experimental-jit=yes-off"], jit=jit)
    names = by_name(with_jit, build(free_threaded=True))
    assert names["cpython-3.13"].twin == "cpython-3.13t"
    note = twin_note(names["cpython-3.13"].build, names["cpython-3.13t"].build)
    assert note is not None
    assert "JIT" in note


def test_the_twin_of_a_free_threaded_build_has_the_short_name():
    """
    An experiment that names cpython-3.13 and cpython-3.13t compares twins wherever it can.
    """
    names = by_name(
        build("3.13.5"), build("3.13.9"), build("3.13.5", free_threaded=True), build("3.13.0")
    )
    assert names["cpython-3.13"].build["version"] == "3.13.5"
    assert {name for name, each in names.items() if each.spare} == {
        *("cpython-3.13.9", "cpython-3.13.0"),
    }


def test_an_optimised_build_goes_before_a_later_patch():
    """
    A build without profile optimisation is not the Python people run.
    """
    names = by_name(
        build("3.12.9", pgo=False), build("3.12.1", pgo=True), build("3.12.5", pgo=None)
    )
    assert names["cpython-3.12"].build["version"] == "3.12.1"
    assert set(names) == {"cpython-3.12", "cpython-3.12.9", "cpython-3.12.5"}


def test_of_equal_builds_each_has_a_name():
    """
    Nothing found is hidden from the listing.
    """
    every = [build("3.12.1", prefix=f"/opt/{place}") for place in "abc"]
    assert set(by_name(*every)) == {"cpython-3.12", "cpython-3.12.1", "cpython-3.12.1-2"}


def test_a_name_given_by_the_user_always_stands():
    """
    NAME=PATH wins over whatever else is installed, and that build goes by no other name.
    """
    here, other = found(build("3.12.1", pgo=False), build("3.12.9"))
    targets = named_targets([here, other], {"cpython-3.12": here, "mine": here})
    assert {each.name: each.python for each in targets} == {
        "cpython-3.12": here.python,
        "mine": here.python,
        "cpython-3.12.9": other.python,
    }


BUILDS = st.lists(
    st.builds(
        lambda patch, free_threaded, pgo, debug, prefix: build(
            f"3.13.{patch}", free_threaded=free_threaded, pgo=pgo, debug=debug, prefix=prefix
        ),
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from([True, False, None]),
        st.booleans(),
        st.sampled_from(["/a", "/b"]),
    ),
    max_size=8,
)


@given(BUILDS)
def test_whatever_is_found_has_one_name_and_the_short_ones_match(builds):
    """
    Names are unique; each kind of build has exactly one with the short name; and where a pair of
    twins exists, the two short names are a pair.
    """
    targets = named_targets(found(*builds), {})
    assert len({each.name for each in targets}) == len(targets) == len(builds)
    kinds = defaultdict(list)
    for each in targets:
        kinds[short_name(each.build)].append(each)
    named = {each.name: each for each in targets}
    for short, group in kinds.items():
        assert [each.name for each in group if not each.spare] == [short]
        if any(each.twin for each in group):
            main = named[short]
            assert main.twin is not None
            assert not named[main.twin].spare


@given(BUILDS)
def test_the_order_of_the_search_does_not_matter(builds):
    """
    The same machine gives the same names tomorrow.
    """
    every = found(*builds)
    assert named_targets(every, {}) == named_targets(reversed(every), {})


def test_a_rebuild_is_another_build_and_another_place_is_not():
    """
    Values of a binary that was replaced must not mix with those of its successor.
    """
    (one,) = named_targets(found(build()), {})
    (again,) = named_targets(found(build(build_date="Nov 2 2026")), {})
    (linked,) = named_targets(found(build(library_path="/opt/lib")), {})
    assert one.build_id != again.build_id
    assert one.build_id == linked.build_id
    assert one.python == Path("/opt/0/bin/python")
