"""The lowest and the highest number that each quantity of a stored trial may be.

One table for the worker, which measures, for the run, which stores, and for the report, which
reads: nothing is stored as sound that reading refuses. There are two copies of this file, byte for
byte the same, since the worker and what starts it never import each other.
"""

from __future__ import annotations

LEAST = 1e-12  # under one tick of any clock: what takes no time at all was not measured
MOST = 1e15
COUNT = (0, MOST)
POSITIVE = (LEAST, MOST)
LIMITS = {
    # of a pass
    "seconds": POSITIVE,
    "wall": COUNT,
    "cpu_seconds": COUNT,
    "value_index": (0, 10**9),
    # of the work
    "units": POSITIVE,
    "baseline_seconds": POSITIVE,
    "io_seconds": COUNT,
    # of a trial and its place
    "workers": (1, 100_000),
    "block": (0, 10**9),
    "position": (0, 10**9),
    "attempt": (1, 10**9),
    "cores": (1, 100_000),
    # of the canary: one spinner does some work; one of several may have got no CPU in time
    "single": POSITIVE,
    "together": COUNT,
    "capacity": COUNT,
}


def outside(name: str, value: object) -> str | None:
    """Return why ``value`` cannot be the quantity ``name``, or None if it can."""
    low, high = LIMITS[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"{name} is {value!r:.60}, not a number"
    # Written so that NaN, which compares as false with everything, is refused.
    if low <= value <= high:
        return None
    return f"{name} is {value!r:.60}, not a number from {low:g} to {high:g}"
