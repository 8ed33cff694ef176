"""Ratios of times, paired within blocks: geometric mean, exact median, sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats.interval import (
    LEVEL,
    NAN,
    Floats,
    Interval,
    Order,
    checked,
    checked_level,
    exp,
    robust_spread,
    t_interval,
    unknown,
    why_none,
)

# A session is one draw of everything that stays the same for an hour; two of them have one degree
# of freedom, and a t interval 13 times as wide as its standard error.
MIN_SESSIONS = 3
# Robust standard deviations from the median (B. Iglewicz and D. Hoaglin, "How to Detect and Handle
# Outliers", 1993). Simulated: at most 1.3 % of 10 or more well-behaved blocks lie beyond, and two
# thirds to three quarters of those delayed by an exponential 30 % over a noise of 1 to 2 %.
SLOW = 3.5


@dataclass(frozen=True, slots=True)
class Paired:
    """Two readings of the same block ratios: geometric mean with t, and exact median."""

    mean: Interval
    median: Interval
    slow_share: Interval | None = None  # of blocks apart from the rest; None if both agree

    @property
    def rare_slow_mode(self) -> bool:
        """Return whether the two readings contradict each other.

        They do when either estimate lies outside the other's interval: some blocks then come
        from another distribution than the rest, and only the median can be claimed.

        Notes
        -----
        600 simulated sessions each: raised in at most 0.2 % of well-behaved ones (log-normal,
        10 or 20 blocks). With one process in five slowed by an exponential 30 % over a noise of
        1 % it was raised in 20 % of sessions of 10 blocks and 92 % of 20: its absence proves
        little with few blocks.
        """
        return self.median.excludes(self.mean.estimate) or self.mean.excludes(self.median.estimate)

    @property
    def claimed(self) -> Interval:
        """Return the reading a verdict may use."""
        return self.median if self.rare_slow_mode else self.mean


def paired_ratio(
    differences: ArrayLike, *, level: float = LEVEL, order: Order | str = Order.RANDOM_BLOCKS
) -> Paired:
    """Estimate a ratio of times from its logarithm in each block.

    Parameters
    ----------
    differences : array of shape (blocks,)
        log(seconds of the one) - log(seconds of the other), from one process each, run in the
        same block of the same session. Whatever slows a whole block cancels here.
    level : float in (0, 1)
        Coverage aimed at.
    order : Order
        The design. Only blocks in random order carry an interval.

    Returns
    -------
    Paired
        exp(mean) with the paired t interval, and exp(median) with the exact interval between
        order statistics; where they contradict each other, the share of blocks apart from the
        rest. Bounds are nan below 6 blocks and for unrandomised ones, with the reason.

    Raises
    ------
    ValueError
        A difference is not finite, there is not one number per block, or ``order`` is unknown.

    Notes
    -----
    Simulated coverage of nominal 95 % with 6, 10 and 20 blocks: the t interval 94 to 96 % in every
    symmetric scenario, 65 to 84 % where one side has a rare slow mode; the exact median 95.5 to
    98 % in all of them. Both hold only for blocks in random order: where all of the one ran before
    all of the other on a drifting machine, t covered 48 % with 20 processes each.
    ``make coverage-of-intervals`` repeats the simulation with this code.
    """
    values, level = checked(differences), checked_level(level)
    why = why_none(len(values), order)
    mean = t_interval(values, level, why=why)
    median = _exact_median(values, level, why)
    paired = Paired(exp(mean), exp(median))
    share = _slow_share(values, level) if paired.rare_slow_mode else None
    return Paired(paired.mean, paired.median, share)


def mean_interval(
    values: ArrayLike, *, level: float = LEVEL, order: Order | str = Order.RANDOM_BLOCKS
) -> Interval:
    """Estimate the mean over blocks of a quantity on its own scale, with a t interval.

    ``values`` holds one number per block; bounds are nan below 6 of them and for unrandomised
    ones.
    """
    array = checked(values)
    return t_interval(array, checked_level(level), why=why_none(len(array), order))


def session_mean(sessions: Sequence[ArrayLike], *, level: float = LEVEL) -> Interval:
    """Estimate a mean that should hold tomorrow too: t over the means of sessions.

    Parameters
    ----------
    sessions : sequence of arrays of shape (blocks of the session,)
        For a ratio differences of logarithms as for `paired_ratio`, one array per session, at
        least one block each. Sessions count alike, whatever their number of blocks.
    level : float in (0, 1)
        Coverage aimed at.

    Returns
    -------
    Interval
        Mean of session means with sessions - 1 degrees of freedom, on their own scale; no bounds
        below 3 sessions: then every claim is of "this session only". ``n`` counts sessions.

    Raises
    ------
    ValueError
        A session is empty, or a number is not finite.

    Notes
    -----
    Where the effect itself varies by 3 % between sessions, the block t of one session of 20 blocks
    covers 66 % and this one 95 % (20 000 simulations).
    """
    blocks = [checked(each) for each in sessions]
    if any(not len(each) for each in blocks):
        raise ValueError("a session without blocks says nothing; leave it out")
    means = np.array([each.mean() for each in blocks])
    n = len(means)
    counted = "1 session" if n == 1 else f"{n} sessions"
    why = f"this session only: {counted}, at least {MIN_SESSIONS} needed"
    method = "t over session means"
    return t_interval(
        means, checked_level(level), why=why if n < MIN_SESSIONS else None, method=method
    )


def _exact_median(values: Floats, level: float, why: str | None) -> Interval:
    n = len(values)
    estimate = float(np.median(values)) if n else NAN
    if why:
        return unknown(estimate, level, n, "exact median", why)
    low_rank, high_rank = _ranks(n, level)
    if not np.isfinite([low_rank, high_rank]).all():
        why = f"no exact interval: {n} blocks cannot reach {level:.2%}"
        return unknown(estimate, level, n, "exact median", why)
    ordered = np.sort(values)
    low, high = float(ordered[int(low_rank)]), float(ordered[int(high_rank)])
    return Interval(estimate, low, high, level, n, "exact median")


@cache
def _ranks(n: int, level: float) -> tuple[float, float]:
    """Return which of ``n`` ordered values bound their median; the values have no say in it."""
    ranks = np.arange(n, dtype=np.float64)
    bounds = stats.quantile_test(ranks, p=0.5, alternative="two-sided").confidence_interval(level)
    return float(bounds.low), float(bounds.high)


def _slow_share(values: Floats, level: float) -> Interval:
    """Return the share of blocks apart from the rest, with the interval of Clopper and Pearson."""
    middle = np.median(values)
    apart = (values - middle) * np.sign(values.mean() - middle)
    slow = int((apart > SLOW * robust_spread(values)).sum())
    bounds = stats.binomtest(slow, len(values)).proportion_ci(level, method="exact")
    share = slow / len(values)
    return Interval(
        share, float(bounds.low), float(bounds.high), level, len(values), "Clopper-Pearson"
    )
