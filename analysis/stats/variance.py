"""Where variance comes from, and how often to repeat each level."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats.interval import (
    Floats,
    checked,
)


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
    found: list[float] = []
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
