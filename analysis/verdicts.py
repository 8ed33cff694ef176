"""Claims written before the run, against what was measured: holds, fails or undecided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import metrics, words
from analysis.columns import CELL, SESSION, latest, of_session, records
from analysis.contrasts import Contrast, contrasts
from analysis.stats import LEVEL, Interval
from analysis.tables import canary, contamination, controls, diagnostics
from analysis.tables.speedups import lossy, no_verdict
from analysis.tidy import Reading, Session
from harness import experiment

HOLDS, FAILS, UNDECIDED, NOT_APPLICABLE = "holds", "fails", "undecided", "not applicable"
OUTCOMES = (FAILS, UNDECIDED, HOLDS, NOT_APPLICABLE)

_CLAIM = ["claim", "text", "metric", "expected", "verdict"]
_CELL = [
    *CELL[3:],
    "cell_verdict",
    "words",
    "finding",
    "place",
    "estimate",
    "low",
    "high",
    "level",
    "n",
    "method",
    "contaminated_share",
    "worst_run_delay",
]
COLUMNS = [*SESSION, *_CLAIM, *_CELL]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Context:
    """What the cells of one session are judged by, besides their own trials."""

    canary: Mapping[str, Any]
    controls: pd.DataFrame
    dirty: pd.DataFrame
    diagnosed: pd.DataFrame
    level: float


def table(reading: Reading) -> pd.DataFrame:
    """Return one row per claim and cell it speaks of, for the latest session of each experiment.

    A claim that speaks of no measured cell has one row without a cell. ``verdict`` is the
    claim's, ``cell_verdict`` the cell's: every cell must hold, and one that fails fails the claim.
    Intervals are widened for the number of claims in the experiment (Bonferroni).
    """
    newest = latest(reading.frame)
    found = contrasts(reading.frame)
    diagnosed = diagnostics.trials(reading.diagnostics)
    rows: list[Row] = []
    for session in reading.sessions:
        if newest.get((session.machine, session.experiment)) == session.session:
            here = of_session(reading.frame, session.id)
            cells = [each for each in found if each.session == session.id]
            rows += judge(session, cells, here, diagnosed)
    made = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    return made.astype({"gil": "boolean", "workers": "Int64", "chunk": "Int64", "n": "Int64"})


def judge(
    session: Session, cells: list[Contrast], frame: pd.DataFrame, diagnosed: pd.DataFrame
) -> list[Row]:
    """Return the rows of one session's claims."""
    claims = session.data.get("claims") or []
    level = 1 - (1 - LEVEL) / max(1, len(claims))
    context = _Context(
        records(canary.table(frame))[0],
        controls.table(frame),
        contamination.table(frame),
        diagnosed,
        level,
    )
    rows: list[Row] = []
    for claim in claims:
        judged = [_cell_row(claim, each, context) for each in cells if _speaks_of(claim, each)]
        head = dict(zip(SESSION, session.id, strict=True)) | {
            "claim": claim["id"],
            "text": claim["text"],
            "metric": claim["metric"],
            "expected": expected(claim),
        }
        judged = judged or [{"words": _why_none(claim, cells)}]
        verdict = overall([each.get("cell_verdict", NOT_APPLICABLE) for each in judged])
        rows += [{**head, "verdict": verdict, **each} for each in judged]
    return rows


def overall(verdicts: list[str]) -> str:
    """Return the verdict of a claim from those of its cells."""
    return next((each for each in OUTCOMES if each in verdicts), NOT_APPLICABLE)


def decide(interval: Interval, expect: Mapping[str, Any]) -> str:
    """Return whether the interval lies inside what was expected, outside, or across its edge."""
    low, high = _limits(expect)
    if not interval.known:
        return UNDECIDED
    if low <= interval.low and interval.high <= high:
        return HOLDS
    return FAILS if interval.high < low or interval.low > high else UNDECIDED


def expected(claim: Mapping[str, Any]) -> str:
    """Return in words what a claim expects, such as ``at least 1.5x``."""
    expect = claim["expect"]
    low, high = _limits(expect)
    unit = _unit(claim)
    if not np.isfinite(high):
        return f"at least {words.stated(low, unit)}"
    if not np.isfinite(low):
        return f"at most {words.stated(high, unit)}"
    return f"between {words.stated(low, unit, bare=True)} and {words.stated(high, unit)}"


def _matches(claim: Mapping[str, Any], cell: Contrast) -> bool:
    known = {name: None if pd.isna(level) else level for name, level in cell.cell.items()}
    return experiment.matches(claim["where"], known)


