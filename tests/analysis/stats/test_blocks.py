"""Numbers of blocks, against a published table, the noncentral t and Stein's formula."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis.stats import (
    blocks_for_power,
    blocks_for_precision,
    half_width,
    stein_interval,
    stein_plan,
    width_for_power,
)

# Spread of log ratios: half-width and smallest effect found (80 % power) in per cent, for 5, 10,
# 20, 40 and 80 blocks.
TABLE = {
    0.05: [(6.4, 8.8), (3.6, 5.1), (2.4, 3.4), (1.6, 2.3), (1.1, 1.6)],
    0.10: [(13, 18), (7.4, 10.5), (4.8, 6.8), (3.2, 4.6), (2.3, 3.2)],
    0.20: [(28, 40), (15, 22), (9.8, 14), (6.6, 9.5), (4.6, 6.5)],
}


@pytest.mark.parametrize("spread", TABLE)
def test_widths_and_effects_are_those_of_the_table(spread):
    """
    Half-width and smallest effect for five numbers of blocks, as printed.
    """
    for blocks, (width, found) in zip((5, 10, 20, 40, 80), TABLE[spread], strict=True):
        assert 100 * half_width(spread, blocks) == pytest.approx(width, rel=0.03)
        if blocks >= 10:
            enough, short = (
                blocks_for_power(spread, 0.0104 * found),
                blocks_for_power(spread, 0.0096 * found),
            )
            assert enough <= blocks < short


@pytest.mark.parametrize(
    ("spread", "needed"),
    [(0.02, (18, 7, 6)), (0.05, (100, 27, 7)), (0.1, (391, 101, 19)), (0.2, (1555, 395, 67))],
)
def test_blocks_for_a_precision_are_those_of_the_table(spread, needed):
    """
    +-1, 2 and 5 %; never below six, though four would do.
    """
    assert tuple(blocks_for_precision(spread, each) for each in (0.01, 0.02, 0.05)) == needed


def test_blocks_for_a_power_reach_it_and_one_fewer_does_not():
    """
    Power by the noncentral t distribution.
    """
    found = blocks_for_power(0.1, 0.05)

    def power(blocks: int) -> float:
        shift = math.log(1.05) / 0.1 * math.sqrt(blocks)
        edge = stats.t.ppf(0.975, blocks - 1)
        upper = stats.nct.sf(edge, blocks - 1, shift)
        return float(upper + stats.nct.cdf(-edge, blocks - 1, shift))

    assert power(found) >= 0.8 > power(found - 1)
    assert blocks_for_power(0.01, 0.5) == 6


def test_stein_s_plan_keeps_the_spread_and_the_freedom_of_the_pilot():
    """
    N = ceil((t of 9 df * s / log(1.02))^2), and the final interval is no wider than wanted,
    whatever the other blocks look like.
    """
    pilot = np.log([0.93, 0.91, 0.95, 0.90, 0.97, 0.92, 0.94, 0.89, 0.96, 1.10])
    plan = stein_plan(pilot, 0.02)
    expected = (2.262157163 * pilot.std(ddof=1) / math.log(1.02)) ** 2
    assert plan.blocks == math.ceil(expected)
    rest = np.random.default_rng(2).normal(-0.06, 0.5, plan.blocks - 10)
    found = stein_interval(np.append(pilot, rest), plan)
    half = math.log(found.high / found.low) / 2
    assert half == pytest.approx(2.262157163 * plan.spread / math.sqrt(plan.blocks))
    assert half <= math.log(1.02)
    assert found.estimate == pytest.approx(math.exp(np.append(pilot, rest).mean()))


def test_a_pilot_that_is_precise_enough_is_all():
    """
    The second stage may be empty: the interval is then the plain t interval of the pilot.
    """
    pilot = np.log([0.93, 0.91, 0.95, 0.90, 0.97, 0.92, 0.94, 0.89, 0.96, 1.10])
    plan = stein_plan(pilot, 0.5)
    assert plan.blocks == 10
    found = stein_interval(pilot, plan)
    assert (found.low, found.high) == pytest.approx((0.9056803, 0.9868961), abs=1e-7)


@pytest.mark.parametrize("spread", [0.1, 0.3, 1.0])
def test_stein_s_width_for_a_power_reaches_it_whatever_the_spread(spread):
    """
    3000 simulated sessions with a slow-down of 10 %: found in 80 %, and in more where a pilot is
    more than enough. Blocks after the pilot enter by their mean alone, which is normal.
    """
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(3000):
        pilot = rng.normal(np.log(1.1), spread, 10)
        plan = stein_plan(pilot, width_for_power(0.1))
        rest = plan.blocks - 10
        others = rng.normal(rest * np.log(1.1), spread * np.sqrt(rest)) if rest else 0.0
        mean = (pilot.sum() + others) / plan.blocks
        reach = stats.t.ppf(0.975, 9) * pilot.std(ddof=1) / np.sqrt(plan.blocks)
        found += mean > reach
    assert found / 3000 >= 0.78
    assert spread == 0.1 or found / 3000 <= 0.82


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: half_width(0.0, 10), "above 0"),
        (lambda: half_width(0.1, 1), "one block"),
        (lambda: blocks_for_precision(5.0, 1e-6), "more than"),
        (lambda: blocks_for_power(0.1, -0.2), "above 0"),
        (lambda: stein_plan([0.1] * 5, 0.02), "at least 6"),
        (lambda: width_for_power(0.0), "above 0"),
        (lambda: width_for_power(0.1, 5), "at least 6"),
        (lambda: stein_interval(np.zeros(20), stein_plan(np.arange(10.0), 0.1)), "the pilot"),
    ],
)
def test_misuse_is_told(call, words):
    """
    No spread, no width, no pilot.
    """
    with pytest.raises(ValueError, match=words):
        call()
