"""The word for a ratio, against equivalence tests done by statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats import Interval, effect, paired_ratio


@pytest.mark.parametrize(
    ("low", "estimate", "high", "word"),
    [
        (1.02, 1.04, 1.06, "faster"),
        (0.90, 0.95, 0.99, "slower"),
        (0.99, 1.00, 1.02, "equivalent"),
        (1.001, 1.01, 1.029, "equivalent"),  # there is a difference, and it is too small to matter
        (0.95, 1.00, 1.05, "undecided"),
        (1.001, 1.025, 1.05, "undecided"),  # not 1, perhaps too small to matter
        (math.nan, 1.5, math.nan, "undecided"),
    ],
)
def test_a_word_for_every_interval(low, estimate, high, word):
    """
    Not being told apart is no equivalence, and no word is "no difference".
    """
    found = Interval(estimate, low, high, 0.95, 10, "paired t")
    assert effect(found) == word
    if found.known:
        turned = Interval(1 / estimate, 1 / high, 1 / low, 0.95, 10, "paired t")
        assert effect(turned, above="slower", below="faster") == word


@given(st.lists(st.floats(-0.05, 0.05), min_size=6, max_size=20), st.floats(0.005, 0.2))
def test_equivalence_is_that_of_two_one_sided_tests(differences, smallest):
    """
    Statsmodels' TOST rejects at 2.5 % exactly where the 95 % interval lies inside the bounds.
    """
    from statsmodels.stats.weightstats import DescrStatsW

    if np.ptp(differences) < 1e-6:
        return
    edge = math.log1p(smallest)
    p_value = DescrStatsW(differences).ttost_mean(-edge, edge)[0]
    if abs(p_value - 0.025) < 1e-9:
        return
    word = effect(paired_ratio(differences).mean, smallest=smallest)
    assert (word == "equivalent") == (p_value < 0.025)
