"""Code that other people brought: what kind of work it is, and what its workers wait for."""

import pytest
from cli_tool import gilscope
from using import BROUGHT, ONE, SORTS, here, run

# Shares of time are read here, so that nothing else may run.
pytestmark = [pytest.mark.cases, pytest.mark.alone]

COMPUTES_AND_WAITS = "Work that computes and waits"
MOSTLY_WAITS = "Work that mostly waits"
HOLDS = "holds the GIL"


def page(folder) -> str:
    """Return the report of what is stored, as one Markdown text."""
    ended = gilscope("report", "--out", "report", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return "\n".join(path.read_text() for path in sorted((folder / "report").rglob("*.md")))


def test_a_lock_of_the_programs_own_is_neither_the_gil_nor_waiting_work(tmp_path, pythons):
    """
    It only computes, which nobody declared; its second thread waits for the first one's lock.
    """
    found = run(BROUGHT / "locked.py", tmp_path, here(pythons, ONE), SORTS)
    assert found.told.status == 0, found.told.text
    assert found.kinds()
    assert not found.kinds() & {"waits", "mixed"}
    assert (found.of_threads("gil_wait") < 0.1).all()
    assert (found.of_threads("blocked") > 0.25).all()
    assert len(found.of_threads("blocked"))
    said = page(tmp_path) + found.told.text
    assert COMPUTES_AND_WAITS not in said
    assert MOSTLY_WAITS not in said


def test_a_lock_without_a_gil_is_waited_for_alike(tmp_path, pythons):
    """
    Without a GIL nothing waits for one.
    """
    found = run(BROUGHT / "locked.py", tmp_path, here(pythons, "cpython-3.13t"), SORTS)
    assert found.told.status == 0, found.told.text
    assert not found.kinds() & {"waits", "mixed"}
    assert found.of_threads("gil_wait").empty
    assert (found.of_threads("blocked") > 0.25).all()


def test_a_worker_that_has_nothing_left_to_do_does_not_wait_for_the_gil(tmp_path, pythons):
    """
    One item is 160 of 174 parts of the work: the other worker is idle, and that is what is said.
    """
    found = run(BROUGHT / "uneven_hash.py", tmp_path, here(pythons, ONE), SORTS)
    assert found.told.status == 0, found.told.text
    found.told.says(r"one item is 9\d % of the work", r"2 workers can give is 1\.(0\d|1[01])x")
    assert all("skewed-items" in codes for codes in found.codes("sequential"))
    assert (found.of_threads("gil_wait") < 0.1).all()
    assert HOLDS not in found.kinds()
    assert f"computes and {HOLDS}" not in page(tmp_path)
