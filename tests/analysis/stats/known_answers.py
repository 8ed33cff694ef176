"""Answers known from elsewhere to every part of the statistics, as checks of a pipeline.

The package and the steps before it (values to processes, processes to blocks) are parts of the
pipeline, so that a faulty one can be put in their place.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats as reference

import analysis.stats

TEN = np.array([0.93, 0.91, 0.95, 0.90, 0.97, 0.92, 0.94, 0.89, 0.96, 1.10])
T_OF_TEN = (0.9056803, 0.9868961)  # R, t.test of the logarithms
Side = dict[int, list[float]]  # block: values of its process, the first a warm-up


def session() -> tuple[Side, Side]:
    """Return base and other: ten common blocks with the ratios TEN, and one that each lost.

    Blocks differ by up to 50 times. A process is its warm-up, three values of which the last is
    a spike, and blocks are stored in the order they ended in, not the same on both sides.
    """
    base: Side = {}
    other: Side = {}
    for block, ratio in enumerate(TEN):
        pace = 50.0 ** (block * 7 % 10 / 9)
        base[block] = [pace * each for each in (3.0, 0.98, 1.0, 1.2 + block / 10)]
        other[block] = [pace * ratio * each for each in (0.5, 0.99, 1.0, 2.5 - block / 10)]
    base = {10: [1.0, 1.0, 1.0, 1.0]} | base
    other = dict(sorted(other.items(), key=lambda each: each[0] * 3 % 10)) | {11: [9.0] * 4}
    return base, other


def median_of_timed(values: list[float]) -> float:
    return float(np.median(values[1:]))


def by_block(base: Side, other: Side, summary: Callable[[list[float]], float]):
    common = sorted(base.keys() & other.keys())
    return [(summary(base[block]), summary(other[block])) for block in common]


def log_ratio(base: float, other: float) -> float:
    return math.log(other) - math.log(base)


@dataclass(frozen=True)
class Pipeline:
    """From values to a ratio of other to base."""

    stats: ModuleType = analysis.stats
    summary: Callable[[list[float]], float] = median_of_timed
    pair: Callable[..., Any] = by_block
    difference: Callable[[float, float], float] = log_ratio

    def ratio(self) -> Any:
        """Return both readings of the session."""
        pairs = self.pair(*session(), self.summary)
        return self.stats.paired_ratio([self.difference(*pair) for pair in pairs])


def close(found: Any, expected: Any, rel: float = 1e-6) -> None:
    assert found == pytest.approx(expected, rel=rel)


# What is known of each part.


def the_whole(p: Pipeline) -> None:
    found = p.ratio()
    assert found.mean.n == 10
    close((found.mean.low, found.mean.high), T_OF_TEN)
    close(found.mean.estimate, math.exp(np.log(TEN).mean()))
    close((found.median.low, found.median.high), (0.90, 0.97))


def few_blocks(p: Pipeline) -> None:
    found = p.stats.paired_ratio(np.log(TEN[:5]))
    assert not found.mean.known
    assert not found.median.known


def order(p: Pipeline) -> None:
    assert not p.stats.paired_ratio(np.log(TEN), order=p.stats.Order.IN_TURN).mean.known


def slow_mode(p: Pipeline) -> None:
    found = p.stats.paired_ratio(np.append(np.linspace(-0.01, 0.01, 17), [1.0, 1.2, 1.4]))
    assert found.rare_slow_mode
    assert found.claimed.method == "exact median"
    close(found.slow_share.low, reference.beta.ppf(0.025, 3, 18))


def sessions(p: Pipeline) -> None:
    pairs = np.log(np.array([9.2, 9.9, 9.0, 9.1, 9.4]) / [10.1, 10.4, 9.9, 10.0, 10.6])
    found = p.stats.session_mean([[d - 0.3, d, d + 0.3] for d in pairs])
    close(np.exp([found.low, found.high]), (0.88490279, 0.94301812))
    assert not p.stats.session_mean([[0.1] * 10] * 2).known


def levels(p: Pipeline) -> None:
    close(p.stats.simultaneous_level(5), 0.99)
    found = p.stats.holm_levels([0.2, 0.04, 0.03, 0.012, 0.008, 0.001])
    close(found, [1 - 0.05 / k for k in (3, 3, 3, 4, 5, 6)])


def words(p: Pipeline) -> None:
    def word(low: float, estimate: float, high: float) -> str:
        return p.stats.effect(p.stats.Interval(estimate, low, high, 0.95, 10, "paired t"))

    assert word(0.90, 1.0, 1.1) == "undecided"
    assert word(0.99, 1.0, 1.02) == "equivalent"
    assert word(1.001, 1.02, 1.04) == "undecided"
    assert word(1.02, 1.05, 1.08) == "faster"


def blocks(p: Pipeline) -> None:
    found = [p.stats.blocks_for_precision(0.05, each) for each in (0.01, 0.02, 0.05)]
    assert found == [100, 27, 7]


def stein(p: Pipeline) -> None:
    plan = p.stats.stein_plan(np.log(TEN), 0.02)
    spread = np.log(TEN).std(ddof=1)
    assert plan.blocks == math.ceil((2.262157163 * spread / math.log(1.02)) ** 2)
    rest = np.random.default_rng(2).normal(-0.06, 0.5, plan.blocks - 10)
    found = p.stats.stein_interval(np.append(np.log(TEN), rest), plan)
    half = 2.262157163 * spread / math.sqrt(plan.blocks)
    close(math.log(found.high / found.low), 2 * half)


def serial_part(p: Pipeline) -> None:
    close(p.stats.karp_flatt(2 / 1.1, 2), 0.10)
    close(p.stats.karp_flatt(1 / 0.4375, 4), 0.25)
    found = p.stats.karp_flatt_interval(p.stats.Interval(1.6, 1.5, 1.7, 0.95, 9, "t"), 2)
    assert found.low < found.estimate < found.high


def curves(p: Pipeline) -> None:
    workers = [1, 18, 36, 72, 108, 144, 216]
    throughput = [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2]
    fitted = p.stats.usl.fit("usl", workers, throughput, scale="plain")
    close(list(fitted.estimates.values()), [89.99523, 0.02772847, 1.043655e-4], rel=1e-5)
    exact = p.stats.usl.curve(np.repeat(workers, 3), 100, 0.05, 0.002)
    noisy = exact * np.tile([0.97, 1.0, 1.03], 7)
    assert p.stats.fit_scaling(np.repeat(workers, 3), noisy, cores=216).model == "usl"
    assert p.stats.fit_scaling([1, 4, 8] * 5, [1.0, 3.5, 6.0] * 5, cores=8).model is None


def levels_of_variance(p: Pipeline) -> None:
    close(p.stats.mean_squares([[[9, 5], [8, 3]], [[10, 6], [7, 11]], [[1, 12], [2, 4]]])[0], 16.5)
    data = [[[3, 4, 3], [1.2, 3.1, 3]], [[0.2, 1, 1.5], [1, 2, 3]]]
    parts = p.stats.variance_components(data)
    close(parts, [0.72667, 0.26278, 0.77472], rel=1e-4)
    close(p.stats.best_repeats(parts, [3, 20, 100]), [4.2937, 1.3023], rel=1e-4)


def machines(p: Pipeline) -> None:
    effects = np.log([1.5, 1.6, 1.4, 1.55, 1.7])
    found = p.stats.over_machines(effects, [0.05**2] * 5).ratio
    # Alike in noise, the machines have equal weights: Hartung and Knapp's is the plain t interval.
    expected = [math.exp(each) for each in reference.ttest_1samp(effects, 0).confidence_interval()]
    close([found.low, found.high], expected, rel=1e-5)
    assert not p.stats.over_machines(effects[:4], [0.05**2] * 4).ratio.known


def warm_up(p: Pipeline) -> None:
    noise = np.exp(np.random.default_rng(1).normal(0, 0.01, 200))
    times = np.where(np.arange(200) < 43, 0.0013, 0.001) * noise
    times[150::10] *= 4
    found = p.stats.course(times)
    assert (found.kind, found.start) == ("warm-up", 43)
    assert p.stats.course(0.001 * np.where(np.arange(200) < 180, 1.0, 1.3) * noise).start is None


def small(p: Pipeline) -> None:
    close(p.stats.break_even([1e-3, 4e-3], [0.5, 2.0]).size, 2e-3)
    close(p.stats.payload_cost([1, 2, 4, 9], [3.0, 5.0, 9.0, 19.0]).slope.estimate, 2.0)


CHECKS = [
    the_whole,
    few_blocks,
    order,
    slow_mode,
    sessions,
    levels,
    words,
    blocks,
    stein,
    serial_part,
    curves,
    levels_of_variance,
    machines,
    warm_up,
    small,
]
