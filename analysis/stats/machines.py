"""One number over machines: only on request, only from many, and with how much they differ."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats.interval import LEVEL, NAN, Interval, checked, checked_level, exp, unknown

MIN_MACHINES = 5
METHOD = "random effects, Paule-Mandel with Hartung-Knapp"


@dataclass(frozen=True, slots=True)
class Pooled:
    """A ratio over machines and how much of its scatter is between them."""

    ratio: Interval
    between: float  # standard deviation of log ratios between machines
    i_squared: float  # share of the scatter that is not noise within machines, 0 to 1


def log_variance(ratio: Interval) -> float:
    """Return the variance of the logarithm of a ratio from its t interval.

    Raises
    ------
    ValueError
        It has no bounds, or they are not those of a paired t.
    """
    if not ratio.known or ratio.method != "paired t":
        raise ValueError("a variance comes from a t interval")
    t = stats.t.ppf(0.5 + ratio.level / 2, ratio.n - 1)
    return float((np.log(ratio.high / ratio.low) / (2 * t)) ** 2)


def over_machines(log_ratios: ArrayLike, variances: ArrayLike, *, level: float = LEVEL) -> Pooled:
    """Pool one ratio per machine, taking the machines for draws from all there are.

    Parameters
    ----------
    log_ratios : array of shape (machines,)
        Logarithm of each machine's ratio.
    variances : array of shape (machines,)
        Squared standard error of each, see `log_variance`.
    level : float in (0, 1)
        Coverage aimed at.

    Returns
    -------
    Pooled
        Neither estimate nor bounds below 5 machines, with the reason: each machine then speaks
        for itself.

    Raises
    ------
    ValueError
        Arrays of different length, or a variance that is not above 0.

    References
    ----------
    R. C. Paule and J. Mandel, J. Res. NBS 87, 1982; J. Hartung and G. Knapp, Statist. Med. 20,
    2001, kept from being narrower than random effects without it as by C. Roever, G. Knapp and T.
    Friede, BMC Med. Res. Methodol. 15, 2015; ``statsmodels.stats.meta_analysis.combine_effects``.
    """
    effects, noise = checked(log_ratios), checked(variances)
    if effects.shape != noise.shape or not (noise > 0).all():
        raise ValueError("every machine has a log ratio and a variance above 0")
    n = len(effects)
    checked_level(level)
    if n < MIN_MACHINES:
        machines = "1 machine" if n == 1 else f"{n} machines"
        why = f"no pooled number: {machines}, at least {MIN_MACHINES} needed"
        return Pooled(unknown(NAN, level, n, METHOD, why), NAN, NAN)
    from statsmodels.stats.meta_analysis import combine_effects

    found = combine_effects(effects, noise, method_re="iterated", use_t=True, alpha=1 - level)
    with warnings.catch_warnings():
        # Of the single machines' intervals, which are not used.
        warnings.simplefilter("ignore", UserWarning)
        rows = found.summary_frame().loc[["random effect", "random effect wls"]]
    # Hartung and Knapp's width falls to nothing where machines agree better than their own noise
    # allows; it may not be below that of the plain random effects.
    ends = rows["ci_upp"] - rows["ci_low"]
    row = rows.iloc[int(np.argmax(ends.to_numpy()))]
    estimate, low, high = (float(row[name]) for name in ("eff", "ci_low", "ci_upp"))
    pooled = exp(Interval(estimate, low, high, level, n, METHOD))
    q = float(found.q)
    share = 1 - (n - 1) / q if q > n - 1 else 0.0
    return Pooled(pooled, float(np.sqrt(max(0.0, found.tau2))), share)
