"""Numbers as a reader sees them. The only place that rounds."""

import math
from collections.abc import Mapping
from typing import Any

# What goes without saying in a cell's name.
DEFAULTS = {"lifecycle": "warm", "chunk": 1, "switch_interval": 0.005, "gc": "on"}


def number(value: float) -> str:
    """Return three significant digits, more only for what is large."""
    if not math.isfinite(value):
        return "-"
    size = abs(value)
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 or size == 0 else f"{value:.3g}"


def times(value: float) -> str:
    """Return a ratio such as ``1.93x``."""
    return f"{number(value)}x" if math.isfinite(value) else "-"


def seconds(value: float) -> str:
    """Return a duration in the unit that suits it."""
    if not math.isfinite(value):
        return "-"
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if abs(value) * factor >= 1:
            return f"{number(value * factor)} {unit}"
    return f"{number(value * 1e9)} ns"


def bounds(low: float, high: float) -> str:
    """Return an interval, or nothing where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{number(low)}, {number(high)}]"


def reading(row: Mapping[str, Any], suffix: str = "", *, median: bool = False) -> str:
    """Return estimate and interval of a row of the table of speed-ups."""
    point, low, high = ("median", "median_low", "median_high") if median else _MEAN
    interval = bounds(row[low + suffix], row[high + suffix])
    return f"{times(row[point + suffix])} {interval}".rstrip()


def gil(state: Any) -> str:
    """Return the state of the GIL in words."""
    return (
        {True: "on", False: "off"}.get(state, "unknown") if isinstance(state, bool) else "unknown"
    )


def options(cell: Mapping[str, Any]) -> str:
    """Return the levels of a cell that are not the usual ones."""
    parts = []
    if cell["lifecycle"] != DEFAULTS["lifecycle"]:
        parts.append(str(cell["lifecycle"]))
    if cell["chunk"] != DEFAULTS["chunk"]:
        parts.append(f"chunk {cell['chunk']}")
    if cell["switch_interval"] != DEFAULTS["switch_interval"]:
        parts.append(f"switch {seconds(cell['switch_interval'])}")
    if cell["gc"] != DEFAULTS["gc"]:
        parts.append(f"gc {cell['gc']}")
    return ", ".join(parts)


def model(cell: Mapping[str, Any]) -> str:
    """Return the execution model with its unusual options."""
    return f"{cell['model']} ({more})" if (more := options(cell)) else str(cell["model"])


def plural(count: int, noun: str) -> str:
    """Return ``1 block`` or ``3 blocks``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_MEAN = ("speedup", "low", "high")
