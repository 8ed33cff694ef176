"""Curves of scaling against R's nls and usl, and against a profile by other means."""

import itertools
import math

import numpy as np
import pytest
from scipy import optimize, stats

from analysis.stats import fit_scaling, karp_flatt, usl

# SPEC SDM91 and a ray tracer, from N. J. Gunther, "Guerrilla Capacity Planning", 2007; data sets
# of the R package usl.
SPEC = (
    [1, 18, 36, 72, 108, 144, 216],
    [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2],
)
RAYS = (
    [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64],
    [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310],
)


def measured(
    sigma: float, kappa: float, counts=(1, 2, 4, 6, 8), processes: int = 10, seed: int = 1
):
    """Return workers and throughputs with 3 % noise."""
    workers = np.repeat(counts, processes)
    noise = np.random.default_rng(seed).normal(0, 0.03, len(workers))
    return workers, usl.curve(workers, 100, sigma, kappa) * np.exp(noise)


@pytest.mark.parametrize("scale", ["log", "plain"])
def test_an_exact_curve_is_recovered(scale):
    """
    Gamma 100, sigma .05 and kappa .002 come back, without anything left over.
    """
    workers = [1, 2, 4, 8, 16, 32]
    fitted = usl.fit("usl", workers, usl.curve(workers, 100, 0.05, 0.002), scale=scale)
    assert tuple(fitted.estimates.values()) == pytest.approx((100, 0.05, 0.002), rel=1e-6)
    assert fitted.squares < 1e-12
    assert usl.profile(fitted)["sigma"] == pytest.approx((0.05, 0.05), rel=1e-6)


def test_spec_sdm91_is_fitted_as_by_r():
    """
    Estimates, standard errors, residual standard error and peak of R's nls and usl; the profile
    interval of kappa of R's confint.
    """
    fitted = usl.fit("usl", *SPEC, scale="plain")
    expected = {"gamma": 89.99523, "sigma": 0.02772847, "kappa": 1.043655e-4}
    assert fitted.estimates == pytest.approx(expected, rel=1e-5)
    errors = {"gamma": 14.21349, "sigma": 0.009121731, "kappa": 1.987527e-5}
    assert fitted.errors == pytest.approx(errors, rel=2e-4)
    assert math.sqrt(fitted.squares / 4) == pytest.approx(82.84582, rel=1e-6)
    from analysis.stats.scaling import peak

    assert peak(fitted.estimates["sigma"], fitted.estimates["kappa"]) == pytest.approx(
        96.52, abs=0.01
    )
    assert usl.profile(fitted)["kappa"] == pytest.approx((3.861e-5, 1.6119e-4), rel=1e-3)


def test_the_ray_tracer_has_no_coherency_and_is_amdahl_s():
    """
    Kappa meets its bound: gamma 21.84884 and sigma .05778 with it and without; its interval is
    one-sided, and those of the others are Amdahl's.
    """
    full, amdahl = (usl.fit(model, *RAYS, scale="plain") for model in ("usl", "amdahl"))
    for fitted in (full, amdahl):
        assert fitted.estimates == pytest.approx(
            {"gamma": 21.84884, "sigma": 0.05777078, "kappa": 0}, rel=1e-6, abs=1e-9
        )
    bounds, expected = usl.profile(full), usl.profile(amdahl)
    assert bounds["kappa"][0] == 0
    assert bounds["kappa"][1] == pytest.approx(1.3274e-4, rel=1e-3)
    assert bounds["sigma"] == pytest.approx(expected["sigma"], rel=1e-3)


@pytest.mark.parametrize(("data", "name"), [(SPEC, "sigma"), (SPEC, "kappa"), (RAYS, "kappa")])
def test_profile_intervals_end_where_an_f_test_rejects(data, name):
    """
    With the parameter held at a bound the best other ones leave squares that F(1, n - 3) rejects
    at exactly 5 %; found with scipy's least squares.
    """
    workers, throughput = (np.array(each, dtype=float) for each in data)
    fitted = usl.fit("usl", workers, throughput)
    sizes = {"gamma": 20.0, "sigma": 0.05, "kappa": 1e-4}
    others = [each for each in sizes if each != name]

    def squares(value: float) -> float:
        def residuals(free):
            given = dict(zip(others, free, strict=True))
            given = {each: given[each] * sizes[each] for each in others} | {name: value}
            return np.log(usl.curve(workers, **given)) - np.log(throughput)

        starts = ([scale] * 2 for scale in (0.3, 1, 3))
        tight = dict.fromkeys(["ftol", "xtol", "gtol"], 1e-14)
        found = (
            optimize.least_squares(residuals, at, bounds=(0, np.inf), **tight) for at in starts
        )
        return min(2 * each.cost for each in found)

    df = len(workers) - 3
    for end in usl.profile(fitted)[name]:
        if end > 0:
            f = (squares(end) / fitted.squares - 1) * df
            assert stats.f.sf(f, 1, df) == pytest.approx(0.05, abs=1e-4)


def test_two_cores_cannot_tell_contention_from_coherency():
    """
    Three pairs of sigma and kappa have the same speed-up with two workers; the fit is refused, and
    Karp and Flatt's .10 is all there is.
    """
    pairs = [(0.10, 0.0), (0.0, 0.05), (0.04, 0.03)]
    speedups = [usl.curve([2], 1, *each)[0] for each in pairs]
    assert speedups == pytest.approx([2 / 1.1] * 3)
    assert [karp_flatt(each, 2) for each in speedups] == pytest.approx([0.10] * 3)
    found = fit_scaling(*measured(0.1, 0, counts=(1, 2)), cores=2)
    assert found.model is None
    assert "2 worker counts" in str(found.why)


