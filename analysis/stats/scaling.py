"""How throughput grows with workers: Karp and Flatt from two on, a curve where one fits.

The curve is Gunther's: X(N) = gamma N / (1 + sigma (N - 1) + kappa N (N - 1)), with the throughput
of one worker gamma, contention sigma and coherency kappa; kappa = 0 is Amdahl's law. gamma is free:
dividing by the noisy point at one worker would put its noise into every other point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats import usl
from analysis.stats.interval import LEVEL, NAN, Floats, Interval, checked_level, unknown

# With fewer, lack of fit looks like noise: three parameters leave less than 2 df.
MIN_COUNTS = 5
# Simulated with 3 % noise: up to 4 workers the right model is found in 11 to 25 % of sessions, up
# to 8 in all of them.
MIN_REACH = 8
# Below this the points lie off the curve by more than their own scatter.
LACK_OF_FIT = 0.05


@dataclass(frozen=True, slots=True)
class Scaling:
    """A curve through throughputs, or the reason why there is none."""

    model: str | None  # "linear", "amdahl" or "usl"
    why: str | None = None
    throughput: Interval | None = None  # of one worker, gamma
    contention: Interval | None = None  # sigma
    coherency: Interval | None = None  # kappa
    peak: float = NAN  # workers beyond which more make it slower; infinite without coherency
    aicc: Mapping[str, float] = field(default_factory=dict[str, float])
    lack_of_fit: float = NAN  # p-value; nan where no count was measured twice


def karp_flatt(speedup: float, workers: int) -> float:
    """Return the experimentally determined serial fraction, or nan with fewer than 2 workers.

    0 is perfect scaling, 1 none; above 1 the workers make it slower, below 0 they gain more
    than their number.

    References
    ----------
    A. H. Karp and H. P. Flatt, "Measuring parallel processor performance", CACM 33(5), 1990.
    """
    if workers < 2 or not speedup > 0:
        return NAN
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)


def karp_flatt_interval(speedup: Interval, workers: int) -> Interval:
    """Return the serial fraction with the interval that the speed-up's ends give.

    The fraction falls as the speed-up rises, so its interval covers exactly as often. It has no
    bounds with fewer than 2 workers or where the speed-up has none.
    """
    method = f"Karp-Flatt, {speedup.method}"
    estimate = karp_flatt(speedup.estimate, workers)
    why = "one worker has no serial fraction" if workers < 2 else speedup.why
    if why or not speedup.known:
        return unknown(estimate, speedup.level, speedup.n, method, why or "no interval")
    low, high = karp_flatt(speedup.high, workers), karp_flatt(speedup.low, workers)
    return Interval(estimate, low, high, speedup.level, speedup.n, method)


def fit_scaling(
    workers: ArrayLike, throughput: ArrayLike, *, cores: int, level: float = LEVEL
) -> Scaling:
    """Fit the simplest of linear, Amdahl and USL that the data ask for, or say why not.

    Parameters
    ----------
    workers : array of shape (processes,)
        Workers of each process.
    throughput : array of shape (processes,)
        Work per second of each process: units over the median of its seconds. Several processes
        per count, so that their scatter tells noise from lack of fit.
    cores : int
        CPUs the processes could use, of one target and session. Points beyond are left out: there
        the curve bends for another reason.
    level : float in (0, 1)
        Level of the profile intervals.

    Returns
    -------
    Scaling
        Without a model, and with the reason, if fewer than 5 different counts are left or none
        reaches 8, or if the points lie off the best curve (F test of lack of fit below 5 %):
        then the curve has no parameters worth printing. Chosen by AICc on the logarithms; of a
        parameter that the model leaves out the interval has no bounds.

    Raises
    ------
    ValueError
        Arrays of different length, a count below 1, a throughput that is not above 0.

    References
    ----------
    N. J. Gunther, "Guerrilla Capacity Planning", 2007; K. P. Burnham and D. R. Anderson, "Model
    Selection and Multimodel Inference", 2002 (AICc).
    """
    counts, values = usl.checked_points(workers, throughput)
    checked_level(level)
    if cores < 1:
        raise ValueError(f"a machine has at least 1 core, not {cores}")
    counts, values = counts[counts <= cores], values[counts <= cores]
    if (why := _why_unidentified(counts)) is not None:
        return Scaling(None, why)
    fits = {model: usl.fit(model, counts, values) for model in usl.FREE}
    best = min(fits.values(), key=lambda each: each.aicc)
    aicc = {model: each.aicc for model, each in fits.items()}
    misfit = lack_of_fit(best)
    if misfit < LACK_OF_FIT:
        why = f"no parameters: the points lie off the {best.model} curve (p = {misfit:.2g})"
        return Scaling(None, why, aicc=aicc, lack_of_fit=misfit)
    bounds = usl.profile(best, level=level)
    return Scaling(
        best.model,
        None,
        *(_parameter(best, bounds, name, level) for name in usl.NAMES),
        peak=peak(best.estimates["sigma"], best.estimates["kappa"]),
        aicc=aicc,
        lack_of_fit=misfit,
    )


def lack_of_fit(fit: usl.Fit) -> float:
    """Return the p-value of the F test of a fitted curve against the means at each count.

    nan if no count was measured twice or the curve has a parameter for each count.
    """
    counts = np.unique(fit.workers)
    levels = np.array([fit.residuals[fit.workers == count].mean() for count in counts])
    within = fit.residuals - levels[np.searchsorted(counts, fit.workers)]
    pure, total = float((within**2).sum()), fit.squares
    free, replicates = len(counts) - len(fit.errors), len(within) - len(counts)
    if free < 1 or replicates < 1:
        return NAN
    misfit = max(0.0, total - pure)
    # Rounding alone leaves squares of this order in a curve that is exact.
    if misfit <= usl.ROUNDING * len(within):
        return 1.0
    if pure <= usl.ROUNDING * len(within):
        return 0.0
    return float(stats.f.sf(misfit / free / (pure / replicates), free, replicates))


def peak(sigma: float, kappa: float) -> float:
    """Return the number of workers with the highest throughput, infinite without coherency."""
    return float(np.sqrt(max(0.0, 1 - sigma) / kappa)) if kappa > 0 else float("inf")


def _why_unidentified(counts: Floats) -> str | None:
    different = len(np.unique(counts))
    if different < MIN_COUNTS:
        return f"no curve: {different} worker counts up to the cores, at least {MIN_COUNTS} needed"
    if counts.max() < MIN_REACH:
        return f"no curve: up to {counts.max():.0f} workers, at least {MIN_REACH} needed"
    return None


def _parameter(
    fit: usl.Fit, bounds: Mapping[str, tuple[float, float]], name: str, level: float
) -> Interval:
    n, method = len(fit.workers), f"{fit.model}, profile"
    if name not in bounds:
        return unknown(0.0, level, n, method, f"left out of the {fit.model} model by AICc")
    return Interval(fit.estimates[name], *bounds[name], level, n, method)
