"""Many claims at once: Holm decides them, Bonferroni's intervals hold together."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats.interval import LEVEL, Floats, Interval, checked, checked_level
from harness.storage.limits import MIN_BLOCKS


def simultaneous_level(claims: int, *, level: float = LEVEL) -> float:
    """Return the level of each of ``claims`` intervals that hold together at ``level``.

    Bonferroni's, whatever the intervals have to do with each other.
    """
    if claims < 1:
        raise ValueError("there is no interval without a claim")
    return 1 - (1 - checked_level(level)) / claims


def holm_levels(p_values: ArrayLike, *, level: float = LEVEL) -> Floats:
    """Return the level at which Holm looks at each claim.

    Parameters
    ----------
    p_values : array of shape (claims,)
        One per claim, as of `claim_p_value`.
    level : float in (0, 1)
        Chance that no claim is decided wrongly.

    Returns
    -------
    array of shape (claims,)
        A claim's interval at its level lies clear of the claim's edge exactly if Holm decides the
        claim, so that verdict and interval cannot contradict each other. Never above
        `simultaneous_level`; equal to it for the first claim, and for all if none is decided.

    Notes
    -----
    They decide claims and are not themselves simultaneous: with five claims decided one of the
    five intervals misses its truth in 11 % of sessions (1 - .95 * .975 * .983 * .9875 * .99).
    Intervals that must hold together have the level `simultaneous_level`.
    """
    values = _probabilities(p_values)
    k = len(values)
    error = 1 - checked_level(level)
    order = np.argsort(values, kind="stable")
    steps = error / (k - np.arange(k))
    failed = np.flatnonzero(values[order] > steps)
    if len(failed):
        steps[failed[0] :] = steps[failed[0]]
    levels = np.empty(k)
    levels[order] = 1 - steps
    return levels


def claim_p_value(
    values: ArrayLike, *, low: float = -np.inf, high: float = np.inf, method: str = "paired t"
) -> float:
    """Return the least error at which the interval lies all inside or all outside the claim.

    Parameters
    ----------
    values : array of shape (blocks,)
        One number per block, for ratios their logarithm.
    low, high : float
        What the claim expects, on the same scale; leave out an edge it does not have.
    method : {"paired t", "exact median"}
        Which interval, named as in `Interval`.

    Returns
    -------
    float
        1 - level of the interval that touches the deciding edge; 1 below 6 blocks. Whether the
        claim then holds or fails is where the estimate lies.

    Raises
    ------
    ValueError
        No such method, an edge above the other, or a value that is not finite.
    """
    array = checked(values)
    if not low < high:
        raise ValueError(f"a claim from {low} to {high} expects nothing")
    centre = {"paired t": np.mean, "exact median": np.median}.get(method)
    if centre is None:
        raise ValueError(f"no method {method!r}: paired t or exact median")
    if len(array) < MIN_BLOCKS:
        return 1.0
    estimate = float(centre(array))
    if low <= estimate <= high:
        edges = [edge for edge in (low, high) if np.isfinite(edge)]
    else:
        edges = [low if estimate < low else high]
    return max((_two_sided(array, edge, method) for edge in edges), default=0.0)


def t_p_value(
    interval: Interval, freedom: int, *, low: float = -np.inf, high: float = np.inf
) -> float:
    """Return the same as `claim_p_value` for a t interval, whatever its spread was taken from.

    Parameters
    ----------
    interval : Interval
        With bounds, on the scale of the edges: for ratios that of their logarithms.
    freedom : int
        Its degrees of freedom, such as sessions - 1, or the pilot's blocks - 1 after Stein.
    low, high : float
        What the claim expects.
    """
    if not low < high:
        raise ValueError(f"a claim from {low} to {high} expects nothing")
    if not interval.known:
        return 1.0
    inside = low <= interval.estimate <= high
    edges = (low, high) if inside else (low if interval.estimate < low else high,)
    reach = (interval.high - interval.low) / 2
    error = reach / float(stats.t.ppf(0.5 + interval.level / 2, freedom))
    away = min((abs(interval.estimate - edge) for edge in edges if np.isfinite(edge)), default=0.0)
    if not error:  # no spread: away by nothing over nothing
        return float(away == 0)
    if not np.isfinite(edges).any():
        return 0.0
    return float(2 * stats.t.sf(away / error, freedom))


def _two_sided(values: Floats, edge: float, method: str) -> float:
    if method == "exact median":
        return float(stats.quantile_test(values, q=edge, p=0.5).pvalue)
    if not np.ptp(values):  # no spread: t would be infinite, or nothing over nothing
        return float(values[0] == edge)
    return float(stats.ttest_1samp(values, edge).pvalue)


def _probabilities(p_values: ArrayLike) -> Floats:
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p-values are one list of numbers from 0 to 1")
    return values