@pytest.mark.parametrize(
    ("sigma", "kappa", "model"),
    [(0.0, 0.0, "linear"), (0.05, 0.0, "amdahl"), (0.05, 0.005, "usl")],
)
def test_the_simplest_sufficient_model_is_chosen(sigma, kappa, model):
    """
    Five counts of ten processes with 3 % noise: the model that made the data, with the truth inside
    the intervals of what it has and no bounds on what it has not.
    """
    found = fit_scaling(*measured(sigma, kappa), cores=8)
    assert found.model == model
    truth = {"throughput": 100, "contention": sigma, "coherency": kappa}
    for name, value in truth.items():
        interval = getattr(found, name)
        assert interval.known == (value > 0)
        assert not interval.excludes(value)
    assert found.lack_of_fit > 0.05
    assert math.isinf(found.peak) == (kappa == 0)


def test_points_beyond_the_cores_are_left_out():
    """
    What happens there is another law's.
    """
    workers, throughput = measured(0.05, 0.0, counts=(1, 2, 4, 6, 8, 16))
    throughput = np.where(workers > 8, throughput / 3, throughput)
    found = fit_scaling(workers, throughput, cores=8)
    assert found.model == "amdahl"
    assert found.throughput is not None
    assert found.throughput.n == 50


def test_a_knee_has_no_parameters():
    """
    Growth that stops at four workers lies off every curve: only the points can be shown.
    """
    workers = np.repeat([1, 2, 4, 6, 8], 10)
    noise = np.random.default_rng(1).normal(0, 0.03, len(workers))
    found = fit_scaling(workers, 100 * np.minimum(workers, 4) * np.exp(noise), cores=8)
    assert found.model is None
    assert found.contention is None
    assert "off the" in str(found.why)


def test_lack_of_fit_is_that_of_an_analysis_of_variance():
    """
    F of a model with the curve against one with a mean per count, both with statsmodels' OLS.
    """
    import statsmodels.api as sm
    from statsmodels.stats.anova import anova_lm

    from analysis.stats.scaling import lack_of_fit

    workers, throughput = measured(0.0, 0.0)
    relative = np.log(throughput / workers)
    line = sm.OLS(relative, np.ones(len(workers))).fit()
    means = sm.OLS(relative, (workers[:, None] == np.unique(workers)).astype(float)).fit()
    expected = anova_lm(line, means)["Pr(>F)"].iloc[1]
    assert lack_of_fit(usl.fit("linear", workers, throughput)) == pytest.approx(expected)
    assert math.isnan(lack_of_fit(usl.fit("usl", *RAYS)))


def test_the_only_parameter_of_linear_scaling_has_a_t_interval():
    """
    On the logarithms gamma is the geometric mean of throughput per worker.
    """
    workers, throughput = measured(0.0, 0.0)
    logs = np.log(throughput / workers)
    low, high = stats.ttest_1samp(logs, 0).confidence_interval()
    fitted = usl.fit("linear", workers, throughput)
    assert fitted.estimates["gamma"] == pytest.approx(math.exp(logs.mean()))
    assert usl.profile(fitted)["gamma"] == pytest.approx((math.exp(low), math.exp(high)), rel=1e-4)


@pytest.mark.slow
def test_intervals_of_scaling_cover_and_the_model_is_found():
    """
    60 simulated machines of 8 cores: the profile interval of sigma holds it in at least 87 % (95 %
    less three standard errors), and AICc finds the model in as many.
    """
    found = [fit_scaling(*measured(0.05, 0.005, seed=seed), cores=8) for seed in range(60)]
    fitted = [each for each in found if each.contention is not None]
    assert len(fitted) >= 0.87 * 60  # the F test refuses one in twenty
    assert np.mean([each.model == "usl" for each in fitted]) >= 0.87
    held = [not each.contention.excludes(0.05) for each in fitted if each.contention]
    assert np.mean(held) >= 0.87


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_scaling([1, 2], [1.0], cores=2), "one throughput"),
        (lambda: fit_scaling([0, 2], [1.0, 2.0], cores=2), "at least 1"),
        (lambda: fit_scaling([1, 2], [1.0, -2.0], cores=2), "above 0"),
        (lambda: fit_scaling([1, 2], [1.0, 2.0], cores=0), "at least 1 core"),
        (lambda: usl.fit("cubic", *SPEC), "no model"),
        (lambda: usl.fit("usl", [1, 2, 4], [1.0, 2.0, 3.0]), "too few"),
    ],
)
def test_misuse_is_told(call, words):
    """
    Points without a partner, without workers or without throughput; models nobody knows.
    """
    with pytest.raises(ValueError, match=words):
        call()


def test_five_counts_up_to_four_are_not_enough():
    """
    On a machine of few cores the curve has not yet bent: no number of points makes up for that.
    """
    assert "at least 8" in str(fit_scaling(*measured(0.05, 0, (1, 2, 3, 4, 5)), cores=5).why)
    assert list(itertools.chain(usl.FREE)) == ["linear", "amdahl", "usl"]
