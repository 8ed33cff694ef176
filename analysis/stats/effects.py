"""The word for a ratio: faster, slower, equivalent or undecided, never "no difference"."""

import numpy as np

from analysis.stats.interval import Interval

FASTER, SLOWER = "faster", "slower"
EQUIVALENT, UNDECIDED = "equivalent", "undecided"
# The smallest ratio worth a word, less 1. Below it build flags and code layout decide.
SMALLEST = 0.03


def effect(
    ratio: Interval, *, smallest: float = SMALLEST, above: str = FASTER, below: str = SLOWER
) -> str:
    """Return the word that a ratio and its interval allow.

    Parameters
    ----------
    ratio : Interval
        A ratio, 1 if there is no effect.
    smallest : float
        Smallest effect of interest: ratios from 1 / (1 + smallest) to 1 + smallest are as good
        as 1.
    above, below : str
        What ratios above and below 1 mean. As given for a speed-up; the other way round for
        seconds.

    Returns
    -------
    str
        ``above`` or ``below`` if the interval excludes 1 and the estimate exceeds the smallest
        effect; EQUIVALENT if the whole interval is as good as 1; else UNDECIDED, also without
        bounds.

    Raises
    ------
    ValueError
        ``smallest`` is not above 0, or the interval is not one of a ratio.

    Notes
    -----
    The interval lies inside the bounds exactly if both one-sided tests of equivalence (TOST)
    reject at half of 1 - level: at 2.5 % for 95 %.
    """
    if not smallest > 0:
        raise ValueError("the smallest effect of interest is above 0")
    if not ratio.known:
        return UNDECIDED
    if not ratio.low > 0:
        raise ValueError("a ratio of times lies above 0")
    edge = np.log1p(smallest)
    if -edge <= np.log(ratio.low) and np.log(ratio.high) <= edge:
        return EQUIVALENT
    size = np.log(ratio.estimate)
    if not ratio.excludes(1) or abs(size) < edge:
        return UNDECIDED
    return above if size > 0 else below
