"""What an estimate is: a number, its bounds, or the reason why it has none."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from harness.storage.limits import MIN_BLOCKS

LEVEL = 0.95
NAN = float("nan")

Floats = NDArray[np.float64]


class Order(StrEnum):
    """In what order the two sides of a comparison ran."""

    RANDOM_BLOCKS = "random order inside every block"
    IN_TURN = "all of the one, then all of the other"
    FIXED = "the same order in every block"
    UNKNOWN = "unknown order"


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its bounds.

    The bounds are nan where no interval can be given; ``why`` then says so in words.
    """

    estimate: float
    low: float
    high: float
    level: float
    n: int
    method: str
    why: str | None = None

    @property
    def known(self) -> bool:
        """Return whether there are bounds."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    def excludes(self, value: float) -> bool:
        """Return whether ``value`` lies outside known bounds."""
        return self.known and not self.low <= value <= self.high


def too_few(n: int) -> str:
    """Return why ``n`` blocks carry no interval."""
    blocks = "1 block" if n == 1 else f"{n} blocks"
    return f"no interval: {blocks}, at least {MIN_BLOCKS} needed"


def why_none(n: int, order: Order | str) -> str | None:
    """Return why ``n`` blocks run in this order carry no interval, None if they do.

    Raises
    ------
    ValueError
        ``order`` is none of `Order`.
    """
    order = Order(order)
    if order is not Order.RANDOM_BLOCKS:
        return f"no interval: {order}; a machine that drifts would pass for an effect"
    return too_few(n) if n < MIN_BLOCKS else None


def checked(values: ArrayLike) -> Floats:
    """Return ``values`` as an array of shape (blocks,).

    Raises
    ------
    ValueError
        They have another shape, or one of them is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"one number per block is needed, not an array of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("every block needs a finite number; leave incomplete blocks out")
    return array


def checked_level(level: float) -> float:
    """Return ``level``, or raise ValueError unless it lies between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    return level


def t_interval(
    values: Floats, level: float, *, why: str | None = None, method: str = "paired t"
) -> Interval:
    """Return the mean of ``values`` with its t interval; without bounds if there is a ``why``."""
    n = len(values)
    estimate = float(values.mean()) if n else NAN
    if why:
        return unknown(estimate, level, n, method, why)
    half = float(_t_quantile(0.5 + level / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))
    return Interval(estimate, estimate - half, estimate + half, level, n, method)


@cache
def _t_quantile(probability: float, freedom: int) -> float:
    """Return a quantile of Student's t; a report asks for the same few thousands of times."""
    return float(stats.t.ppf(probability, freedom))


def robust_spread(values: Floats) -> float:
    """Return the median absolute deviation, scaled to be the standard deviation of a normal."""
    return float(stats.median_abs_deviation(values, scale=float(stats.norm.ppf(0.75))))


def unknown(estimate: float, level: float, n: int, method: str, why: str) -> Interval:
    """Return an estimate without bounds and the reason."""
    return Interval(estimate, NAN, NAN, level, n, method, why)


def exp(log: Interval) -> Interval:
    """Return the interval of a ratio from that of its logarithm."""
    estimate, low, high = (float(np.exp(x)) for x in (log.estimate, log.low, log.high))
    return Interval(estimate, low, high, log.level, log.n, log.method, log.why)
