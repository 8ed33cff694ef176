"""When a block counts as contaminated: the limits, and where each of them comes from.

Only the canary decides what a verdict may use. The other two are shown beside it: exclusion by a
cause that was recorded independently of the times, with the limits fixed beforehand.
"""

import math
from collections.abc import Mapping
from typing import Any

# Below this share of what k cores can do, other programs kept the machine busy. Separated on
# a 2-core virtual machine: 0.88 to 0.93 when quiet, at most 0.57 when not. Other machines share
# caches and clocks otherwise, therefore each may bring its own, measured when quiet.
CANARY = 0.85
# Of all CPUs' time, taken by the host for other guests.
STEAL = 0.02
# Of the time of the sequential cells, which need one CPU and should find it free.
RUN_DELAY = 0.05

# A shorter sequential pass is mostly the cost of handing out its items.
TOO_SHORT = 0.05  # seconds
# Of the blocks behind a number: beyond it the number wants another run.
DIRTY = 0.25

NOT_MEASURED = "the default, not measured on this machine"
CALIBRATED = "calibrated on this machine"


def canary(facts: Mapping[str, Any]) -> tuple[float, str]:
    """Return the threshold of the canary by the facts of a machine, and where it comes from."""
    stored = facts.get("canary")
    if not isinstance(stored, Mapping):
        return CANARY, NOT_MEASURED
    threshold: Any = stored.get("threshold")
    why = stored.get("why")
    because = f": {why:.300}" if isinstance(why, str) else ""
    usable = isinstance(threshold, int | float) and not isinstance(threshold, bool)
    if not usable or not math.isfinite(threshold) or not 0 < threshold <= 1:
        return CANARY, NOT_MEASURED + because
    return float(threshold), CALIBRATED + because