def _speaks_of(claim: Mapping[str, Any], cell: Contrast) -> bool:
    """Return whether a claim is about a cell that was tried and in which its metric exists."""
    tried = bool((cell.trials["status"] != "skipped").any())
    return tried and _matches(claim, cell) and _concerns(claim, cell)


def _concerns(claim: Mapping[str, Any], cell: Contrast) -> bool:
    metric = metrics.metric(claim["metric"])
    return metric is None or metric.concerns(cell)


def _cell_row(claim: Mapping[str, Any], cell: Contrast, context: _Context) -> Row:
    name = claim["metric"]
    interval = metrics.interval(name, cell, context.level, diagnosed=context.diagnosed)
    unfit = _unfit(name, cell, context)
    verdict = decide(interval, claim["expect"]) if unfit is None else UNDECIDED
    trust = contamination.of_blocks(cell.blocks(clean=True), context.dirty)
    finding = "; ".join(
        filter(None, [f"{verdict}: {_finding(claim, interval, unfit)}", contamination.note(trust)])
    )
    place = _place(claim["where"], cell.cell)
    return {
        **{name: cell.cell[name] for name in CELL[3:]},
        "cell_verdict": verdict,
        "words": f"{finding} ({place})",
        "finding": finding,
        "place": place,
        "estimate": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "n": interval.n,
        "method": interval.method,
        **trust,
    }


def _unfit(name: str, cell: Contrast, context: _Context) -> str | None:
    """Return why a cell may not be judged by this metric, or None."""
    metric = metrics.metric(name)
    if metric is not None and metric.read is None:
        return lossy(metrics.of_cell(cell, context.diagnosed))
    scaling = metric is not None and metric.scaling
    return no_verdict(cell, context.canary, context.controls, scaling=scaling)


def _finding(claim: Mapping[str, Any], interval: Interval, unfit: str | None) -> str:
    because = unfit or interval.why
    if not np.isfinite(interval.estimate):
        return str(because)
    unit = _unit(claim)
    shown = words.amount(interval.estimate, unit)
    shown = f"{shown} {words.within(interval.low, interval.high, unit)}".rstrip()
    found = f"{shown} where {expected(claim)} was expected"
    if because:
        return f"{found}: {because}"
    return f"{found}, median: a rare slow mode" if interval.method == "exact median" else found


def sentences(judged: pd.DataFrame) -> list[str]:
    """Return what was found for one claim, cells of which the same is said in one sentence."""
    found: dict[str, list[str]] = {}
    for row in records(judged):
        known = isinstance(row["finding"], str)
        found.setdefault(row["finding"] if known else row["words"], []).append(row["place"])
    return [
        f"{text} ({'; '.join(places)})" if isinstance(places[0], str) else text
        for text, places in found.items()
    ]


def _place(where: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    """Return target and workload, and whatever else of the cell the claim leaves open."""
    parts = [str(cell["target"]), str(cell["workload"])]
    if where.get("model") != cell["model"] or where.get("workers") != cell["workers"]:
        parts.append(f"{cell['model']} x{cell['workers']}")
    return ", ".join([*parts, *filter(None, [words.options(cell)])])


def _unit(claim: Mapping[str, Any]) -> str:
    metric = metrics.metric(claim["metric"])
    return metric.unit if metric else ""


def _limits(expect: Mapping[str, Any]) -> tuple[float, float]:
    between = expect.get("between") or (None, None)
    low = expect.get("at_least") if between[0] is None else between[0]
    high = expect.get("at_most") if between[1] is None else between[1]
    return (-np.inf if low is None else float(low), np.inf if high is None else float(high))


def _why_none(claim: Mapping[str, Any], cells: list[Contrast]) -> str:
    asked = ", ".join(f"{name} = {value}" for name, value in claim["where"].items()) or "anything"
    skipped = [
        each for each in cells if each.why and _matches(claim, each) and _concerns(claim, each)
    ]
    if skipped:
        return f"{NOT_APPLICABLE}: no cell with {asked} has a value: {skipped[0].why}"
    metric = metrics.metric(claim["metric"])
    if metric is None:
        return f"{NOT_APPLICABLE}: there is no metric {claim['metric']}"
    if any(_matches(claim, each) for each in cells):
        return f"{NOT_APPLICABLE}: {claim['metric']} is a metric of {metric.only} alone"
    return f"{NOT_APPLICABLE}: nothing measured here has {asked}"
