"""Courses of made-up processes: where they change, and what that is called."""

import numpy as np
import pytest

from analysis.stats import course, study
from analysis.stats.warmup import change_points, outliers


def series(*parts: tuple[int, float], noise: float = 0.01, seed: int = 1) -> np.ndarray:
    """Return iterations in seconds: so many of such a mean, with relative noise."""
    level = np.concatenate([np.full(count, mean) for count, mean in parts])
    return level * np.exp(np.random.default_rng(seed).normal(0, noise, len(level)))


@pytest.mark.parametrize(
    ("parts", "kind", "start"),
    [
        ([(200, 0.01)], "flat", 0),
        ([(37, 0.012), (163, 0.01)], "warm-up", 37),
        ([(20, 0.02), (23, 0.012), (157, 0.01)], "warm-up", 43),
        ([(37, 0.01), (163, 0.012)], "slowdown", 37),
        ([(170, 0.01), (30, 0.012)], "no steady state", None),
        ([(120, 0.01), (50, 0.012), (30, 0.01)], "no steady state", None),
    ],
)
def test_a_course_has_the_name_of_its_shape(parts, kind, start):
    """
    Flat, faster after a start, slower after one, or still changing in the last quarter.
    """
    found = course(series(*parts))
    assert found.kind == kind
    assert found.start == (None if start is None else pytest.approx(start, abs=1))


def test_a_change_is_found_where_it_is_and_not_at_the_next_multiple_of_five():
    """
    A step after 43 iterations, far above the noise.
    """
    assert change_points(series((43, 2.0), (157, 1.0))) == [43]


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e3])
def test_the_unit_of_time_does_not_matter(unit):
    """
    Microseconds have the same change points as kiloseconds.
    """
    one = course(series((40, 1.1), (160, 1.0)) * unit)
    assert (one.kind, one.changes) == ("warm-up", (40,))


def test_spikes_are_no_changes_of_pace():
    """
    Every twentieth iteration is three times as slow: left out, counted, and still flat.
    """
    times = series((400, 0.01))
    times[110::20] *= 3
    found = course(times)
    assert found.kind == "flat"
    assert found.outliers == len(times[110::20])


def test_the_slow_start_is_warm_up_and_no_outlier():
    """
    In the first half window nothing is left out, however slow.
    """
    times = series((10, 0.05), (390, 0.01))
    assert not outliers(times)[:100].any()
    assert course(times).start == pytest.approx(10, abs=1)


def test_a_change_that_does_not_matter_is_flat():
    """
    Half a per cent, many times its noise: found, and as good as the last pace.
    """
    found = course(series((100, 1.005), (100, 1.0), noise=0.0003))
    assert found.changes == (100,)
    assert (found.kind, found.start) == ("flat", 0)


def test_a_clock_that_stands_still_is_flat():
    """
    Iterations that agree to the last digit have no change.
    """
    assert course(np.full(60, 0.25)).kind == "flat"


def test_a_study_leaves_a_margin_beyond_its_slowest_process():
    """
    The latest steady state of five processes begins at 40; half as much again is left out.
    """
    found = study([series((n, 0.02), (200 - n, 0.01), seed=n) for n in (10, 20, 25, 30, 40)])
    assert found.kinds == {"warm-up": 5}
    assert found.warmups == pytest.approx(60, abs=2)


def test_a_study_without_steady_states_has_no_number():
    """
    Two of five processes still change at their end: no peak can be claimed.
    """
    steady = [series((200, 0.01), seed=seed) for seed in range(3)]
    never = [series((170, 0.01), (30, 0.02), seed=seed) for seed in range(2)]
    found = study(steady + never)
    assert found.warmups is None
    assert "2 of 5" in str(found.why)
    few = study(steady)
    assert few.warmups is None
    assert "3 processes" in str(few.why)


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_published():
    """
    100 series of 50 of white noise have at most 2 changes among them; a step of 10 % over 2 % is
    found within 3 iterations in at least 93.
    """
    white = [change_points(series((50, 1.0), noise=0.02, seed=seed)) for seed in range(100)]
    assert sum(bool(each) for each in white) <= 2
    stepped = [
        change_points(series((10, 1.1), (40, 1.0), noise=0.02, seed=seed)) for seed in range(100)
    ]
    assert sum(any(abs(at - 10) <= 3 for at in each) for each in stepped) >= 93


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: course([1.0] * 49), "at least 50"),
        (lambda: course([1.0] * 49 + [0.0]), "above 0"),
        (lambda: study([[1.0] * 60], margin=0.5), "margin"),
    ],
)
def test_misuse_is_told(call, words):
    """
    Too short a course, a time that cannot be, a margin that cuts.
    """
    with pytest.raises(ValueError, match=words):
        call()
