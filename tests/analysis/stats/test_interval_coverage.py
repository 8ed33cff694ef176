"""Do the intervals hold what they promise? The short form of `make coverage-of-intervals`."""

import interval_coverage as coverage
import pytest

pytestmark = pytest.mark.slow
SESSIONS = 400


@pytest.mark.parametrize("scenario", coverage.SCENARIOS)
@pytest.mark.parametrize("blocks", coverage.BLOCKS)
def test_intervals_cover_in_every_scenario(scenario, blocks):
    """
    93.5 to 98 %, give or take what 400 sessions leave to chance; of a rare slow mode the exact
    interval alone.
    """
    found = coverage.cell(scenario, blocks, SESSIONS)
    assert found.holds, found


def test_one_after_the_other_is_refused_and_would_be_wrong():
    """
    On a drifting machine a t interval of 20 processes each, "A then B", is right half of the time.
    """
    never, naive = coverage.refused(SESSIONS)
    assert never
    assert naive < 0.7


def test_stein_s_two_stages_cover():
    """
    Although the data choose their own number.
    """
    covered, blocks = coverage.stein(SESSIONS)
    assert covered == pytest.approx(0.95, abs=0.033)
    assert blocks > 40


def test_sessions_that_differ_need_the_session_s_interval():
    """
    With effects that vary by 3 % between sessions, t over blocks falls short and t over session
    means does not.
    """
    flat, nested = coverage.over_sessions(SESSIONS)
    assert flat < 0.9
    assert nested == pytest.approx(0.95, abs=0.033)
