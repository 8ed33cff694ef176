"""The numbers that a verdict on one cell rests on, and the one way in which they may be read.

One number per block, always; of a ratio its logarithm. Newest session last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats as distributions

from analysis import stats
from analysis.comparison.contrasts import Contrast
from analysis.comparison.pairs import Pairs
from analysis.stats import LEVEL, MIN_BLOCKS, MIN_SESSIONS, Interval, Order, Paired, Stein
from analysis.stats.interval import Floats, exp, robust_spread, unknown

MEDIAN = "exact median"
# Standard error of a median over that of a mean, of normal values.
_MEDIAN_ERROR = float(np.sqrt(np.pi / 2))
MOST = 1000  # blocks or sessions: more are never advised


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one quantity of one cell."""

    values: Floats  # of the session in question, in the order of its blocks
    log: bool  # whether they are logarithms of ratios
    order: Order = Order.RANDOM_BLOCKS
    pilot: int | None = None  # how many of the values are the pilot's, if there was one
    sessions: tuple[Floats, ...] = ()  # that and earlier ones, where they are the unit
    why: str | None = None  # there is no value at all

    @property
    def scope(self) -> str:
        """Return in words what the interval speaks of."""
        return f"over {len(self.sessions)} sessions" if self.sessions else "this session only"

    @property
    def slow(self) -> Interval | None:
        """Return the share of blocks apart from the rest, where the median has to be claimed."""
        return self.paired().slow_share if self.log and not self.sessions else None

    def over(self, others: Sequence["Evidence"]) -> "Evidence":
        """Return the same over this and other sessions, if they are enough."""
        every = [*others, self]
        random = all(each.order is Order.RANDOM_BLOCKS for each in every)
        if len(every) < MIN_SESSIONS or not random or not all(len(each.values) for each in every):
            return self
        return replace(self, sessions=tuple(each.values for each in every))

    def interval(self, level: float = LEVEL) -> Interval:
        """Return estimate and bounds, or why there are none."""
        found = self._inner(level)
        return exp(found) if self.log else found

    def p_value(self, low: float, high: float) -> float:
        """Return the least error at which a claim between these edges is decided; 1 if never."""
        low, high = self._edges(low, high)
        found = self._inner(LEVEL)
        if not found.known:
            return 1.0
        if high == -np.inf or found.low == found.high:  # beyond doubt, whatever the level
            return 0.0
        if low == high:  # a point: no interval lies inside
            low = -np.inf if found.estimate > high else low
            high = np.inf if found.estimate < high else high
        if found.method == MEDIAN:
            return stats.claim_p_value(self.values, low=low, high=high, method=MEDIAN)
        n = len(self.sessions) if self.sessions else self.pilot or len(self.values)
        return stats.t_p_value(found, n - 1, low=low, high=high)

    def more(self, low: float, high: float, level: float) -> int | None:
        """Return how many more blocks (or sessions) would decide, if the estimate stays.

        None if it lies so close to an edge that no number one would run does, or if the order
        was not random.
        """
        if self.order is not Order.RANDOM_BLOCKS:
            return None
        values = np.array([each.mean() for each in self.sessions]) if self.sessions else self.values
        least = MIN_SESSIONS if self.sessions else MIN_BLOCKS
        if len(values) < 2:
            return least - len(values)
        away = self._away(*self._edges(low, high))
        needed = self._needed(values, away, level) if away > 0 else None
        if needed is None or needed > MOST:
            return None
        return max(1, max(needed, least) - len(values))

    def paired(self, level: float = LEVEL) -> Paired:
        """Return both readings of a ratio; after a pilot, Stein's is the mean."""
        found = stats.paired_ratio(self.values, level=level, order=self.order)
        return found if self.pilot is None else replace(found, mean=exp(self._stein(level)))

    def _inner(self, level: float) -> Interval:
        """Return the interval on the scale of the values."""
        if not len(self.values):
            return unknown(np.nan, level, 0, "", self.why or stats.too_few(0))
        if self.sessions:
            return stats.session_mean(self.sessions, level=level)
        # Chosen at one level for all, so that a claim is not decided by another reading.
        if self.log and self.paired().rare_slow_mode:
            return _logarithm(self.paired(level).median)
        if self.pilot is not None:
            return self._stein(level)
        return stats.mean_interval(self.values, level=level, order=self.order)

    def _stein(self, level: float) -> Interval:
        plain = stats.mean_interval(self.values, level=level, order=self.order)
        if not plain.known or self.pilot is None:
            return plain
        if self.pilot < MIN_BLOCKS:
            why = f"no interval: {self.pilot} blocks in the pilot, at least {MIN_BLOCKS} needed"
            return unknown(plain.estimate, level, plain.n, plain.method, why)
        spread = float(self.values[: self.pilot].std(ddof=1))
        plan = Stein(len(self.values), self.pilot, spread, np.nan, level)
        return stats.stein_mean(self.values, plan)

    def _edges(self, low: float, high: float) -> tuple[float, float]:
        if not self.log:
            return low, high
        return _log(low), np.inf if high == np.inf else _log(high)

    def _away(self, low: float, high: float) -> float:
        """Return how far the estimate is from the edge that decides."""
        estimate = self._inner(LEVEL).estimate
        if low <= estimate <= high:
            return min(estimate - low, high - estimate)
        return max(low - estimate, estimate - high)

    def _needed(self, values: Floats, away: float, level: float) -> int | None:
        """Return how many values in all have an interval that ends before the edge."""
        spread = float(values.std(ddof=1))
        if self.pilot is not None and not self.sessions and self.pilot >= MIN_BLOCKS:
            t = distributions.t.ppf(0.5 + level / 2, self.pilot - 1)
            return int(np.ceil((t * values[: self.pilot].std(ddof=1) / away) ** 2))
        if self._inner(LEVEL).method == MEDIAN:
            spread = _MEDIAN_ERROR * robust_spread(values)
        wanted = float(np.expm1(min(away / spread, 700.0))) if spread > 0 else np.inf
        if not np.isfinite(wanted):
            return len(values)
        if self.sessions:
            counts = range(len(values) + 1, MOST + 1)
            return next((n for n in counts if _reach(n, level) <= wanted), None)
        try:
            return stats.blocks_for_precision(1.0, wanted, level=level)
        except ValueError:  # more than anyone could run
            return None


def of_pairs(pairs: Pairs, cell: Contrast, why: str | None = None) -> Evidence:
    """Return the evidence of a ratio from the logarithm in each block."""
    return Evidence(pairs.difference, True, cell.order, _pilot(pairs.block, cell), why=why)


def of_values(name: str, cell: Contrast, why: str | None = None, *, clean: bool = True) -> Evidence:
    """Return the evidence of the mean over blocks of one number per process."""
    blocks, values = cell.known(name, clean=clean)
    return Evidence(values, False, cell.order, _pilot(blocks, cell), why=why)


def _pilot(blocks: np.ndarray, cell: Contrast) -> int | None:
    return None if cell.pilot is None else int((blocks < cell.pilot).sum())


def _reach(n: int, level: float) -> float:
    return stats.half_width(1.0, n, level=level)


def _logarithm(ratio: Interval) -> Interval:
    bounds = {name: _log(getattr(ratio, name)) for name in ("estimate", "low", "high")}
    return replace(ratio, **bounds)


def _log(value: float) -> float:
    return float(np.log(value)) if not value <= 0 else -np.inf
