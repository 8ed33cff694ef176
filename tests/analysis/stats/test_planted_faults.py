"""Faults planted into a copy of the statistics, each caught by an answer known from elsewhere.

A copy of ``analysis/stats`` is written with one text replaced and imported under another name; the
steps before it are replaced in the pipeline. A check that no fault could fail would prove nothing
about the code it passes.
"""

import importlib
import math
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import known_answers as known
import numpy as np
import pytest

import analysis.stats

SOURCE = Path(analysis.stats.__file__).parent


# Faults of the steps before the estimate.


def every_value(base, other, _):
    """Pooled values: each counts as if it were a process."""
    common = sorted(base.keys() & other.keys())
    return [pair for b in common for pair in zip(base[b][1:], other[b][1:], strict=True)]


def by_position(base, other, summary):
    """The first of one with the first of the other, in the order they were stored."""
    return list(zip(map(summary, base.values()), map(summary, other.values()), strict=True))


def by_rank(base, other, summary):
    """The n-th block of one with the n-th of the other, although each lost another block."""
    one, two = ([summary(side[block]) for block in sorted(side)] for side in (base, other))
    return list(zip(one, two, strict=True))


def without_the_last(base, other, summary):
    return known.by_block(base, other, summary)[:-1]


def without_the_extreme(base, other, summary):
    return sorted(known.by_block(base, other, summary), key=lambda pair: pair[1] / pair[0])[:-1]


def three_times(base, other, summary):
    return known.by_block(base, other, summary) * 3


def against_the_mean_base(base, other, summary):
    """Unpaired: every process against the mean of all of the other side."""
    pairs = known.by_block(base, other, summary)
    mean = math.exp(np.mean([math.log(each) for each, _ in pairs]))
    return [(mean, each) for _, each in pairs]


STEPS = {
    "pooled values": {"pair": every_value},
    "pairing by position": {"pair": by_position},
    "pairing by rank across lost blocks": {"pair": by_rank},
    "unpaired": {"pair": against_the_mean_base},
    "a block dropped": {"pair": without_the_last},
    "an outlier dropped": {"pair": without_the_extreme},
    "values triplicated": {"pair": three_times},
    "mean instead of median": {"summary": lambda values: float(np.mean(values[1:]))},
    "least instead of median": {"summary": lambda values: min(values[1:])},
    "warm-up among the values": {"summary": lambda values: float(np.median(values))},
    "ratio the wrong way round": {"difference": lambda base, other: math.log(base / other)},
    "per cent instead of logarithm": {"difference": lambda base, other: other / base - 1},
    "logarithm to the base 10": {"difference": lambda base, other: math.log10(other / base)},
}

