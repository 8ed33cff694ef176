"""Claims written before the run, against what was measured: holds, fails or undecided."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis import words
from analysis.columns import CELL, OBSERVED, SESSION, latest, of_session, records
from analysis.contrasts import Contrast, contrasts
from analysis.stats import LEVEL, Interval, mean_interval, paired_ratio
from analysis.tables import canary, controls
from analysis.tables.speedups import no_verdict
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
]
COLUMNS = [*SESSION, *_CLAIM, *_CELL]

Row = dict[str, Any]


def table(reading: Reading) -> pd.DataFrame:
    """Return one row per claim and cell it speaks of, for the latest session of each experiment.

    A claim that speaks of no measured cell has one row without a cell. ``verdict`` is the
    claim's, ``cell_verdict`` the cell's: every cell must hold, and one that fails fails the claim.
    Intervals are widened for the number of claims in the experiment (Bonferroni).
    """
    newest = latest(reading.frame)
    found = contrasts(reading.frame)
    rows: list[Row] = []
    for session in reading.sessions:
        if newest.get((session.machine, session.experiment)) == session.session:
            here = of_session(reading.frame, session.id)
            rows += judge(session, [each for each in found if each.session == session.id], here)
    made = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    return made.astype({"gil": "boolean", "workers": "Int64", "chunk": "Int64", "n": "Int64"})


def judge(session: Session, cells: list[Contrast], frame: pd.DataFrame) -> list[Row]:
    """Return the rows of one session's claims."""
    claims = session.data.get("claims") or []
    level = 1 - (1 - LEVEL) / max(1, len(claims))
    canary_row = records(canary.table(frame))[0]
    pairs = controls.table(frame)
    rows: list[Row] = []
    for claim in claims:
        scaling = claim["metric"] == "speedup"
        judged = [
            _cell_row(claim, each, level, no_verdict(each, canary_row, pairs, scaling=scaling))
            for each in cells
            if _speaks_of(claim, each)
        ]
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
    # As it was written, not rounded: 1.5 and not 1.50.
    unit = {"speedup": "x", "seconds": " s"}.get(claim["metric"], "")
    low, high = _limits(expect)
    if not np.isfinite(high):
        return f"at least {low:g}{unit}"
    if not np.isfinite(low):
        return f"at most {high:g}{unit}"
    return f"between {low:g} and {high:g}{unit}"


def _matches(claim: Mapping[str, Any], cell: Contrast) -> bool:
    known = {name: None if pd.isna(level) else level for name, level in cell.cell.items()}
    return experiment.matches(claim["where"], known)


def _speaks_of(claim: Mapping[str, Any], cell: Contrast) -> bool:
    """Return whether a claim is about a cell that was tried and, for a speed-up, has a baseline."""
    tried = bool((cell.trials["status"] != "skipped").any())
    is_baseline = claim["metric"] == "speedup" and cell.baseline == "itself"
    return tried and not is_baseline and _matches(claim, cell)


def _cell_row(claim: Mapping[str, Any], cell: Contrast, level: float, unfit: str | None) -> Row:
    interval = _interval(claim["metric"], cell, level)
    verdict = decide(interval, claim["expect"]) if unfit is None else UNDECIDED
    finding = f"{verdict}: {_finding(claim, interval, unfit)}"
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
    }


def _interval(metric: str, cell: Contrast, level: float) -> Interval:
    """Return the estimate a verdict may use: of whole blocks in which the machine was ours."""
    if metric == "speedup":
        kept = cell.paired.loc[~cell.paired["busy"], "difference"]
        return paired_ratio(kept.to_numpy(dtype=np.float64), level=level).claimed
    trials = cell.trials
    if metric not in trials:
        return Interval(np.nan, np.nan, np.nan, level, 0, "", f"nothing was stored as {metric}")
    kept = ~trials["void"].astype("bool") & ~trials["block"].isin(list(cell.busy))
    values = trials.loc[kept, metric].dropna()
    return mean_interval(values.to_numpy(dtype=np.float64), level=level)


def _finding(claim: Mapping[str, Any], interval: Interval, unfit: str | None) -> str:
    because = unfit or interval.why
    if not np.isfinite(interval.estimate):
        return str(because)
    shown = _amount(claim, interval.estimate)
    if interval.known:
        shown += f" {_bounds(claim, interval)}"
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


def _amount(claim: Mapping[str, Any], value: float) -> str:
    if claim["metric"] == "speedup":
        return words.times(value)
    if claim["metric"] == "seconds":
        return words.seconds(value)
    return f"{value:.4g}"


def _bounds(claim: Mapping[str, Any], interval: Interval) -> str:
    if claim["metric"] == "speedup":
        return words.bounds(interval.low, interval.high)
    return f"[{_amount(claim, interval.low)}, {_amount(claim, interval.high)}]"


def _limits(expect: Mapping[str, Any]) -> tuple[float, float]:
    between = expect.get("between") or (None, None)
    low = expect.get("at_least") if between[0] is None else between[0]
    high = expect.get("at_most") if between[1] is None else between[1]
    return (-np.inf if low is None else float(low), np.inf if high is None else float(high))


def _why_none(claim: Mapping[str, Any], cells: list[Contrast]) -> str:
    asked = ", ".join(f"{name} = {value}" for name, value in claim["where"].items()) or "anything"
    skipped = [each for each in cells if each.why and _matches(claim, each)]
    if skipped:
        return f"{NOT_APPLICABLE}: no cell with {asked} has a value: {skipped[0].why}"
    known = claim["metric"] in ("speedup", "seconds") or claim["metric"].startswith(OBSERVED)
    if not known:
        return f"{NOT_APPLICABLE}: there is no metric {claim['metric']}"
    return f"{NOT_APPLICABLE}: nothing measured here has {asked}"
