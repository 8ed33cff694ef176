"""What the canary should find on this machine, and from when on a block was not ours."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.execution import calibration
from harness.storage import limits


def rounds(*capacities, steal=0.0, others=0.0):
    """Return a function that gives one round after the other, of two spinners."""
    given = iter(capacities)

    def measure(spinners):
        together = 1_000.0 * spinners * next(given)
        return {"single": 1_000.0, "together": together, "steal": steal, "others": others}

    return measure


def test_a_quiet_machine_gets_a_threshold_below_its_own_level():
    """
    Two hyper-threads that do 0.65 of two cores are not busy; they are what there is.
    """
    found = calibration.calibrate(2, rounds(*[0.65, 0.66, 0.64, 0.65, 0.65, 0.66, 0.64, 0.65]))
    assert found["why"] is None
    assert found["level"] == pytest.approx(0.65)
    assert 0.57 < found["threshold"] < 0.64
    assert len(found["rounds"]) == calibration.ROUNDS


def test_a_busy_machine_gets_the_usual_threshold_and_the_reason():
    """
    A level measured beside somebody else's work would excuse that work for ever.
    """
    for disturbed in (rounds(*[0.4] * 8, others=0.3), rounds(*[0.9] * 8, steal=0.1)):
        found = calibration.calibrate(2, disturbed)
        assert found["threshold"] == limits.CANARY
        assert "0 of 8 rounds were undisturbed" in found["why"]
        assert found["level"] is None


@given(st.lists(st.floats(0.1, 2.0), min_size=calibration.ENOUGH, max_size=20))
def test_the_threshold_lies_between_5_and_25_per_cent_below_the_level(capacities):
    """
    However the rounds scatter.
    """
    level, at = calibration.judged(capacities)
    assert level == min(1.0, statistics.median(capacities))
    assert 0.75 * level - 1e-9 <= at <= 0.95 * level + 1e-9


def test_a_calibration_is_kept_with_the_machine_and_found_again(tmp_path):
    """
    One of another number of spinners, or one that failed, is made anew.
    """
    from harness.storage import store

    good = {"spinners": 2, "threshold": 0.8, "why": None}
    store.write_machine(tmp_path, "m", {"cpu": "x", "canary": {**good, "spinners": 4}})
    store.write_machine(tmp_path, "m", {"cpu": "x", "canary": {**good, "why": "busy"}})
    (tmp_path / "m" / "machine-broken.json").write_text("{")
    assert calibration.known(tmp_path, "m", 2) is None
    store.write_machine(tmp_path, "m", {"cpu": "x", "canary": good})
    assert calibration.known(tmp_path, "m", 2) == good
    said: list[str] = []
    assert calibration.of_run(tmp_path, "m", 2, said.append) == good
    assert said == []


@pytest.mark.alone
def test_a_round_counts_what_others_take():
    """
    A real canary of this machine; shares are shares.
    """
    found = calibration.one_round(2)
    assert found is not None
    assert found["single"] > 0
    assert found["together"] > 0
    assert 0 <= found["steal"] <= 1
    assert 0 <= found["others"] <= 1