# Faults of the estimates: file, what stands there, what is planted, and which check sees it.
PLANTED = {
    "df one too many": ("interval", "n - 1) * values.std", "n) * values.std", known.the_whole),
    "one tail": ("interval", "_t_quantile(0.5 + level / 2", "_t_quantile(level", known.the_whole),
    "ddof=0": ("interval", "std(ddof=1)", "std(ddof=0)", known.the_whole),
    "deviation for error": ("interval", " / np.sqrt(n))", ")", known.the_whole),
    "normal for t": (
        "interval",
        "_t_quantile(0.5 + level / 2, n - 1)",
        "stats.norm.ppf(0.975)",
        known.the_whole,
    ),
    "no exp": ("ratios", "Paired(exp(mean)", "Paired((mean)", known.the_whole),
    "median one order statistic in": (
        "ratios",
        "low, high = float(ordered[int(low_rank)]), float(ordered[int(high_rank)])",
        "low, high = ordered[[2, n - 3]]",
        known.the_whole,
    ),
    "median one order statistic out": (
        "ratios",
        "low, high = float(ordered[int(low_rank)]), float(ordered[int(high_rank)])",
        "low, high = ordered[[0, n - 1]]",
        known.the_whole,
    ),
    "five blocks are enough": (
        "interval",
        "n < MIN_BLOCKS",
        "n < MIN_BLOCKS - 1",
        known.few_blocks,
    ),
    "order ignored": ("interval", "is not Order.RANDOM_BLOCKS", "is None", known.order),
    "mean claimed of a slow mode": (
        "ratios",
        "self.median if self.rare_slow_mode else self.mean",
        "self.mean",
        known.slow_mode,
    ),
    "share by the normal": ("ratios", 'method="exact"', 'method="wilson"', known.slow_mode),
    "blocks for sessions": ("ratios", "[each.mean() for each in blocks]", "blocks", known.sessions),
    "two sessions are enough": ("ratios", "MIN_SESSIONS = 3", "MIN_SESSIONS = 2", known.sessions),
    "intervals not widened": ("many", "level)) / claims", "level))", known.levels),
    "Holm goes on after a failure": ("many", "if len(failed):", "if False:", known.levels),
    "levels in sorted order": ("many", "levels[order] = 1", "levels[:] = 1", known.levels),
    "no difference": (
        "effects",
        "return UNDECIDED\n    return",
        "return EQUIVALENT\n    return",
        known.words,
    ),
    "any effect matters": ("effects", "or abs(size) < edge", "", known.words),
    "precision on one side": (
        "blocks",
        "0.5 + checked_level(level) / 2",
        "checked_level(level)",
        known.blocks,
    ),
    "spread of all blocks": ("blocks", "* plan.spread /", "* values.std(ddof=1) /", known.stein),
    "freedom of all blocks": (
        "blocks",
        "plan.level / 2, first - 1)",
        "plan.level / 2, n - 1)",
        known.stein,
    ),
    "Karp-Flatt without 1/N": (
        "scaling",
        "(1 / speedup - 1 / workers)",
        "(1 / speedup)",
        known.serial_part,
    ),
    "ends not turned": (
        "scaling",
        "karp_flatt(speedup.high, workers), karp_flatt(speedup.low, workers)",
        "karp_flatt(speedup.low, workers), karp_flatt(speedup.high, workers)",
        known.serial_part,
    ),
    "Amdahl for USL": ("usl", "kappa * n * (n - 1)", "kappa * (n - 1)", known.curves),
    "one worker's noise in all": (
        "usl",
        "value, vary=name in free, min=0",
        'value, vary=name in free and name != "gamma", min=0',
        known.curves,
    ),
    "three counts are enough": ("scaling", "MIN_COUNTS = 5", "MIN_COUNTS = 3", known.curves),
    "T squared for S squared": (
        "variance",
        "return squares - np.array([0.0, *below])",
        "return squares - np.array([0.0, below[0], (squares[1] - below[0]) / repeats[1]])",
        known.levels_of_variance,
    ),
    "costs the wrong way round": (
        "variance",
        "prices[1:] / prices[:-1]",
        "prices[:-1] / prices[1:]",
        known.levels_of_variance,
    ),
    "fixed effects": (
        "machines",
        '["random effect", "random effect wls"]',
        '["fixed effect"]',
        known.machines,
    ),
    "four machines are enough": (
        "machines",
        "MIN_MACHINES = 5",
        "MIN_MACHINES = 4",
        known.machines,
    ),
    "multiples of five": ("warmup", "jump=1", "jump=5", known.warm_up),
    "unit matters": ("warmup", "(values - np.median(values)) / scale", "values", known.warm_up),
    "outliers kept": ("warmup", "~outliers(times)", "times", known.warm_up),
    "late changes are steady": ("warmup", "end > late", "False", known.warm_up),
    "break-even on a plain scale": ("measures", "np.log(x[at", "(x[at", known.small),
}


def planted(folder: Path, file: str, old: str, new: str) -> ModuleType:
    """Return a copy of the package with ``old`` replaced by ``new`` in one file."""
    name = f"faulty_{abs(hash((file, old, new)))}"
    (folder / name).mkdir()
    for path in SOURCE.glob("*.py"):
        text = path.read_text()
        if path.stem == file:
            assert text.count(old) >= 1, f"{file}.py no longer says {old!r}"
            text = text.replace(old, new)
        (folder / name / path.name).write_text(text.replace("analysis.stats", name))
    importlib.invalidate_caches()
    return importlib.import_module(name)


@pytest.mark.parametrize("check", known.CHECKS, ids=lambda check: check.__name__)
def test_without_a_fault_every_answer_is_right(check):
    """
    The pipeline as it is gives R's, lme4's and everybody's numbers.
    """
    check(known.Pipeline())


@pytest.mark.parametrize("fault", STEPS)
def test_a_fault_before_the_estimate_is_caught(fault):
    """
    Wrong summaries, wrong pairs and wrong differences do not give R's interval.
    """
    with pytest.raises(AssertionError):
        known.the_whole(replace(known.Pipeline(), **STEPS[fault]))


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_in_an_estimate_is_caught(fault, tmp_path, monkeypatch):
    """
    One text of the package replaced, and the answer known of that part is missed.
    """
    file, old, new, check = PLANTED[fault]
    monkeypatch.syspath_prepend(tmp_path)
    module = planted(tmp_path, file, old, new)
    try:
        with pytest.raises(AssertionError):
            check(known.Pipeline(stats=module))
    finally:
        for name in [each for each in sys.modules if each.split(".")[0] == module.__name__]:
            del sys.modules[name]
