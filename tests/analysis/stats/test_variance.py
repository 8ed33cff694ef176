"""Variance components and machines, against papers, lme4 and algebra."""

import math
import warnings

import numpy as np
import pytest
from scipy import optimize, stats

from analysis.stats import (
    best_repeats,
    log_variance,
    mean_squares,
    over_machines,
    paired_ratio,
    variance_components,
)

# Worked examples of T. Kalibera and R. Jones, and the data of the tests of libkalibera.
THREE = [[[9, 5], [8, 3]], [[10, 6], [7, 11]], [[1, 12], [2, 4]]]
TWO = [[9, 5, 8, 3], [10, 6, 7, 11], [1, 12, 2, 4]]
OTHER = [[[3, 4, 3], [1.2, 3.1, 3]], [[0.2, 1, 1.5], [1, 2, 3]]]
# O. L. Davies, "Statistical Methods in Research and Production", 1947: yield of dyestuff, five
# samples of six batches; data set Dyestuff of the R package lme4.
DYESTUFF = np.array(
    [
        [1545, 1440, 1440, 1520, 1580],
        [1540, 1555, 1490, 1560, 1495],
        [1595, 1550, 1605, 1510, 1560],
        [1445, 1440, 1595, 1465, 1545],
        [1595, 1630, 1515, 1635, 1625],
        [1520, 1455, 1450, 1480, 1445],
    ],
    dtype=float,
)


def test_the_worked_examples_of_kalibera_and_jones_come_out():
    """
    S squared and T squared of their three levels, of their two, and of libkalibera's.
    """
    assert mean_squares(THREE) == pytest.approx([16.5, 2.6, 3.6], abs=0.05)
    assert variance_components(THREE) == pytest.approx([16.5, -5.7, 2.3], abs=0.055)
    assert mean_squares(TWO) == pytest.approx([12.7, 3.6], abs=0.05)
    assert variance_components(TWO) == pytest.approx([12.7, 0.4], abs=0.05)
    assert variance_components(OTHER) == pytest.approx([0.72667, 0.26278, 0.77472], abs=1e-5)


def test_how_often_to_repeat_is_theirs_too():
    """
    4.2937 and 1.3023 at costs of 3, 20 and 100 seconds. A level that adds nothing is not repeated,
    and one above which nothing is added is all there is to repeat.
    """
    found = best_repeats(variance_components(OTHER), [3, 20, 100])
    assert found == pytest.approx([4.2937, 1.3023], abs=1e-4)
    assert best_repeats([-1.0, 2.0], [1, 1]) == pytest.approx([1])
    assert best_repeats([1.0, 0.0], [1, 1]) == pytest.approx([math.inf])


def test_dyestuff_is_taken_apart_as_by_lme4():
    """
    Batches 1764.05, samples 2451.25, mean 1527.5 with a standard error of 19.383412; statsmodels'
    mixed model comes within a thousandth.
    """
    within, between = variance_components(DYESTUFF)
    assert (between, within) == pytest.approx((1764.05, 2451.25))
    assert DYESTUFF.mean() == pytest.approx(1527.5)
    assert math.sqrt(mean_squares(DYESTUFF)[1] / 6) == pytest.approx(19.383412)
    import pandas as pd
    from statsmodels.regression.mixed_linear_model import MixedLM

    frame = pd.DataFrame({"value": DYESTUFF.ravel(), "batch": np.repeat(np.arange(6), 5)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = MixedLM.from_formula("value ~ 1", frame, groups="batch").fit()
    assert float(fitted.cov_re.iloc[0, 0]) == pytest.approx(between, rel=1e-3)


def test_machines_are_pooled_by_paule_and_mandel_with_hartung_and_knapp():
    """
    The variance between machines makes the weighted squares equal to their expectation; the
    weighted mean has Hartung and Knapp's error and n - 1 df. Both by hand.
    """
    effects = np.log([1.5, 1.6, 1.4, 1.55, 1.7, 1.45])
    noise = np.array([0.01, 0.02, 0.01, 0.03, 0.01, 0.02]) ** 2

    def excess(between: float) -> float:
        weights = 1 / (noise + between)
        mean = (weights * effects).sum() / weights.sum()
        return float((weights * (effects - mean) ** 2).sum() - 5)

    between = optimize.brentq(excess, 0, 1, xtol=1e-14)
    weights = 1 / (noise + between)
    mean = (weights * effects).sum() / weights.sum()
    error = math.sqrt((weights * (effects - mean) ** 2).sum() / 5 / weights.sum())
    half = stats.t.ppf(0.975, 5) * error
    found = over_machines(effects, noise)
    expected = [math.exp(each) for each in (mean, mean - half, mean + half)]
    pooled = found.ratio
    assert (pooled.estimate, pooled.low, pooled.high) == pytest.approx(expected, rel=1e-5)
    assert found.between == pytest.approx(math.sqrt(between), rel=1e-4)
    fixed = 1 / noise
    q = (fixed * (effects - (fixed * effects).sum() / fixed.sum()) ** 2).sum()
    assert found.i_squared == pytest.approx(1 - 5 / q)


def test_four_machines_have_no_pooled_number():
    """
    Neither bounds nor an estimate: each machine speaks for itself.
    """
    found = over_machines([0.1, 0.2, 0.3, 0.4], [0.01] * 4)
    assert math.isnan(found.ratio.estimate)
    assert "4 machines" in str(found.ratio.why)


def test_machines_that_agree_are_not_more_certain_than_their_own_noise():
    """
    Without differences the interval is that of the weighted mean, not one without width.
    """
    found = over_machines([0.4] * 5, [0.01**2] * 5)
    half = stats.t.ppf(0.975, 4) * 0.01 / math.sqrt(5)
    assert math.log(found.ratio.high / found.ratio.low) / 2 == pytest.approx(half)
    assert found.i_squared == 0


def test_the_variance_of_a_log_ratio_comes_back_out_of_its_interval():
    """
    The squared standard error of the mean that the t interval was made from.
    """
    differences = np.log([0.93, 0.91, 0.95, 0.90, 0.97, 0.92, 0.94, 0.89, 0.96, 1.10])
    found = paired_ratio(differences)
    assert log_variance(found.mean) == pytest.approx(differences.var(ddof=1) / 10)
    with pytest.raises(ValueError, match="t interval"):
        log_variance(found.median)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mean_squares([[1.0], [2.0]]), "2 repeats"),
        (lambda: mean_squares([1.0, math.nan]), "finite"),
        (lambda: best_repeats([1.0, 2.0], [1.0]), "a component and a cost"),
        (lambda: over_machines([0.1] * 5, [0.0] * 5), "variance above 0"),
    ],
)
def test_misuse_is_told(call, words):
    """
    Levels without repeats, components without costs, machines without noise.
    """
    with pytest.raises(ValueError, match=words):
        call()
