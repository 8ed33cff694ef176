"""Numbers as a reader sees them. The only place that rounds."""

import math
from collections.abc import Mapping
from typing import Any

# What goes without saying in a cell's name.
DEFAULTS = {"lifecycle": "warm", "chunk": 1, "switch_interval": 0.005, "gc": "on"}

RATIO, SECONDS, SHARE, RATE, BYTES = "ratio", "seconds", "share", "rate", "bytes"
_STATED = {
    RATIO: (1.0, "x"),
    SECONDS: (1.0, " s"),
    SHARE: (100.0, " %"),
    RATE: (1.0, "/s"),
    BYTES: (2.0**-20, " MiB"),
}


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
    if value == 0:
        return "0 s"
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if abs(value) * factor >= 1:
            return f"{number(value * factor)} {unit}"
    return f"{number(value * 1e9)} ns"


def size(value: float) -> str:
    """Return a number of bytes (or of whatever a size is counted in) such as ``64 Ki``."""
    for power, unit in ((30, "Gi"), (20, "Mi"), (10, "Ki")):
        if value >= 2**power:
            return f"{value / 2**power:.4g} {unit}"
    return f"{value:.4g}"


def percent(share: float) -> str:
    """Return a share such as ``41.5 %``."""
    return f"{number(share * 100)} %" if math.isfinite(share) else "-"


def amount(value: float, unit: str) -> str:
    """Return a quantity in one of the units of ``analysis.inference.metrics``."""
    if not math.isfinite(value):
        return "-"
    if unit == RATIO:
        return times(value)
    if unit == SECONDS:
        return seconds(value)
    if unit == SHARE:
        return percent(value)
    if unit == BYTES:
        return f"{number(value / 2**20)} MiB"
    return f"{number(value)}/s" if unit == RATE else f"{value:.4g}"


def stated(value: float, unit: str, *, bare: bool = False) -> str:
    """Return a quantity as someone wrote it, not rounded: 1.5x and not 1.50x; ``bare`` just 1.5."""
    factor, suffix = _STATED.get(unit, (1.0, ""))
    return f"{value * factor:g}" + ("" if bare else suffix)


def within(low: float, high: float, unit: str) -> str:
    """Return an interval of a quantity, or nothing where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return bounds(low, high) if unit == RATIO else f"[{amount(low, unit)}, {amount(high, unit)}]"


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


def moment(session: str) -> str:
    """Return when a session began, by its name: ``2026-11-23 14:05``."""
    day, _, time = session.partition("T")
    if len(day) != 8 or not (day.isdigit() and time[:4].isdigit()):
        return session
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}"


_MEAN = ("speedup", "low", "high")
