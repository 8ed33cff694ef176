"""Break-even and payload, against their definitions."""

import math

import numpy as np
import pytest

from analysis.stats import Worth, break_even, payload_cost


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


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: break_even([2, 1], [1, 2]), "increase"),
        (lambda: break_even([1], [1]), "at least 2"),
        (lambda: payload_cost([1, 1, 1], [1, 1, 1]), "2 sizes"),
        (lambda: payload_cost([1, 2, 3], [1, 1, 0]), "above 0"),
    ],
)
def test_misuse_is_told(call, words):
    """
    Sizes that fall, too few of them, a time of nothing.
    """
    with pytest.raises(ValueError, match=words):
        call()
