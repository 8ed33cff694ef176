"""Small numbers with fixed meanings: break-even and payload."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats.interval import LEVEL, NAN, Interval, checked, checked_level


class Worth(StrEnum):
    """At which of the measured sizes a speed-up exceeds 1."""

    FROM = "from"  # the larger ones
    EVERYWHERE = "everywhere"
    NOWHERE = "nowhere"
    UP_TO = "up to"  # the smaller ones
    MIXED = "mixed"  # it crosses 1 more than once


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a speed-up exceeds 1, and the size at which that ends or begins.

    ``at`` is the break-even size (FROM), the smallest size measured (EVERYWHERE), the largest one
    (NOWHERE), the last one with a gain (UP_TO), or nan (MIXED).
    """

    worth: Worth
    at: float

    @property
    def size(self) -> float:
        """Return the break-even size, nan where none lies within what was measured."""
        return self.at if self.worth is Worth.FROM else NAN


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
        The size is interpolated between the logarithms of both and never extrapolated: where the
        curve does not cross 1, crosses it downwards or more than once, there is none.

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
    gains = y > 1
    if gains.all():
        return BreakEven(Worth.EVERYWHERE, float(x[0]))
    if not gains.any():
        return BreakEven(Worth.NOWHERE, float(x[-1]))
    turns = np.flatnonzero(np.diff(gains.astype(np.int8)))
    if len(turns) > 1:
        return BreakEven(Worth.MIXED, NAN)
    at = int(turns[0])
    if gains[at]:
        return BreakEven(Worth.UP_TO, float(x[at]))
    log_x, log_y = np.log(x[at : at + 2]), np.log(y[at : at + 2])
    return BreakEven(Worth.FROM, float(np.exp(np.interp(0.0, log_y, log_x))))


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
