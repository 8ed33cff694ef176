"""How long a run will take: known, known in part, or not at all."""

from dataclasses import replace

import pytest

from harness.planning.cells import canary
from harness.planning.durations import CANARY_TRIAL, estimate

CELL = replace(
    canary(2), workload="fast", model="threads", params={"n": 1}, key="fast-threads", target="here"
)
SAME_WORK = replace(CELL, model="sequential", key="fast-sequential")
OTHER = replace(CELL, workload="slow", key="slow-threads")
BIGGER = replace(CELL, params={"n": 9}, key="fast-threads-9")
EVERY = [CELL, SAME_WORK, OTHER, BIGGER, canary(2)]


def test_what_has_run_before_takes_as_long_again():
    """
    Three trials of one cell take three times what its last one took.
    """
    made = estimate([CELL] * 3, {"fast-threads": 40.0}, EVERY)
    assert made.seconds == pytest.approx(120)
    assert str(made) == "about 2 min"
    assert made.left == "2 min left"


def test_a_cell_without_a_record_takes_what_its_workload_takes():
    """
    The mean of the others with the same work; another size of it is other work.
    """
    made = estimate([SAME_WORK], {"fast-threads": 7.0, "slow-threads": 90.0}, EVERY)
    assert (made.seconds, made.unknown) == (pytest.approx(7), ())
    assert estimate([BIGGER], {"fast-threads": 7.0}, EVERY).unknown == ("fast",)


def test_of_work_that_has_never_run_nothing_is_assumed():
    """
    No number is said where none is known, and a part is said to be one.
    """
    nothing = estimate([CELL, OTHER, canary(2)], {}, EVERY)
    assert nothing.seconds == pytest.approx(CANARY_TRIAL)
    assert str(nothing) == "time not known before each workload has run"
    assert nothing.left == "time left not known yet"
    part = estimate([CELL, OTHER], {"fast-threads": 200.0}, EVERY)
    assert str(part) == "more than 3 min (slow not known yet)"
    assert part.left == "over 3 min left"


def test_the_canary_alone_is_known_everywhere():
    """
    It is no stranger's work.
    """
    assert str(estimate([canary(2)] * 3, {}, EVERY)) == "about 6 s"
