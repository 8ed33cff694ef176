"""Many claims at once, against statsmodels and against step-down by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.stats import (
    claim_p_value,
    holm_levels,
    mean_interval,
    paired_ratio,
    simultaneous_level,
    t_p_value,
)

SIX = [0.001, 0.008, 0.012, 0.03, 0.04, 0.2]


# statsmodels collects garbage at every call.
@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_a_claim_is_decided_at_its_level_exactly_if_holm_decides_it(p_values):
    """
    A p-value is below 1 - its level where the adjusted one is below 5 %, and nowhere else.
    """
    levels = holm_levels(p_values)
    adjusted = np.asarray(multipletests(p_values, method="holm")[1])
    clear = np.abs(adjusted - 0.05) > 1e-9
    decided = np.array(p_values) <= 1 - levels + 1e-12
    assert decided[clear].tolist() == (adjusted <= 0.05)[clear].tolist()
    assert (levels <= simultaneous_level(len(p_values)) + 1e-12).all()


def test_holm_s_levels_fall_step_by_step_and_stop_where_it_stops():
    """
    .001 and .008 pass at .05 / 6 and .05 / 5, .012 at .05 / 4; .03 fails at .05 / 3, and all after
    it are looked at there.
    """
    expected = [1 - 0.05 / k for k in (6, 5, 4, 3, 3, 3)]
    assert holm_levels(SIX) == pytest.approx(expected)


def test_bonferroni_s_intervals_hold_together():
    """
    Five claims at 95 % have 99 % each.
    """
    assert simultaneous_level(5) == pytest.approx(0.99)
    assert simultaneous_level(1) == pytest.approx(0.95)
    with pytest.raises(ValueError, match="without a claim"):
        simultaneous_level(0)


@pytest.mark.parametrize("method", ["paired t", "exact median"])
@pytest.mark.parametrize(
    ("low", "high"), [(-np.inf, 0.09), (-0.05, 0.1), (0.09, np.inf), (-np.inf, -0.02)]
)
def test_the_p_value_is_where_the_interval_comes_clear_of_the_claim(method, low, high):
    """
    Just above 1 - p the interval crosses an edge of the claim, just below it is clear of them.
    """
    values = np.random.default_rng(5).normal(0.03, 0.1, 25)
    p_value = claim_p_value(values, low=low, high=high, method=method)

    def decided(level: float) -> bool:
        found = mean_interval(values, level=level)
        if method == "exact median":
            ratio = paired_ratio(values, level=level).median
            ends = np.log(ratio.low), np.log(ratio.high)
        else:
            ends = found.low, found.high
        inside = low <= ends[0] and ends[1] <= high
        return inside or ends[1] < low or ends[0] > high

    assert 1e-9 < p_value < 1
    assert decided(1 - p_value * (1 + 1e-6))
    assert not decided(1 - p_value * (1 - 1e-6))


def test_few_blocks_decide_nothing_and_blocks_that_agree_decide_all():
    """
    P is 1 below six blocks, and 0 or 1 where there is no spread.
    """
    assert claim_p_value([0.5] * 5, low=0) == 1
    assert claim_p_value([0.5] * 6, low=0) == 0
    assert claim_p_value([0.5] * 6, low=0.5) == 1
    assert claim_p_value([0.5] * 6) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: holm_levels([0.1, 1.2]),
        lambda: holm_levels([[0.1], [0.2]]),
        lambda: holm_levels([0.1, float("nan")]),
        lambda: claim_p_value([0.1] * 6, low=2, high=1),
        lambda: claim_p_value([0.1] * 6, method="bootstrap"),
    ],
)
def test_misuse_is_told(call):
    """
    What is no probability, no claim or no method is refused.
    """
    with pytest.raises(ValueError, match=r"p-values|expects nothing|no method"):
        call()


@pytest.mark.parametrize(
    "edges", [{"low": 0.9}, {"high": 0.9}, {"low": 0.9, "high": 1.5}, {"low": 1.0, "high": 1.1}]
)
def test_a_p_value_from_the_interval_is_that_from_the_blocks(edges):
    """
    Spread, bounds and degrees of freedom say as much as the blocks themselves.
    """
    values = np.array([1.0, 1.1, 0.93, 1.2, 1.04, 0.99, 1.07])
    direct = claim_p_value(values, **edges)
    assert t_p_value(mean_interval(values), 6, **edges) == pytest.approx(direct)
    assert t_p_value(mean_interval(values, level=0.8), 6, **edges) == pytest.approx(direct)
    assert t_p_value(mean_interval(values[:3]), 2, **edges) == 1
