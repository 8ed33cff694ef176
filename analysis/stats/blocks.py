"""How many blocks: for a precision, for a power, and Stein's way of asking a pilot."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats.interval import (
    LEVEL,
    Interval,
    checked,
    checked_level,
    exp,
)
from harness.storage.limits import MIN_BLOCKS

PILOT = 10
MAX_BLOCKS = 1_000_000
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Stein:
    """What a pilot asks for."""

    blocks: int  # in all, the pilot's among them
    pilot: int
    spread: float  # the pilot's standard deviation of log ratios, kept for the final interval
    half_width: float
    level: float


def half_width(spread: float, blocks: int, *, level: float = LEVEL) -> float:
    """Return how far above a ratio its interval will reach, as a share of the ratio.

    ``spread`` is the standard deviation of log ratios over blocks.
    """
    _positive(spread=spread)
    if blocks < 2:
        raise ValueError("one block has no spread")
    reach = stats.t.ppf(0.5 + checked_level(level) / 2, blocks - 1) * spread / np.sqrt(blocks)
    return float(np.expm1(reach))


def blocks_for_precision(spread: float, wanted: float, *, level: float = LEVEL) -> int:
    """Return the least number of blocks, at least 6, whose interval reaches no further.

    Parameters
    ----------
    spread : float
        Standard deviation of log ratios over blocks, such as 0.05 for 5 %.
    wanted : float
        `half_width` wanted, such as 0.02 for +-2 %.
    level : float in (0, 1)
        Level of the interval.

    Raises
    ------
    ValueError
        A number is not above 0, or more than a million blocks would be needed.
    """
    _positive(spread=spread, wanted=wanted)
    return _least(lambda n: half_width(spread, n, level=level) <= wanted)


def blocks_for_power(
    spread: float, effect: float, *, power: float = POWER, level: float = LEVEL
) -> int:
    """Return the least number of blocks, at least 6, that find a ratio of 1 + ``effect``.

    Found is a t interval at ``level`` that excludes 1, in a share ``power`` of sessions.

    Raises
    ------
    ValueError
        A number is out of its range, or more than a million blocks would be needed.
    """
    from statsmodels.stats.power import TTestPower

    _positive(spread=spread, effect=effect)
    size, error = np.log1p(effect) / spread, 1 - checked_level(level)
    checked_level(power)
    return _least(lambda n: TTestPower().power(size, n, error) >= power)


def stein_plan(pilot: ArrayLike, wanted: float, *, level: float = LEVEL) -> Stein:
    """Return how many blocks a pilot asks for, so that the final interval is no wider.

    Parameters
    ----------
    pilot : array of shape (blocks,)
        Log ratios of the pilot's blocks, usually 10, at least 6. They are part of the final data.
    wanted : float
        `half_width` of the final interval, such as 0.02 for +-2 %.
    level : float in (0, 1)
        Level of the final interval.

    Raises
    ------
    ValueError
        The pilot has fewer than 6 blocks, or the width wanted is not above 0.

    References
    ----------
    C. Stein, "A two-sample test for a linear hypothesis whose power is independent of the
    variance", Ann. Math. Statist. 16(3), 1945.
    """
    values = checked(pilot)
    _positive(wanted=wanted)
    if len(values) < MIN_BLOCKS:
        raise ValueError(f"a pilot needs at least {MIN_BLOCKS} blocks, better {PILOT}")
    first, spread = len(values), float(values.std(ddof=1))
    t = stats.t.ppf(0.5 + checked_level(level) / 2, first - 1)
    needed = int(np.ceil((t * spread / np.log1p(wanted)) ** 2))
    return Stein(max(first, needed), first, spread, wanted, level)


def stein_interval(differences: ArrayLike, plan: Stein) -> Interval:
    """Estimate a ratio after Stein's second stage.

    Parameters
    ----------
    differences : array of shape (blocks,)
        Log ratios of all blocks in the order they ran, the pilot's first.
    plan : Stein
        What the pilot asked for.

    Returns
    -------
    Interval
        exp(mean of all), with the pilot's spread and its degrees of freedom: that is what makes
        the coverage exact although the data chose their own number. The spread of all blocks
        would not. Fewer blocks than planned make it wider than wanted and no less valid, as long
        as the time and not the estimate ended the session.

    Raises
    ------
    ValueError
        The first blocks are not the pilot's.
    """
    return exp(stein_mean(differences, plan))


def stein_mean(values: ArrayLike, plan: Stein) -> Interval:
    """Estimate a mean on its own scale after Stein's second stage; see `stein_interval`."""
    values = checked(values)
    n, first = len(values), plan.pilot
    if n < first or not np.isclose(values[:first].std(ddof=1), plan.spread, rtol=1e-9, atol=0):
        raise ValueError("the first blocks are not those of the pilot")
    mean = float(values.mean())
    half = float(stats.t.ppf(0.5 + plan.level / 2, first - 1) * plan.spread / np.sqrt(n))
    return Interval(mean, mean - half, mean + half, plan.level, n, "Stein two-stage")


def width_for_power(
    effect: float, pilot: int = PILOT, *, power: float = POWER, level: float = LEVEL
) -> float:
    """Return the half-width for `stein_plan` with which a ratio of 1 + ``effect`` is found.

    Found is an interval of `stein_interval` that excludes 1, in at least a share ``power`` of
    sessions, however large the spread turns out to be. `blocks_for_power` takes the pilot's spread
    for the true one, and finds less often than it says.

    Raises
    ------
    ValueError
        A number is out of its range.

    References
    ----------
    C. Stein, 1945, as for `stein_plan`: mean and pilot's spread give a t of ``pilot`` - 1 degrees
    of freedom, shifted by the effect.
    """
    _positive(effect=effect)
    if pilot < MIN_BLOCKS:
        raise ValueError(f"a pilot needs at least {MIN_BLOCKS} blocks, better {PILOT}")
    bound, beyond = stats.t.ppf([0.5 + checked_level(level) / 2, checked_level(power)], pilot - 1)
    return float(np.expm1(np.log1p(effect) * bound / (bound + beyond)))


def _least(enough: Callable[[int], bool]) -> int:
    """Return the least number of blocks that are enough, by doubling and halving."""
    high = MIN_BLOCKS
    while not enough(high):
        high *= 2
        if high > MAX_BLOCKS:
            raise ValueError(f"more than {MAX_BLOCKS} blocks would be needed")
    low = max(MIN_BLOCKS, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high


def _positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (number > 0 and np.isfinite(number)):
            raise ValueError(f"{name} is above 0, not {number}")
