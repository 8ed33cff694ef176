"""What a claim may speak of: for every name of a metric, its unit and how to get its interval."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import formatting
from analysis.comparison import diagnostic
from analysis.comparison.baselines import ALONE
from analysis.comparison.contrasts import Contrast
from analysis.comparison.diagnostic import of_cell
from analysis.comparison.pairs import Pairs
from analysis.dataset.observations import ONE_GIL
from analysis.dataset.schema import OBSERVED
from analysis.inference import evidence
from analysis.inference.evidence import Evidence
from analysis.stats import LEVEL, Interval

Read = Callable[[Contrast], Evidence]
Concerns = Callable[[Contrast], bool]


@dataclass(frozen=True, slots=True)
class Metric:
    """A quantity of a cell: its unit, and how it is read from the blocks."""

    unit: str
    read: Read | None  # None: only the diagnostic pass knows it
    concerns: Concerns = lambda _: True  # whether it means anything for a cell
    only: str = ""  # of which cells, in words, where not of all
    scaling: bool = False  # needs a sequential pass that is long enough


def metric(name: str) -> Metric | None:
    """Return the metric called ``name``, or None if there is none of that name."""
    if name.startswith(OBSERVED):
        return Metric("", _mean_of(name))
    return METRICS.get(name)


def is_timed(name: str) -> bool:
    """Return whether a metric is one of the timed pass, not of the diagnostic one."""
    known = metric(name)
    return known is not None and known.read is not None


def interval(
    name: str, cell: Contrast, level: float = LEVEL, *, diagnosed: pd.DataFrame | None = None
) -> Interval:
    """Return the estimate of one session that a verdict may use; see `read`."""
    return read(name, cell, diagnosed=diagnosed).interval(level)


def read(name: str, cell: Contrast, *, diagnosed: pd.DataFrame | None = None) -> Evidence:
    """Return the numbers a verdict may use: of complete blocks in which the machine was quiet.

    ``diagnosed`` are the trials of the diagnostic pass, as ``tables.diagnostics.trials`` returns
    them; what only they know has nothing to do with the blocks of the timed session.
    """
    known = metric(name)
    if known is None:
        return _nothing(f"there is no metric {name}")
    if known.read is not None:
        return known.read(cell)
    return _diagnosed(name, cell, diagnosed)


def mean(name: str, cell: Contrast, level: float = LEVEL, *, clean: bool = True) -> Interval:
    """Return the mean over blocks of one number per process, with a t interval.

    ``clean`` leaves out the blocks in which the machine was busy.
    """
    return evidence.of_values(name, cell, clean=clean).interval(level)


def ratio(name: str, cell: Contrast, level: float = LEVEL, *, clean: bool = True) -> Interval:
    """Return a ratio of ``cell`` to another one, paired within blocks.

    ``clean`` leaves out the blocks in which the machine was busy.
    """
    pairs = cell.ratio(name)
    return evidence.of_pairs(pairs.clean if clean else pairs, cell).interval(level)


def _diagnosed(name: str, cell: Contrast, diagnosed: pd.DataFrame | None) -> Evidence:
    rows = None if diagnosed is None else of_cell(cell, diagnosed)
    if rows is None or not len(rows):
        return _nothing("no diagnostic trial of this cell is stored")
    values = rows.loc[rows["status"] == "ok", name].dropna()
    if not len(values):
        return _nothing(_why_unread(name, rows))
    return Evidence(values.to_numpy(dtype=np.float64), log=False)


def _mean_of(name: str) -> Read:
    def read(cell: Contrast) -> Evidence:
        if name in cell.trials and not np.isnan(cell.of.numbers(name)).all():
            return evidence.of_values(name, cell)
        return _nothing(_why_unread(name, cell.trials))

    return read


def _gil_wait(cell: Contrast) -> Evidence:
    found = _mean_of("gil_wait")(cell)
    blocked = cell.of.numbers("blocked")
    if found.why and not np.isnan(blocked).all():
        return _nothing("the GIL cannot be distinguished from other locks here: see blocked")
    return found


def _speedup(cell: Contrast) -> Evidence:
    # Without a pair the estimate says so by the number of its blocks, as every table does.
    return _of_pairs(cell.paired, cell, None)


def _ratio(name: str, other: str) -> Read:
    why = f"no block has both this cell and {other}"
    return lambda cell: _of_pairs(cell.ratio(name), cell, why)


def _of_pairs(pairs: Pairs, cell: Contrast, why: str | None) -> Evidence:
    return evidence.of_pairs(pairs.clean, cell, why if not len(pairs) else None)


def _is_compared(cell: Contrast) -> bool:
    return cell.baseline != "itself"


def _waits_for_the_gil(cell: Contrast) -> bool:
    """Return whether a cell's workers compute, and share one GIL that is on."""
    computes = bool(cell.trials["computes"].fillna(False).any())
    return computes and cell.cell["gil"] is True and cell.cell["model"] in ONE_GIL


