"""Small numbers with fixed meanings: break-even and payload."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats.interval import LEVEL, NAN, Interval, checked, checked_level


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The size from which on it pays."""

    size: float  # nan where it lies outside what was measured, or nowhere in particular
    words: str  # "0.000123", "< 0.00001", "> 0.1", or why there is none


@dataclass(frozen=True, slots=True)
class Payload:
    """What sending costs: seconds = overhead + slope * size."""

    overhead: Interval  # seconds
    slope: Interval  # seconds per unit of size


def break_even(sizes: ArrayLike, speedups: ArrayLike) -> BreakEven:
    """Return the size of a task from which on the speed-up exceeds 1.

    Parameters
    ----------
    sizes : array of shape (sizes,)
        Increasing, such as seconds per task.
    speedups : array of shape (sizes,)
        Speed-up at each.

    Returns
    -------
    BreakEven
        Interpolated between the logarithms of both. Outside of what was measured it is bracketed
        (``< min``, ``> max``) and not extrapolated; where the curve crosses 1 more than once or
        downwards there is none.

    Raises
    ------
    ValueError
        Fewer than 2 sizes, sizes that do not increase, or a number that is not above 0.
    """
    x, y = checked(sizes), checked(speedups)
    if x.shape != y.shape or len(x) < 2:
        raise ValueError("every size has a speed-up, and there are at least 2")
    if not ((x > 0).all() and (y > 0).all() and (np.diff(x) > 0).all()):
        raise ValueError("sizes increase and, like speed-ups, lie above 0")
    pays = y > 1
    if pays.all():
        return BreakEven(NAN, f"< {x[0]:.3g}")
    if not pays.any():
        return BreakEven(NAN, f"> {x[-1]:.3g}")
    turns = np.flatnonzero(np.diff(pays.astype(np.int8)))
    if len(turns) > 1:
        return BreakEven(NAN, f"crosses 1 {len(turns)} times")
    at = int(turns[0])
    if pays[at]:
        return BreakEven(NAN, f"pays up to {x[at]:.3g} only")
    log_x, log_y = np.log(x[at : at + 2]), np.log(y[at : at + 2])
    size = float(np.exp(np.interp(0.0, log_y, log_x)))
    return BreakEven(size, f"{size:.3g}")


def payload_cost(sizes: ArrayLike, seconds: ArrayLike, *, level: float = LEVEL) -> Payload:
    """Split the time to send something into an overhead and a price per unit of size.

    Parameters
    ----------
    sizes : array of shape (processes,)
        Such as MiB.
    seconds : array of shape (processes,)
        Time of one send each. Noise is taken to be a share of it: least squares weigh a point
        with 1 / seconds**2, or the largest size alone would set the overhead.
    level : float in (0, 1)
        Level of the t intervals.

    Raises
    ------
    ValueError
        Fewer than 3 points or 2 sizes, or a time that is not above 0.
    """
    from statsmodels.regression.linear_model import WLS

    x, y = checked(sizes), checked(seconds)
    if x.shape != y.shape or len(x) < 3 or len(np.unique(x)) < 2:
        raise ValueError("at least 3 points of 2 sizes are needed, each with its time")
    if not (y > 0).all() or not (x >= 0).all():
        raise ValueError("times are above 0, sizes at least 0")
    weights = y**-2.0
    fitted = WLS(y, np.column_stack([np.ones_like(x), x]), weights=weights).fit(use_t=True)
    bounds = fitted.conf_int(alpha=1 - checked_level(level))
    overhead, slope = (
        Interval(float(value), float(low), float(high), level, len(x), "weighted least squares")
        for value, (low, high) in zip(fitted.params, bounds, strict=True)
    )
    return Payload(overhead, slope)
