"""The columns of the tidy table and their types: what every other module here relies on."""

from typing import Any

from harness.storage import bounds
from harness.storage.schema import FACTORS

SESSION = ("machine", "session", "experiment")
# `gil` is the state a trial was found in, so that one target can appear under both.
CELL = (*SESSION, "workload", "model", "workers", "target", "gil", *FACTORS[4:])

TYPES = {
    "machine": "str",
    "session": "str",
    "experiment": "str",
    "workload": "str",
    "model": "str",
    "workers": "Int64",
    "target": "str",
    "gil": "boolean",
    "lifecycle": "str",
    "chunk": "Int64",
    "switch_interval": "float64",
    "gc": "str",
    "key": "str",
    "block": "Int64",
    "position": "Int64",
    "attempt": "Int64",
    "trial": "str",
    "control": "str",
    "value_index": "Int64",
    "warmup": "boolean",
    "again": "boolean",
    "seconds": "float64",
    "status": "str",
    "value_status": "str",
    "reason": "str",
    "void": "boolean",
    "units": "float64",
    "items": "Int64",
    "item_size": "float64",
    "variant": "str",
    "baseline_seconds": "float64",
    "build": "str",
    "cores": "Int64",
    "cpu_seconds": "float64",
    "start_method": "str",
    "engine": "str",
    "pool_engine": "str",
    "capacity": "float64",
    "canary_together": "float64",
    "canary_single": "float64",
    "canary_threshold": "float64",
    "canary_source": "str",
    "pilot": "Int64",
    "twin": "str",
    "unlocked": "str",
    "cpu_bound": "boolean",
    "io_seconds": "float64",
    "unobserved": "str",
    "note_codes": "str",
    "notes": "str",
    "skew": "float64",
    "diagnostic": "boolean",
    "holders": "str",
}
# Observations of a value: the lowest and the highest number that each can be. Shares of a time
# that was read from another clock may lie outside 0 and 1; they are not clamped, so that an error
# of measurement shows.
_COUNT, _SHARE, _BYTES = bounds.COUNT, (-1e6, 1e6), (-bounds.MOST, bounds.MOST)
OBSERVATIONS: dict[str, tuple[float, float]] = {
    "wall": _COUNT,
    "cpu_self": _COUNT,
    "cpu_reaped": _COUNT,
    "cpu_living": _COUNT,
    "threads_count": _COUNT,
    "threads_wall": _COUNT,
    "threads_cpu": _COUNT,
    "run_delay_seconds": _COUNT,
    "voluntary": _COUNT,
    "involuntary": _COUNT,
    "handoffs": _COUNT,
    "handoff_rate": _COUNT,
    "steal": _COUNT,
    "pressure_cpu": _COUNT,
    "pressure_io": _COUNT,
    "pressure_memory": _COUNT,
    "cpu_share": _SHARE,
    "run_delay": _SHARE,
    "blocked": _SHARE,
    "gil_wait": _SHARE,
    "gil_wait_most": _SHARE,
    "io_share": _SHARE,
    "utilisation": _SHARE,
    "steal_share": _SHARE,
    "latency_p50": _COUNT,
    "latency_p90": _COUNT,
    "latency_p99": _COUNT,
    "latency_max": _COUNT,
    "latency_count": _COUNT,
    "missed": _COUNT,
}
# What only the diagnostic pass knows, per trial.
DIAGNOSED = {
    "held": (0, 1),
    "held_samples": _COUNT,
    "pss_per_worker": _BYTES,
    "uss_per_worker": _BYTES,
}
TYPES |= dict.fromkeys([*OBSERVATIONS, *DIAGNOSED], "float64")
_BOUNDS = {
    **OBSERVATIONS,
    **DIAGNOSED,
    **{name: each for name, each in bounds.LIMITS.items() if name in TYPES},
    "skew": (0, 1),
    "canary_single": bounds.LIMITS["single"],
    "canary_together": bounds.LIMITS["together"],
}
_INT64 = (-(2**63), 2**63 - 1)
OBSERVED = "observed."
ORDER = [*SESSION, "block", "position", "attempt", "again", "warmup", "value_index"]


# Every row says which trial of which cell it is; the rest may be unknown.
_REQUIRED = {*SESSION, *FACTORS, "key", "block", "position", "attempt", "trial", "status"}


def misfit(row: dict[str, object]) -> str | None:
    """Return what in ``row`` cannot go into the table, or None.

    Checked row by row, because one value of a wrong type would otherwise spoil a whole column.
    """
    for name, value in row.items():
        if value is None:
            if name in _REQUIRED:
                return f"{name} is None"
            continue
        types, low, high = _FITTING.get(name, _NUMBER)
        # Exact types: what JSON gives, and a bool is no number.
        if type(value) not in types or (low is not None and not low <= value <= high):
            return f"{name} is {value!r:.60}"
    missing = _REQUIRED - row.keys()
    return f"{min(missing)} is missing" if missing else None


def _fitting(name: str) -> tuple[tuple[type, ...], Any, Any]:
    """Return the types of a column's values, and for numbers the lowest and the highest."""
    kind = TYPES.get(name, "float64")
    if kind in ("str", "boolean"):
        return ((str,) if kind == "str" else (bool,), None, None)
    bounds = _BOUNDS.get(name, _INT64 if kind == "Int64" else (-1e300, 1e300))
    return ((int,) if kind == "Int64" else (int, float), *bounds)


_FITTING = {name: _fitting(name) for name in TYPES}
_NUMBER = _fitting("")
