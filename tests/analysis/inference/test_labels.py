"""The word of a cell: the one rule for faster, slower, equivalent and undecided."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inference import labels
from analysis.stats import Interval, effect


def row(low, point, high, **more):
    """Return what a label reads of a row of the table of speed-ups."""
    reading = {"speedup": point, "low": low, "high": high, "n": 10, "rare_slow_mode": False}
    return {**reading, "n_clean": 0, "no_verdict": None, **more}


@given(st.lists(st.floats(0.5, 2.0), min_size=3, max_size=3).map(sorted))
def test_a_cell_gets_the_word_of_the_rule_for_ratios(bounds):
    """
    There is one rule and one smallest effect, whatever is said of a cell.
    """
    low, point, high = bounds
    assert labels.label(row(*bounds)) == effect(Interval(point, low, high, 0.95, 10, ""))


def test_the_edge_of_equivalence_lies_where_the_rule_has_it():
    """
    An interval that ends at 1.03 to the last digit is judged there and nowhere else.
    """
    assert labels.label(row(1.0, 1.01, 1.03)) == effect(Interval(1.01, 1.0, 1.03, 0.95, 10, ""))


@pytest.mark.parametrize(
    "each",
    [row(1.5, 1.6, 1.7, no_verdict="the machine was busy"), row(math.nan, 1.6, math.nan)],
    ids=["no verdict", "no interval"],
)
def test_what_carries_no_verdict_is_only_measured(each):
    """
    Not even undecided: nothing was asked of it.
    """
    assert labels.label(each) == "measured"
