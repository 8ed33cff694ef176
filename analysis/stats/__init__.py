"""Arrays in, estimates with intervals out. No files, no frames, no plots.

The independent unit is the process: callers hand over one number per block, never one per value.
scipy, statsmodels, lmfit and ruptures do what they do well; the heavy ones are imported by the
function that needs them.
"""

from analysis.stats.blocks import (
    Stein,
    blocks_for_power,
    blocks_for_precision,
    half_width,
    stein_interval,
    stein_mean,
    stein_plan,
    width_for_power,
)
from analysis.stats.effects import EQUIVALENT, FASTER, SLOWER, SMALLEST, UNDECIDED, effect
from analysis.stats.interval import LEVEL, Interval, Order, too_few
from analysis.stats.machines import Pooled, log_variance, over_machines
from analysis.stats.many import (
    claim_p_value,
    holm_levels,
    simultaneous_level,
    t_p_value,
)
from analysis.stats.measures import (
    BreakEven,
    Payload,
    Worth,
    break_even,
    payload_cost,
)
from analysis.stats.ratios import (
    MIN_SESSIONS,
    Paired,
    mean_interval,
    paired_ratio,
    session_mean,
)
from analysis.stats.scaling import Scaling, fit_scaling, karp_flatt, karp_flatt_interval
from analysis.stats.variance import (
    best_repeats,
    mean_squares,
    variance_components,
)
from analysis.stats.warmup import Course, Study, course, study
from harness.storage.limits import MIN_BLOCKS

__all__ = [
    "EQUIVALENT",
    "FASTER",
    "LEVEL",
    "MIN_BLOCKS",
    "MIN_SESSIONS",
    "SLOWER",
    "SMALLEST",
    "UNDECIDED",
    "BreakEven",
    "Course",
    "Interval",
    "Order",
    "Paired",
    "Payload",
    "Pooled",
    "Scaling",
    "Stein",
    "Study",
    "Worth",
    "best_repeats",
    "blocks_for_power",
    "blocks_for_precision",
    "break_even",
    "claim_p_value",
    "course",
    "effect",
    "fit_scaling",
    "half_width",
    "holm_levels",
    "karp_flatt",
    "karp_flatt_interval",
    "log_variance",
    "mean_interval",
    "mean_squares",
    "over_machines",
    "paired_ratio",
    "payload_cost",
    "session_mean",
    "simultaneous_level",
    "stein_interval",
    "stein_mean",
    "stein_plan",
    "study",
    "t_p_value",
    "too_few",
    "variance_components",
    "width_for_power",
]