def _has_workers(cell: Contrast) -> bool:
    return _is_compared(cell) and bool(cell.cell["workers"] > 1)


def _is_locked(cell: Contrast) -> bool:
    return bool(cell.trials["unlocked"].notna().any())


def _is_disturbed(cell: Contrast) -> bool:
    return "@" in cell.cell["workload"] and not cell.cell["workload"].endswith(f"@{ALONE}")


def _has_twin(cell: Contrast) -> bool:
    return bool(cell.trials["twin"].notna().any())


def _why_unread(name: str, rows: pd.DataFrame) -> str:
    """Return why a quantity is known of none of these trials."""
    failed = rows.loc[rows["status"] != "ok", "reason"].dropna()
    reasons = failed if not (rows["status"] == "ok").any() else rows["unobserved"].dropna()
    because = f" ({reasons.iloc[-1]})" if len(reasons) else ""
    return f"no {name} was stored{because}"


def _nothing(why: str) -> Evidence:
    return Evidence(np.empty(0), log=False, why=why)


_COMPARED = "cells with a sequential cell to compare with"
_TWINNED = "free-threaded targets whose twin was measured with them"
_OTHERS = "cells measured together with the cell that `against` names"
METRICS = {
    "speedup": Metric(formatting.RATIO, _speedup, _is_compared, _COMPARED, scaling=True),
    "speedup_user": Metric(
        formatting.RATIO,
        _ratio("speedup_user", "the sequential cell of the build with a GIL"),
        _is_compared,
        _COMPARED,
        scaling=True,
    ),
    "speedup_self": Metric(
        formatting.RATIO,
        _ratio("speedup_self", "the same cell with one worker"),
        _has_workers,
        "cells with several workers",
        scaling=True,
    ),
    "seconds": Metric(formatting.SECONDS, _mean_of("seconds")),
    "blocked": Metric(formatting.SHARE, _mean_of("blocked")),
    "gil_wait": Metric(
        formatting.SHARE,
        _gil_wait,
        _waits_for_the_gil,
        "CPU-bound work whose workers share one GIL that is on",
    ),
    "run_delay": Metric(formatting.SHARE, _mean_of("run_delay")),
    "utilisation": Metric(formatting.SHARE, _mean_of("utilisation")),
    "handoffs": Metric(formatting.RATE, _mean_of("handoff_rate")),
    "cpu_seconds": Metric(formatting.SECONDS, _mean_of("cpu_seconds")),
    "cpu_seconds_per_unit": Metric(formatting.SECONDS, _mean_of("cpu_seconds_per_unit")),
    "cpu_inflation": Metric(
        formatting.RATIO,
        _ratio("cpu_inflation", "the CPU time of the sequential cell"),
        _is_compared,
        _COMPARED,
    ),
    "tax": Metric(
        formatting.RATIO, _ratio("tax", "the same cell of its twin"), _has_twin, _TWINNED
    ),
    "gil_slowdown": Metric(
        formatting.RATIO,
        _ratio("gil_slowdown", "the speed-up of its twin"),
        lambda cell: _has_twin(cell) and _is_compared(cell),
        _TWINNED,
    ),
    "lock_effect": Metric(
        formatting.RATIO,
        _ratio("lock_effect", "the same cell with PYTHON_GIL=0"),
        _is_locked,
        "free-threaded targets measured both with PYTHON_GIL=1 and without",
    ),
    "latency_p50": Metric(formatting.SECONDS, _mean_of("latency_p50")),
    "latency_p90": Metric(formatting.SECONDS, _mean_of("latency_p90")),
    "latency_p99": Metric(formatting.SECONDS, _mean_of("latency_p99")),
    "latency_max": Metric(formatting.SECONDS, _mean_of("latency_max")),
    "convoy_factor": Metric(
        formatting.RATIO,
        _ratio("convoy_factor", "the same group alone"),
        _is_disturbed,
        f"groups that were also measured undisturbed, under the label @{ALONE}",
    ),
    # Which other cell it is of, a claim says: `versus` reads it.
    "ratio": Metric(
        formatting.RATIO, lambda _: _nothing("only a claim names the other cell"), only=_OTHERS
    ),
    **{name: Metric(unit, None) for name, unit in diagnostic.UNITS.items()},
}
