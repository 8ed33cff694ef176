"""Of a cell's passes: whether the timed ones are steady, and how many warm-ups that took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.stats import (
    EQUIVALENT,
    FASTER,
    SLOWER,
    UNDECIDED,
    effect,
    paired_ratio,
    simultaneous_level,
    study,
    too_few,
)
from analysis.stats.interval import MIN_BLOCKS, Floats
from analysis.stats.warmup import (
    FLAT,
    MAX_UNSTEADY,
    MIN_ITERATIONS,
    NO_STEADY_STATE,
    SLOWDOWN,
    WARM_UP,
)

STEADY, UNSTEADY, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True, slots=True)
class Pace:
    """How the passes of a cell's processes went."""

    steady: str  # STEADY, UNSTEADY or UNKNOWN: the timed values
    shape: str | None  # FLAT, WARM_UP, SLOWDOWN or NO_STEADY_STATE; None where it is undecided
    needed: int | None  # warm-ups; None where nothing can be said
    least: bool = False  # ``needed`` is a lower bound: a later pass is undecided
    why: str | None = None
    passes: tuple[str, ...] = ()  # the word of each pass but the last, against the last
    shapes: Mapping[str, int] = field(default_factory=dict[str, int])  # processes of each shape


def pace(passes: Floats, warmups: int) -> Pace:
    """Say how the passes of a cell went.

    Parameters
    ----------
    passes : array of shape (processes, passes)
        Seconds of every pass, the warm-ups first.
    warmups : int
        How many of the passes are warm-ups.

    Returns
    -------
    Pace
        From 50 passes on by the change points of every process (`analysis.stats.study`). With
        fewer each pass is compared with the last one of its process: all intervals of a cell hold
        together at 95 %, and their words are those of every ratio, so that "equivalent" is within
        3 %.
    """
    if passes.shape[1] >= MIN_ITERATIONS:
        return _of_many(passes, warmups)
    return _of_few(passes, warmups)


def _of_many(passes: Floats, warmups: int) -> Pace:
    found = study(list(passes))
    shape = max(found.kinds, key=lambda kind: found.kinds[kind])
    if found.kinds.get(NO_STEADY_STATE, 0) > MAX_UNSTEADY * len(passes):
        return Pace(UNSTEADY, NO_STEADY_STATE, None, why=found.why, shapes=found.kinds)
    if found.warmups is None:
        return Pace(UNKNOWN, shape, None, why=found.why, shapes=found.kinds)
    steady = STEADY if found.warmups <= warmups else UNSTEADY
    return Pace(steady, shape, found.warmups, shapes=found.kinds)


def _of_few(passes: Floats, warmups: int) -> Pace:
    processes, count = passes.shape
    if count < 2:
        return Pace(UNKNOWN, None, None, why="one pass per process: nothing to compare it with")
    if processes < MIN_BLOCKS:
        return Pace(UNKNOWN, None, None, why=too_few(processes))
    words = _against_the_last(np.log(passes))
    off = [number for number, word in enumerate(words) if word in (SLOWER, FASTER)]
    settled = off[-1] + 1 if off else 0
    open_ended = UNDECIDED in words[settled:]
    timed = words[warmups:]
    if not timed:
        why = "one timed value per process: whether it is steady cannot be seen"
        return Pace(UNKNOWN, None, settled, least=True, why=why, passes=words)
    if settled == count - 1:
        why = "the last pass still differs from the one before"
        return Pace(UNSTEADY, NO_STEADY_STATE, None, why=why, passes=words)
    if open_ended:
        shape = None
    elif not off:
        shape = FLAT
    else:
        shape = WARM_UP if all(words[number] == SLOWER for number in off) else SLOWDOWN
    steady, why = _of_timed(timed, processes)
    return Pace(steady, shape, settled, least=open_ended, why=why, passes=words)


def _of_timed(words: Sequence[str], processes: int) -> tuple[str, str | None]:
    """Return whether timed values are steady, and why not."""
    if off := [number for number, word in enumerate(words, 1) if word in (SLOWER, FASTER)]:
        return UNSTEADY, f"timed value {off[-1]} is {words[off[-1] - 1]} than the last"
    if all(word == EQUIVALENT for word in words):
        return STEADY, None
    return UNKNOWN, f"undecided: the values of {processes} processes scatter too much"


def _against_the_last(logs: Floats) -> tuple[str, ...]:
    """Return the word of each pass but the last: its seconds over those of the last pass."""
    level = simultaneous_level(logs.shape[1] - 1)
    ratios = [paired_ratio(each - logs[:, -1], level=level) for each in logs.T[:-1]]
    return tuple(effect(each.claimed, above=SLOWER, below=FASTER) for each in ratios)
