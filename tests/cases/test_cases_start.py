"""Code that other people brought and that cannot start: said once, with the cure, and status 2."""

import pytest
from using import BROUGHT, ONE, OTHERS, SORTS, check, here, run

pytestmark = pytest.mark.cases

CANNOT_START = {
    # file: what the interpreter said, what the hint names
    "typo": ("No module named 'jsn'", None),
    "env_var": ("KeyError: 'MY_SIZE'", "without the shell's variables"),
    "wrapped3": (r"No such file or directory: 'sales\.csv'", "empty folder"),
    "wrapped4": ("unrecognized arguments", None),
}


@pytest.mark.parametrize("name", CANNOT_START)
def test_what_cannot_start_is_said_once(tmp_path, pythons, name):
    """
    Not once per cell, not with status 0, and nothing counts as measured.
    """
    reason, hint = CANNOT_START[name]
    found = run(BROUGHT / f"{name}.py", tmp_path, here(pythons, ONE))
    assert found.told.status == 2, found.told.text
    found.told.says_once(reason)
    found.told.says(rf"{name}\.py", *([hint] if hint else []))
    assert not [each for each in found.records() if each["status"] in ("ok", "wrong")]


@pytest.mark.parametrize("name", CANNOT_START)
def test_check_says_it_beforehand(tmp_path, name):
    """
    The reason is known before any interpreter is prepared. Whatever arguments a check has: the
    script that reads them finds no file either.
    """
    told = check(BROUGHT / f"{name}.py", tmp_path)
    assert told.status == 2
    told.says(f"({CANNOT_START[name][0]})|(sales.*No such file)|(No such file.*sales)")


def test_one_reason_of_several_interpreters_is_said_once(tmp_path, pythons):
    """
    The same mistake on every interpreter is one mistake.
    """
    found = run(BROUGHT / "typo.py", tmp_path, here(pythons, *OTHERS), SORTS)
    assert found.told.status == 2, found.told.text
    found.told.says_once("No module named 'jsn'")
