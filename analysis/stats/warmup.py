"""When a process reaches its pace: change points of its iterations, and what they amount to.

For a study of its own, many iterations in one process. With the few values of a measuring process
nothing of this can be seen; see `analysis.inference.steadiness`.
"""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats.interval import Floats, robust_spread

FLAT, WARM_UP, SLOWDOWN = "flat", "warm-up", "slowdown"
NO_STEADY_STATE = "no steady state"

WINDOW = 200  # iterations around each by which it is judged an outlier
MIN_SEGMENT = 5
PENALTY = 15  # times ln n, per change
# Barrett et al. ask for the last 500 of 2000 iterations without a change.
STEADY_SHARE = 0.25
TOLERANCE = 0.01  # of the last segment's mean: a segment so near is as good as the last

MIN_ITERATIONS = 50  # simulated down to here
MIN_PROCESSES, MIN_STUDY = 5, 200
MAX_UNSTEADY = 0.20  # share of processes
MARGIN = 1.5  # the slowest of few processes is not the slowest there is


@dataclass(frozen=True, slots=True)
class Course:
    """How the iterations of one process went."""

    kind: str  # FLAT, WARM_UP, SLOWDOWN or NO_STEADY_STATE
    start: int | None  # first iteration of the steady state, None without one
    changes: tuple[int, ...]  # first iterations of new segments
    levels: tuple[float, ...]  # mean of each segment without outliers, in seconds
    outliers: int


@dataclass(frozen=True, slots=True)
class Study:
    """What the processes of a warm-up study say together."""

    kinds: Mapping[str, int]  # processes of each kind
    warmups: int | None  # iterations to leave out from now on, None if that cannot be said
    why: str | None = None


def course(seconds: ArrayLike, *, tolerance: float = TOLERANCE) -> Course:
    """Classify the iterations of one process.

    Parameters
    ----------
    seconds : array of shape (iterations,)
        Time of every iteration in order, from the first on, at least 50.
    tolerance : float
        Segments whose mean is this near to the last one's, as a share of it, are as good.

    Returns
    -------
    Course
        Change points of mean and variance by PELT on what is left without Tukey's outliers
        (median +- 3 (P90 - P10) of a window of 200), penalty 15 ln n. No steady state if
        the last quarter of the iterations begins on another level than it ends.

    Raises
    ------
    ValueError
        Fewer than 50 iterations, or a time that is not above 0.

    Notes
    -----
    Simulated with 200 iterations: a change where there is none in 0 to 2 % of series of white or
    autocorrelated noise and in 10 % of those with spikes; a step of 10 % is found within 3
    iterations in 73 to 100 %.

    References
    ----------
    E. Barrett, C. F. Bolz-Tereick, R. Killick, S. Mount and L. Tratt, "Virtual Machine Warmup
    Blows Hot and Cold", OOPSLA 2017.
    """
    times = np.asarray(seconds, dtype=np.float64)
    if times.ndim != 1 or len(times) < MIN_ITERATIONS:
        raise ValueError(f"one process and at least {MIN_ITERATIONS} iterations are needed")
    if not (np.isfinite(times) & (times > 0)).all():
        raise ValueError("every iteration takes a time above 0")
    kept = np.flatnonzero(~outliers(times))
    found = change_points(times[kept])
    segments = np.split(times[kept], found)
    levels = tuple(float(each.mean()) for each in segments)
    changes = tuple(int(kept[each]) for each in found)
    kind, start = _classify(levels, (0, *changes), len(times), tolerance)
    return Course(kind, start, changes, levels, len(times) - len(kept))


def study(processes: Sequence[ArrayLike], *, margin: float = MARGIN) -> Study:
    """Choose a number of warm-ups for one workload on one interpreter.

    Parameters
    ----------
    processes : sequence of arrays of shape (iterations,)
        Iterations of each process, as for `course`.
    margin : float
        Factor on the latest start of a steady state.

    Returns
    -------
    Study
        No number, and the reason, with fewer than 5 processes of 200 iterations each, or if more
        than 20 % of them have no steady state: then only the distribution over processes can be
        reported, and no peak.

    Raises
    ------
    ValueError
        A series that `course` refuses, or a margin below 1.
    """
    if margin < 1:
        raise ValueError("a margin below 1 would cut warm-ups short")
    courses = [course(each) for each in processes]
    kinds = dict(Counter(each.kind for each in courses))
    short = min((len(np.asarray(each)) for each in processes), default=0)
    if len(courses) < MIN_PROCESSES or short < MIN_STUDY:
        why = f"{len(courses)} processes of at least {short} iterations"
        return Study(kinds, None, f"{why}; {MIN_PROCESSES} of {MIN_STUDY} needed")
    unsteady = kinds.get(NO_STEADY_STATE, 0)
    if unsteady > MAX_UNSTEADY * len(courses):
        return Study(kinds, None, f"{unsteady} of {len(courses)} processes have no steady state")
    latest = max(each.start for each in courses if each.start is not None)
    return Study(kinds, int(np.ceil(latest * margin)))


def outliers(times: Floats, *, window: int = WINDOW) -> np.ndarray:
    """Return which iterations are outliers among those around them.

    Tukey's rule in the form of Barrett et al.: outside median +- 3 (P90 - P10). The first half
    window is never judged: what is slow there is warm-up.
    """
    found = np.zeros(len(times), dtype=np.bool_)
    half = window // 2
    for index in range(len(times)):
        low, high = max(0, index - half), min(len(times), index + half)
        if low == 0 and high < window and len(times) >= window:
            continue
        near = times[low:high]
        tenth, middle, ninetieth = np.percentile(near, [10, 50, 90])
        found[index] = abs(times[index] - middle) > 3 * (ninetieth - tenth)
    return found


def change_points(values: Floats) -> list[int]:
    """Return where mean or variance change, by PELT, whatever the unit of the values."""
    from ruptures import Pelt
    from ruptures.costs import CostNormal

    # The cost adds 1e-6 to a variance: as much as all of it in milliseconds, nothing here. The
    # scale comes from differences, which a change of level does not widen.
    scale = robust_spread(np.diff(values))
    scale = scale or float(values.std())
    if not scale > 1e-12 * abs(float(values.mean())):
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # tells of that 1e-6 every time
        cost = CostNormal()
    # Its default, jump=5, knows multiples of 5 alone.
    search = Pelt(custom_cost=cost, min_size=MIN_SEGMENT, jump=1)
    standard = (values - np.median(values)) / scale
    found = search.fit(standard).predict(pen=PENALTY * np.log(len(values)))
    return [int(each) for each in found[:-1]]


def _classify(
    levels: Sequence[float], starts: Sequence[int], iterations: int, tolerance: float
) -> tuple[str, int | None]:
    last = levels[-1]
    good = [abs(level - last) <= tolerance * last for level in levels]
    ends = [*starts[1:], iterations]
    late = iterations * (1 - STEADY_SHARE)
    if any(not ok and end > late for ok, end in zip(good, ends, strict=True)):
        return NO_STEADY_STATE, None
    bad = [number for number, ok in enumerate(good) if not ok]
    if not bad:
        return FLAT, 0
    slower = all(levels[number] > last for number in bad)
    return WARM_UP if slower else SLOWDOWN, int(starts[bad[-1] + 1])
