"""Where variance comes from, how often to repeat each level, and the ratio of arithmetic means.

Secondary readings: the headline is `paired_ratio`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats.interval import (
    LEVEL,
    Floats,
    Interval,
    checked,
    checked_level,
    too_few,
    unknown,
)
from harness.storage.limits import MIN_BLOCKS


def mean_squares(values: ArrayLike) -> Floats:
    """Return S squared of each level, the lowest first.

    Parameters
    ----------
    values : array of shape (repeats of the highest level, ..., repeats of the lowest)
        For instance (sessions, processes, values), in seconds, every level repeated at least
        twice and equally often everywhere.

    Returns
    -------
    array of shape (levels,)
        Variance of the means one level down, averaged over everything above.

    Raises
    ------
    ValueError
        A level is not repeated, or a value is not finite.

    References
    ----------
    T. Kalibera and R. Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim < 1 or min(array.shape) < 2:
        raise ValueError(f"every level needs 2 repeats at least, not the shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("every value has to be finite")
    found = []
    while array.ndim:
        found.append(float(array.var(axis=-1, ddof=1).mean()))
        array = array.mean(axis=-1)
    return np.array(found)


def variance_components(values: ArrayLike) -> Floats:
    """Return T squared of each level, the lowest first: the variance that the level itself adds.

    ``values`` as for `mean_squares`. A component below 0 is an estimate of nearly none.
    """
    squares = mean_squares(values)
    # Divided is S^2 of the level below, not its T^2: a variance of means holds all that lies below.
    repeats = np.shape(values)[::-1]
    below = [square / r for square, r in zip(squares[:-1], repeats[:-1], strict=True)]
    return squares - np.array([0.0, *below])


def best_repeats(components: ArrayLike, costs: Sequence[float]) -> Floats:
    """Return how often to repeat every level but the highest for most precision per second.

    Parameters
    ----------
    components : array of shape (levels,)
        T squared, the lowest level first; see `variance_components`.
    costs : sequence of shape (levels,)
        Seconds that one more repetition of each level costs, the lowest first.

    Returns
    -------
    array of shape (levels - 1,)
        Real numbers; round up. 1 where the level itself adds nothing, infinite where the
        level above adds nothing.

    Raises
    ------
    ValueError
        Costs that are not above 0, or not one for each component.
    """
    parts, prices = checked(components).clip(min=0), checked(costs)
    if parts.shape != prices.shape or not (prices > 0).all():
        raise ValueError("every level has a component and a cost above 0")
    own, above = parts[:-1], parts[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.sqrt(prices[1:] / prices[:-1] * own / above)
    return np.where(own > 0, best, 1.0)


def fieller_ratio(
    base: ArrayLike, other: ArrayLike, *, paired: bool = True, level: float = LEVEL
) -> Interval:
    """Estimate mean(other) / mean(base): of total cost rather than of a typical process.

    Parameters
    ----------
    base, other : arrays of shape (blocks,)
        Seconds, one process each per block.
    paired : bool
        Whether they come in blocks. Without, this is the interval of Kalibera and Jones, twice as
        wide on a drifting machine.
    level : float in (0, 1)
        Coverage aimed at.

    Returns
    -------
    Interval
        The ratios that a t test of other - ratio * base does not reject. No bounds below 6 blocks
        or where the base is not distinguishable from 0.

    Raises
    ------
    ValueError
        Paired arrays of different length, or a value that is not finite or not above 0.

    References
    ----------
    E. C. Fieller, "Some problems in interval estimation", J. R. Statist. Soc. B 16, 1954; T.
    Kalibera and R. Jones, "Quantifying Performance Changes with Effect Size Confidence Intervals",
    2012.
    """
    below, above = checked(base), checked(other)
    if paired and len(below) != len(above):
        raise ValueError("every block has both times; leave incomplete blocks out")
    if not ((below > 0).all() and (above > 0).all()):
        raise ValueError("times are above 0")
    n = min(len(below), len(above))
    method = "Fieller, paired" if paired else "Fieller"
    estimate = float(above.mean() / below.mean()) if n else float("nan")
    if n < MIN_BLOCKS:
        return unknown(estimate, level, n, method, too_few(n))
    t = float(stats.t.ppf(0.5 + checked_level(level) / 2, n - 1))
    x, y = below.mean(), above.mean()
    spread = [t**2 * each.var(ddof=1) / len(each) for each in (below, above)]
    shared = t**2 * np.cov(below, above)[0, 1] / n if paired else 0.0
    a, b, c = x**2 - spread[0], x * y - shared, y**2 - spread[1]
    if a <= 0:
        return unknown(estimate, level, n, method, "no interval: the base is not clear of 0")
    root = np.sqrt(max(0.0, b**2 - a * c))
    return Interval(estimate, float((b - root) / a), float((b + root) / a), level, n, method)
