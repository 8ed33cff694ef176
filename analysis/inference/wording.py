"""What a verdict says of a cell, in words: number, interval, expectation, scope and place."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis import formatting
from analysis.dataset.frames import records
from analysis.inference import metrics
from analysis.inference.evidence import MEDIAN, Evidence
from analysis.stats import EQUIVALENT, SMALLEST, Interval, effect


def expected(claim: Mapping[str, Any]) -> str:
    """Return in words what a claim expects, such as ``at least 1.5x``."""
    low, high = limits(claim["expect"])
    unit = _unit(claim)
    if not np.isfinite(high):
        return f"at least {formatting.stated(low, unit)}"
    if not np.isfinite(low):
        return f"at most {formatting.stated(high, unit)}"
    return f"between {formatting.stated(low, unit, bare=True)} and {formatting.stated(high, unit)}"


def asked(claim: Mapping[str, Any]) -> str:
    """Return which cells a claim speaks of, and what it compares them with."""
    named = [
        ", ".join(f"{name} = {level}" for name, level in levels.items())
        for levels in (claim["where"] or {"": "anything"}, claim.get("against") or {})
    ]
    return " against ".join(filter(None, named)).removeprefix(" = ")


def limits(expect: Mapping[str, Any]) -> tuple[float, float]:
    """Return the edges of what is expected, infinite where there is none."""
    between = expect.get("between") or (None, None)
    low = expect.get("at_least") if between[0] is None else between[0]
    high = expect.get("at_most") if between[1] is None else between[1]
    return (-np.inf if low is None else float(low), np.inf if high is None else float(high))


def finding(
    claim: Mapping[str, Any], found: Evidence, interval: Interval, unfit: str | None
) -> str:
    """Return what was found where something was expected."""
    because = unfit or interval.why
    if not np.isfinite(interval.estimate):
        return str(because)
    unit = _unit(claim)
    shown = formatting.amount(interval.estimate, unit)
    shown = f"{shown} {formatting.within(interval.low, interval.high, unit)}".rstrip()
    if unit == formatting.RATIO and effect(interval) == EQUIVALENT:
        shown += f" (equivalent within {100 * SMALLEST:g} %)"
    parts = [f"{shown} where {expected(claim)} was expected"]
    if interval.known:
        parts.append(found.scope)
    if not because and interval.method == MEDIAN and found.slow:
        parts.append(f"median: a rare slow mode in {_share(found.slow)} of blocks")
    return ", ".join(parts) + (f": {because}" if because else "")


def further(found: Evidence, more: int | None) -> str:
    """Return what would decide an undecided verdict, from `Evidence.more`."""
    noun = "session" if found.sessions else "block"
    if more is None:
        return f"too close to the limit; more {noun}s would not settle it"
    have = len(found.sessions or found.values)
    return f"about {formatting.plural(more, 'more ' + noun)} ({have + more} in all) would decide"


def sentences(judged: pd.DataFrame) -> list[str]:
    """Return the findings for one claim; cells with the same finding share a sentence."""
    found: dict[str, list[str]] = {}
    for row in records(judged):
        known = isinstance(row["finding"], str)
        found.setdefault(row["finding"] if known else row["words"], []).append(row["place"])
    return [
        f"{text} ({'; '.join(places)})" if isinstance(places[0], str) else text
        for text, places in found.items()
    ]


def place(where: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    """Return target and workload, and every other level of the cell that the claim leaves open."""
    parts = [str(cell["target"]), str(cell["workload"])]
    if where.get("model") != cell["model"] or where.get("workers") != cell["workers"]:
        parts.append(f"{cell['model']} x{cell['workers']}")
    return ", ".join([*parts, *filter(None, [formatting.options(cell)])])


def _share(share: Interval) -> str:
    bounds = f"{share.low * 100:.0f}, {share.high * 100:.0f}"
    return f"{share.estimate * 100:.0f} % [{bounds}]"


def _unit(claim: Mapping[str, Any]) -> str:
    metric = metrics.metric(claim["metric"])
    return metric.unit if metric else ""
