"""The limits that a run and its report both go by."""

from types import SimpleNamespace

import pytest
import synthetic

from analysis import tables
from analysis.dataset import thresholds
from analysis.stats import Order, too_few
from analysis.stats.interval import why_none
from harness.execution import calibration
from harness.storage import limits


def rounds(steal):
    """Return a function that measures two spinners on a machine whose host takes ``steal``."""
    return lambda _: {"single": 1_000.0, "together": 1_800.0, "steal": steal, "others": 0.0}


def stolen(steal):
    """Return whether the report calls a block contaminated whose host took ``steal``."""
    each = synthetic.cell("sequential")
    made = synthetic.session([each])
    record = synthetic.observed(made, each, 0, 0.2, cpu=0.8, delay=0.0, steal=steal)
    return tables.make("contamination", synthetic.frame_of(made, [record]))["contaminated"].item()


def test_run_and_report_take_the_same_threshold_for_a_machine_without_its_own(monkeypatch):
    """
    Whoever changes the canary's default changes it for both.
    """
    monkeypatch.setattr(limits, "CANARY", 0.5)
    assert calibration.calibrate(2, rounds(steal=0.9))["threshold"] == 0.5
    assert thresholds.canary({})[0] == 0.5


@pytest.mark.parametrize(("limit", "clean"), [(0.02, False), (0.2, True)], ids=["usual", "wide"])
def test_run_and_report_call_the_same_share_stolen(monkeypatch, limit, clean):
    """
    A round that makes no calibration and a block that is contaminated lost the same time.
    """
    monkeypatch.setattr(limits, "STEAL", limit)
    assert (calibration.calibrate(2, rounds(steal=0.1))["why"] is None) == clean
    assert bool(stolen(0.1)) == (not clean)


def test_a_run_calibrates_exactly_where_a_report_can_give_an_interval():
    """
    Six blocks carry one; five do not, and the reason says how many are needed.
    """
    for blocks in (limits.MIN_BLOCKS - 1, limits.MIN_BLOCKS):
        experiment = SimpleNamespace(design=SimpleNamespace(blocks=blocks))
        plan = SimpleNamespace(experiment=experiment, runnable=[1], diagnostic=False)
        assert calibration.is_worth_it(plan) == (why_none(blocks, Order.RANDOM_BLOCKS) is None)
    assert f"at least {limits.MIN_BLOCKS} needed" in too_few(5)
