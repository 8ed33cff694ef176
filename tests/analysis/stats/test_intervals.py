"""Estimates against answers known from elsewhere: R's t.test, order statistics, algebra."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.stats import (
    Interval,
    Order,
    effect,
    karp_flatt,
    karp_flatt_interval,
    mean_interval,
    paired_ratio,
    session_mean,
)

A = np.array([10.1, 10.4, 9.9, 10.0, 10.6])
B = np.array([9.2, 9.9, 9.0, 9.1, 9.4])
TEN = np.array([0.93, 0.91, 0.95, 0.90, 0.97, 0.92, 0.94, 0.89, 0.96, 1.10])


def test_the_t_interval_is_that_of_r():
    """
    R's t.test on the logarithms of ten block ratios gives [.9056803, .9868961].
    """
    mean = paired_ratio(np.log(TEN)).mean
    assert (mean.low, mean.high) == pytest.approx((0.9056803, 0.9868961), abs=1e-7)
    assert mean.estimate == pytest.approx(math.exp(np.log(TEN).mean()))


def test_five_pairs_give_r_s_interval_scaled_by_nothing_when_a_sixth_repeats_their_mean():
    """
    R's interval for five pairs is [.88490279, .94301812]; ours starts at six blocks, so the same
    spread is checked through its formula with a sixth block at the mean of the five.
    """
    a = np.log([10.1, 10.4, 9.9, 10.0, 10.6])
    b = np.log([9.2, 9.9, 9.0, 9.1, 9.4])
    differences = np.append(b - a, (b - a).mean())
    found = paired_ratio(differences).mean
    half_of_five = math.log(0.94301812 / 0.88490279) / 2
    # s shrinks by sqrt(4/5) and the divisor grows from sqrt(5) to sqrt(6); t from 4 to 5 df.
    half_of_six = half_of_five * math.sqrt(4 / 5 * 5 / 6) * 2.570581836 / 2.776445105
    assert math.log(found.high / found.low) / 2 == pytest.approx(half_of_six, rel=1e-6)
    assert found.estimate == pytest.approx(math.sqrt(0.88490279 * 0.94301812), rel=1e-7)


def test_the_exact_median_interval_lies_between_the_second_and_ninth_of_ten():
    """
    Order statistics 2 and 9 bound the median of ten values with at least 95 %.
    """
    median = paired_ratio(np.log(TEN)).median
    assert (median.low, median.high) == pytest.approx((0.90, 0.97))
    assert median.estimate == pytest.approx(math.sqrt(0.93 * 0.94))


def test_fewer_than_six_blocks_have_an_estimate_and_no_interval():
    """
    Five blocks cannot contradict chance without an assumption: the reason is given instead.
    """
    for count in range(6):
        found = paired_ratio(np.log(TEN[:count]))
        for reading in (found.mean, found.median):
            assert not reading.known
            assert reading.n == count
            assert reading.why is not None
            assert "at least 6" in reading.why
    assert paired_ratio(np.log(TEN[:6])).median.known


def test_a_level_out_of_reach_of_the_exact_interval_is_admitted():
    """
    Six blocks reach 96.9 % at most: at 99.9 % there is a t interval and no exact one.
    """
    found = paired_ratio(np.log(TEN[:6]), level=0.999)
    assert found.mean.known
    assert not found.median.known
    assert "99.90%" in str(found.median.why)


@given(
    st.lists(st.floats(-2, 2), min_size=6, max_size=25),
    st.floats(-3, 3),
)
def test_turning_the_ratio_round_turns_the_interval_round(differences, drift):
    """
    Swapping the two sides gives the reciprocal, whatever common factor both are scaled by.
    """
    one = paired_ratio(differences)
    other = paired_ratio([-each for each in differences])
    for a, b in ((one.mean, other.mean), (one.median, other.median)):
        assert a.estimate * b.estimate == pytest.approx(1)
        assert a.low * b.high == pytest.approx(1)


def test_a_lone_slow_block_splits_the_two_readings():
    """
    One process in twenty that is twenty times as slow moves the mean out of the median's interval.
    """
    differences = np.append(np.linspace(-0.01, 0.01, 19), -3.0)
    found = paired_ratio(differences)
    assert found.rare_slow_mode
    assert found.claimed is found.median
    assert not paired_ratio(differences[:-1]).rare_slow_mode


def test_an_infinite_difference_is_refused():
    """
    A block without one of its times has to be left out by whoever knows why.
    """
    with pytest.raises(ValueError, match="incomplete blocks"):
        paired_ratio([0.1, math.inf])


def test_blocks_that_agree_exactly_give_an_interval_without_width():
    """
    No spread is no reason to fail.
    """
    found = mean_interval([2.0] * 8)
    assert (found.low, found.estimate, found.high) == (2, 2, 2)


def test_the_interval_holds_what_it_promises_when_simulated():
    """
    4000 sessions of ten blocks: 95 % of the intervals hold the truth, give or take 1.1 points.
    """
    draws = np.random.default_rng(20261123).normal(0.3, 0.1, (4000, 10))
    found = [mean_interval(each) for each in draws]
    assert np.mean([each.low <= 0.3 <= each.high for each in found]) == pytest.approx(
        0.95, abs=0.011
    )


@pytest.mark.parametrize(
    ("speedup", "workers", "serial"),
    [(2 / 1.1, 2, 0.10), (2, 2, 0), (1, 2, 1), (4, 4, 0), (1 / 0.4375, 4, 0.25)],
)
def test_karp_and_flatt_give_back_amdahl_s_serial_part(speedup, workers, serial):
    """
    S = 1 / (e + (1 - e) / N) is inverted exactly.
    """
    assert karp_flatt(speedup, workers) == pytest.approx(serial)


def test_one_worker_has_no_serial_fraction():
    """
    Nothing was divided, so nothing can be said of the part that cannot be.
    """
    assert math.isnan(karp_flatt(1.0, 1))


def test_five_sessions_have_the_interval_of_r_s_five_pairs():
    """
    R's t.test on log(B / A) of five pairs gives [.88490279, .94301812]: t with 4 df over sessions
    of one block each, or of several with the same mean.
    """
    differences = np.log(B / A)
    bounds = pytest.approx(np.log([0.88490279, 0.94301812]), abs=1e-8)
    one = session_mean(differences[:, None])
    assert (one.low, one.high) == bounds
    several = session_mean([[d - 0.3, d, d + 0.3] * (k + 1) for k, d in enumerate(differences)])
    assert several.n == 5
    assert (several.low, several.high) == bounds


def test_two_sessions_speak_for_themselves_only():
    """
    With one or two sessions there is an estimate, and the words "this session only".
    """
    for count in (1, 2):
        found = session_mean([np.log(TEN)] * count)
        assert not found.known
        assert "this session only" in str(found.why)
    with pytest.raises(ValueError, match="without blocks"):
        session_mean([[0.1], []])


@pytest.mark.parametrize("order", [Order.IN_TURN, Order.UNKNOWN, "unknown order"])
def test_what_did_not_run_in_random_order_has_no_interval(order):
    """
    The estimate stays; the reason names the order.
    """
    found = paired_ratio(np.log(TEN), order=order)
    for reading in (found.mean, found.median, mean_interval(TEN, order=order)):
        assert math.isfinite(reading.estimate)
        assert not reading.known
        assert str(order) in str(reading.why)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"differences": np.zeros((3, 8))}, "one number per block"),
        ({"differences": [0.1] * 8, "level": 1.0}, "between 0 and 1"),
        ({"differences": [0.1] * 8, "order": "alphabetical"}, "alphabetical"),
    ],
)
def test_misuse_is_told(wrong, words):
    """
    Values not yet reduced to one per block, a level that is none and an order nobody knows.
    """
    with pytest.raises(ValueError, match=words):
        paired_ratio(**wrong)


def test_a_rare_slow_mode_comes_with_its_share():
    """
    3 of 20 blocks lie apart: 15 %, between the bounds of Clopper and Pearson from the beta
    distribution. Readings that agree have no share.
    """
    differences = np.append(np.linspace(-0.01, 0.01, 17), [1.0, 1.2, 1.4])
    share = paired_ratio(differences).slow_share
    assert share is not None
    assert share.estimate == pytest.approx(3 / 20)
    assert share.low == pytest.approx(stats.beta.ppf(0.025, 3, 18))
    assert share.high == pytest.approx(stats.beta.ppf(0.975, 4, 17))
    assert paired_ratio(differences[:17]).slow_share is None


def test_a_common_factor_of_a_block_cancels_exactly():
    """
    Whatever slows both sides of a block leaves no trace, and seconds or microseconds are the same.
    """
    drift = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0])
    base = np.full(10, 3.0)
    plain = paired_ratio(np.log(base * TEN) - np.log(base))
    shaken = paired_ratio(np.log(base * TEN * drift * 1e6) - np.log(base * drift * 1e6))
    assert shaken.mean.low == pytest.approx(plain.mean.low, rel=1e-12)
    assert shaken.median.high == pytest.approx(plain.median.high, rel=1e-12)


def test_karp_flatt_s_interval_turns_the_ends_round():
    """
    The serial fraction falls as the speed-up rises; it reaches as far as the speed-up does.
    """
    speedup = Interval(1.6, 1.5, 1.7, 0.95, 10, "paired t")
    found = karp_flatt_interval(speedup, 2)
    assert (found.low, found.high) == pytest.approx((2 / 1.7 - 1, 2 / 1.5 - 1))
    assert found.low < found.estimate < found.high
    assert "one worker" in str(karp_flatt_interval(speedup, 1).why)
    few = karp_flatt_interval(paired_ratio([0.1] * 3).mean, 2)
    assert not few.known
    assert "at least 6" in str(few.why)


def test_identical_processes_are_not_told_apart_although_one_block_is_lost():
    """
    Pyperf's compare_to calls 20 and 19 runs of identical data significant. Paired by block, the 19
    common ones agree exactly.
    """
    seconds = dict(enumerate(np.exp(np.random.default_rng(1).normal(0, 0.1, 20))))
    other = {block: each for block, each in seconds.items() if block != 7}
    found = paired_ratio([math.log(other[b]) - math.log(seconds[b]) for b in other])
    assert found.mean.n == 19
    assert not found.mean.excludes(1)
    assert effect(found.mean) == "equivalent"
