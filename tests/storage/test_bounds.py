"""One table of what a quantity may be, for what writes a record and for what reads it."""

import math
from pathlib import Path

import pytest

from harness.storage import bounds

ROOT = Path(__file__).resolve().parents[2]
NONSENSE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "text": "1", "bool": True}


def test_worker_and_reader_have_the_same_table():
    """
    Neither side may import the other; what one accepts and the other refuses would be lost.
    """
    ours, theirs = ROOT / "harness/storage/bounds.py", ROOT / "harness/worker/gilworker/bounds.py"
    assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("name", sorted(bounds.LIMITS))
@pytest.mark.parametrize("kind", sorted(NONSENSE))
def test_what_is_no_finite_number_is_outside_every_bound(name, kind):
    """
    NaN compares as false with everything and must not pass for that.
    """
    assert str(bounds.outside(name, NONSENSE[kind])).startswith(f"{name} is ")


@pytest.mark.parametrize("name", sorted(bounds.LIMITS))
def test_both_ends_of_a_bound_are_inside_and_what_lies_beyond_is_not(name):
    """
    The ends are the last numbers that are accepted.
    """
    low, high = bounds.LIMITS[name]
    assert bounds.outside(name, low) is None
    assert bounds.outside(name, high) is None
    assert bounds.outside(name, low - 1) is not None
    assert bounds.outside(name, 2 * high) is not None
