"""Nothing is left out in silence: the last line says what could not be tested, and why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from untested import CARRIED, line, wanting

TESTS = """
import pytest


@pytest.mark.parametrize("name", ["cpython-3.13", "cpython-3.14"])
def test_where_it_is_offered(name):
    if name == "cpython-3.13":
        pytest.skip("needs CPython 3.14 or newer, this is 3.13.5")


@pytest.mark.skipif(True, reason="there is no Chromium here (package chromium)")
@pytest.mark.parametrize("each", [1, 2])
def test_page(each):
    pass
"""


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["one process", "two"])
def test_the_last_line_sums_what_two_runs_skipped(tmp_path, parallel):
    """
    What ran on another interpreter is not missed; each kind is named once, with its cure.
    """
    (tmp_path / "conftest.py").write_text("from untested import pytest_unconfigure\n")
    (tmp_path / "test_it.py").write_text(TESTS)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    environ[CARRIED] = str(tmp_path / "carried")
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", tmp_path, tmp_path, *parallel]
    last = [
        subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for _ in range(2)
    ]
    expected = "Not tested on this machine: no Chromium ({} tests; apt-get install chromium)"
    assert last == [expected.format(2), expected.format(4)]


REASONS = {
    "no pair of builds with and without the GIL among the test interpreters": "make pythons",
    "needs a free-threaded interpreter": "no free-threaded twins (1 test; make pythons",
    "needs CPython 3.14 or newer, this is 3.13.5": "no CPython 3.14 (1 test; make pythons",
    "cpython-3.13t is not on this machine": 'no cpython-3.13t (1 test; make test TARGETS="',
    "none of pypy-3.11, pypy-3.10 is on this machine": "no pypy-3.11, pypy-3.10 (1 test;",
    "this user may not mount a file system": "not root (1 test; sudo make test)",
    "for another reason": "for another reason (1 test)",
}


@pytest.mark.parametrize(("reason", "said"), REASONS.items(), ids=REASONS)
def test_each_reason_leads_to_what_is_missing(reason, said):
    """
    And to the command that brings it, where there is one.
    """
    assert said in line([reason])


def test_where_nothing_is_missing_the_line_says_so():
    """
    Silence could also mean that nobody looked.
    """
    assert line(wanting([], ["test_a"])).endswith("nothing, no test was skipped")
