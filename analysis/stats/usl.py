"""Fits of Gunther's curve and its special cases by lmfit, with profile intervals."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats.interval import LEVEL, Floats, checked_level

NAMES = ("gamma", "sigma", "kappa")
# Each model and what it leaves free; what is not free is 0.
FREE = {"linear": NAMES[:1], "amdahl": NAMES[:2], "usl": NAMES}
ROUNDING = 1e-20  # squared residual of a logarithm that is nothing but rounding
BOUND = 1e-9  # contention and coherency below this are at their bound, 0

Scale = Literal["log", "plain"]


@dataclass(frozen=True, slots=True)
class Fit:
    """A model fitted to throughputs."""

    model: str
    estimates: Mapping[str, float]  # of gamma, sigma and kappa
    errors: Mapping[str, float]  # standard errors of what is free; meaningless at a bound
    workers: Floats
    throughput: Floats
    scale: Scale
    residuals: Floats  # on the scale of the fit
    minimizer: Any  # lmfit's, for the profile
    result: Any

    @property
    def squares(self) -> float:
        """Return the sum of squared residuals."""
        return float((self.residuals**2).sum())

    @property
    def aicc(self) -> float:
        """Return Akaike's criterion, corrected for few points; the scatter is a parameter too."""
        n, k = len(self.residuals), len(self.errors) + 1
        likelihood = n * np.log(max(self.squares / n, ROUNDING))
        return float(likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1))


def curve(workers: ArrayLike, gamma: float, sigma: float, kappa: float) -> Floats:
    """Return the throughput of each number of workers."""
    n = np.asarray(workers, dtype=np.float64)
    return gamma * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))


def fit(model: str, workers: ArrayLike, throughput: ArrayLike, *, scale: Scale = "log") -> Fit:
    """Fit one model by least squares, with contention and coherency from 0 to 1.

    Parameters
    ----------
    model : {"linear", "amdahl", "usl"}
        Which of `FREE`.
    workers, throughput : arrays of shape (processes,)
        See `analysis.stats.fit_scaling`.
    scale : {"log", "plain"}
        Noise of times is multiplicative, hence the logarithm; R's usl and nls fit the plain one.

    Raises
    ------
    ValueError
        No such model or scale, bad points, or too few of them for the model's parameters.
    """
    counts, values = checked_points(workers, throughput)
    if model not in FREE or scale not in ("log", "plain"):
        raise ValueError(f"no model {model!r} on the scale {scale!r}")
    if len(np.unique(counts)) < len(FREE[model]) or len(counts) < len(FREE[model]) + 3:
        raise ValueError(f"too few points for the {len(FREE[model])} parameters of {model}")
    return _fit(model, FREE[model], counts, values, scale)


def profile(fitted: Fit, *, level: float = LEVEL) -> dict[str, tuple[float, float]]:
    """Return the profile interval of each free parameter.

    A parameter at its bound has a one-sided one, from 0 on; the others are those of the model
    without it, for at the bound there is no slope that a fit could follow.

    References
    ----------
    D. M. Bates and D. G. Watts, "Nonlinear Regression Analysis and Its Applications", 1988;
    ``lmfit.conf_interval``.
    """
    checked_level(level)
    if fitted.squares <= ROUNDING * len(fitted.residuals):  # exact: no noise, no width
        return {name: (fitted.estimates[name], fitted.estimates[name]) for name in fitted.errors}
    free = tuple(fitted.errors)
    inside = tuple(n for n in free if n == "gamma" or fitted.estimates[n] >= BOUND)
    found = {name: _profile(fitted, name, level) for name in free if name not in inside}
    rest = fitted
    if found:
        rest = _fit(fitted.model, inside, fitted.workers, fitted.throughput, fitted.scale)
    alone = len(inside) == 1
    found |= {name: (_alone if alone else _profile)(rest, name, level) for name in inside}
    return {name: found[name] for name in free}


def _fit(model: str, free: tuple[str, ...], counts: Floats, values: Floats, scale: Scale) -> Fit:
    from lmfit import Minimizer, Parameters

    transform = np.log if scale == "log" else np.asarray
    start = {"gamma": float(np.median(values / counts)), "sigma": 0.05, "kappa": 0.001}
    parameters = Parameters()
    for name in NAMES:
        upper = np.inf if name == "gamma" else 1.0
        value = start[name] if name in free else 0.0
        parameters.add(name, value, vary=name in free, min=0, max=upper)

    def residuals(trial: Any) -> Floats:
        return transform(curve(counts, *(trial[name].value for name in NAMES))) - transform(values)

    minimizer = Minimizer(residuals, parameters)
    # Honest bounds: leastsq maps them to a sine and stays where it once touched one. The scales
    # of the parameters differ by five orders of magnitude.
    tight = dict.fromkeys(["ftol", "xtol", "gtol"], 1e-15)
    with np.errstate(divide="ignore", invalid="ignore"):  # correlations with what is at a bound
        result: Any = minimizer.minimize(method="least_squares", x_scale="jac", **tight)
    found = result.params
    estimates = {name: float(found[name].value) for name in NAMES}
    errors = {name: float(found[name].stderr or np.nan) for name in free}
    left = np.asarray(residuals(found))
    return Fit(model, estimates, errors, counts, values, scale, left, minimizer, result)


def _profile(fitted: Fit, name: str, level: float) -> tuple[float, float]:
    from lmfit import conf_interval

    for each in fitted.errors:
        parameter = fitted.result.params[each]
        # Only the width of the first step; a covariance at a bound may be none.
        if not parameter.stderr or not np.isfinite(parameter.stderr):
            parameter.stderr = 0.1 * abs(parameter.value)
    with warnings.catch_warnings():
        # It says that it met a bound, which is what the infinite end says.
        warnings.simplefilter("ignore", UserWarning)
        found: Any = conf_interval(fitted.minimizer, fitted.result, p_names=[name], sigmas=[level])
    low, high = float(found[name][0][1]), float(found[name][-1][1])
    return (low if np.isfinite(low) else 0.0, high)


def _alone(fitted: Fit, name: str, level: float) -> tuple[float, float]:
    """Return the t interval of the only free parameter, which lmfit does not profile."""
    half = stats.t.ppf(0.5 + level / 2, len(fitted.residuals) - 1) * fitted.errors[name]
    estimate = fitted.estimates[name]
    if fitted.scale == "log":
        factor = float(np.exp(half / estimate))
        return estimate / factor, estimate * factor
    return float(estimate - half), float(estimate + half)


def checked_points(workers: ArrayLike, throughput: ArrayLike) -> tuple[Floats, Floats]:
    """Return counts and throughputs as arrays, or raise ValueError."""
    counts = np.asarray(workers, dtype=np.float64)
    values = np.asarray(throughput, dtype=np.float64)
    if counts.ndim != 1 or counts.shape != values.shape:
        raise ValueError("every process has one number of workers and one throughput")
    if not (np.isfinite(values) & (values > 0)).all() or not (counts >= 1).all():
        raise ValueError("workers are at least 1, and throughputs above 0")
    return counts, values
