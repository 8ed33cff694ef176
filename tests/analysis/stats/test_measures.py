"""Fairness, latency, break-even, payload and convoy, against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats import Worth, break_even, convoy_factor, jain, latency_quantiles, payload_cost


@pytest.mark.parametrize(
    ("shares", "fairness"),
    [([5, 5, 5, 5], 1), ([1, 0, 0, 0], 0.25), ([1, 1, 0, 0], 0.5), ([3, 1], 0.8), ([1e300] * 2, 1)],
)
def test_jain_s_index_counts_those_who_got_a_share(shares, fairness):
    """
    K of n served alike give k / n.
    """
    assert jain(shares) == pytest.approx(fairness)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300), st.integers(0, 20))
def test_a_latency_quantile_is_a_latency_that_so_many_did_not_exceed(latencies, missed):
    """
    At least q of all slots lie at or below it, and fewer than q below; the missed are the longest.
    """
    slots = np.append(latencies, [np.inf] * missed)
    for q, found in zip((0.5, 0.9, 0.99), latency_quantiles(latencies, missed=missed), strict=True):
        if len(slots) * (1 - q) < 1 - 1e-9:
            assert math.isnan(found)
        else:
            assert (slots <= found).mean() >= q - 1e-12
            assert (slots < found).mean() < q


def test_missed_slots_cannot_hide_a_stall():
    """
    One call of 5 s in 100, and 30 slots missed behind it: the median stays, p90 is unknown and
    longer than any.
    """
    latencies = [0.001] * 99 + [5.0]
    assert latency_quantiles(latencies) == pytest.approx([0.001] * 3)
    assert latency_quantiles(latencies, missed=30) == pytest.approx([0.001, np.inf, np.inf])


def test_the_break_even_lies_between_two_sizes_on_logarithmic_paper():
    """
    Speed-up 1/2 at 1 ms and 2 at 4 ms: 1 at 2 ms. Amdahl's o / (1 - 1/N) comes out of a fine grid.
    """
    assert break_even([1e-3, 4e-3], [0.5, 2.0]).size == pytest.approx(2e-3)
    sizes = np.geomspace(1e-5, 1e-1, 200)
    found = break_even(sizes, sizes / (sizes / 2 + 3e-4))
    assert found.size == pytest.approx(3e-4 / (1 - 1 / 2), rel=1e-3)


@pytest.mark.parametrize(
    ("speedups", "worth", "at"),
    [
        ([1.1, 1.5, 1.9], Worth.EVERYWHERE, 0.001),
        ([0.2, 0.5, 0.9], Worth.NOWHERE, 0.1),
        ([0.5, 1.5, 0.9], Worth.MIXED, math.nan),
        ([1.5, 1.2, 0.9], Worth.UP_TO, 0.01),
        ([0.5, 1.0, 2.0], Worth.FROM, 0.01),
    ],
)
def test_a_break_even_outside_of_what_was_measured_is_bracketed(speedups, worth, at):
    """
    Never extrapolated: only a curve that crosses 1 once and upwards has a break-even size.
    """
    found = break_even([0.001, 0.01, 0.1], speedups)
    assert found.worth is worth
    assert found.at == pytest.approx(at, nan_ok=True)
    assert math.isnan(found.size) == (worth is not Worth.FROM)


def test_a_payload_s_overhead_and_slope_come_back():
    """
    0.3 ms and 2 ms per MiB exactly, and with 5 % noise inside the intervals, which are those of
    least squares on the scaled equations.
    """
    sizes = np.repeat([0.001, 0.1, 1, 16, 64], 6)
    exact = 3e-4 + 2e-3 * sizes
    found = payload_cost(sizes, exact)
    assert (found.overhead.estimate, found.slope.estimate) == pytest.approx((3e-4, 2e-3))
    seconds = exact * np.exp(np.random.default_rng(3).normal(0, 0.05, len(sizes)))
    found = payload_cost(sizes, seconds)
    assert not found.overhead.excludes(3e-4)
    assert not found.slope.excludes(2e-3)
    scaled = np.column_stack([1 / seconds, sizes / seconds])
    expected = np.linalg.lstsq(scaled, np.ones(len(sizes)), rcond=None)[0]
    assert (found.overhead.estimate, found.slope.estimate) == pytest.approx(tuple(expected))


def test_a_convoy_lengthens_the_median_and_not_the_mean():
    """
    0.04 ms alone and 5 ms beside a spinner: 125, whatever the slowest call of either.
    """
    alone, crowded = [4e-5] * 9 + [1.0], [5e-3] * 9 + [9.0]
    assert convoy_factor(alone, crowded) == pytest.approx(125)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: jain([0, 0]), "somebody"),
        (lambda: jain([1, -1]), "somebody"),
        (lambda: latency_quantiles([0.1], missed=-1), "at least 0"),
        (lambda: latency_quantiles([0.1], at=[99]), "between 0 and 1"),
        (lambda: break_even([2, 1], [1, 2]), "increase"),
        (lambda: break_even([1], [1]), "at least 2"),
        (lambda: payload_cost([1, 1, 1], [1, 1, 1]), "2 sizes"),
        (lambda: payload_cost([1, 2, 3], [1, 1, 0]), "above 0"),
        (lambda: convoy_factor([0.0], [1.0]), "above 0"),
    ],
)
def test_misuse_is_told(call, words):
    """
    Nobody served, time running backwards, one size only.
    """
    with pytest.raises(ValueError, match=words):
        call()
