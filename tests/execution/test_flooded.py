"""Trials that print too much have one reason."""

import pytest

from harness.execution import ending
from harness.process.outcome import Outcome, Output


@pytest.mark.parametrize("size", [1_048_577, 2_000_000])
def test_the_reason_does_not_hold_how_much_was_printed(size):
    """
    It would be another one for every trial.
    """
    outcome = Outcome(flooded=True, signal=9, stdout=Output(size=size))
    reason = "printed more than the 1 048 576 bytes a trial may print; it was killed"
    assert ending.status_of(outcome, None, "gave no answer", 1.0) == ("error", reason)
