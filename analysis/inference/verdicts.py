"""Claims written before the run, against what was measured: holds, fails or undecided."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison import newest
from analysis.comparison.contrasts import Contrast
from analysis.dataset.frames import session_ids
from analysis.dataset.schema import CELL, SESSION
from analysis.dataset.tidy import Reading, Session
from analysis.inference import metrics, wording
from analysis.inference.judging import Case, Context, Judge
from analysis.inference.versus import Others
from analysis.inference.wording import expected, limits, sentences
from analysis.quality import contamination
from analysis.stats import Interval, holm_levels, simultaneous_level
from harness import experiment

HOLDS, FAILS, UNDECIDED, NOT_APPLICABLE = "holds", "fails", "undecided", "not applicable"
OUTCOMES = (FAILS, UNDECIDED, HOLDS, NOT_APPLICABLE)

_INTERVAL = ["estimate", "low", "high", "level", "n", "method"]
_CLAIM = ["claim", "text", "metric", "expected", "verdict", "origin"]
_CELL = [
    *CELL[3:],
    "against",
    "cell_verdict",
    "words",
    "finding",
    "place",
    *_INTERVAL,
    "low_together",
    "high_together",
    "scope",
    "more",
    "slow_share",
    "contaminated_share",
    "worst_run_delay",
]
COLUMNS = [*SESSION, *_CLAIM, *_CELL]
__all__ = ["decide", "expected", "overall", "sentences", "table"]

Row = dict[str, Any]


def table(reading: Reading) -> pd.DataFrame:
    """Return one row per claim and cell it speaks of, for each experiment on each machine.

    Of the newest session that holds whole as many of the claim's cells as any does.

    A claim that speaks of no measured cell has one row without a cell. ``verdict`` is the
    claim's, ``cell_verdict`` the cell's: every cell must hold, and one that fails fails the claim.
    Holm decides over all cells that the claims of an experiment speak of: ``low`` and ``high``
    are at the ``level`` at which it looked at a cell, ``low_together`` and ``high_together`` hold
    for all of them at once. Where a machine has three or more sessions that measured the same
    cell, sessions and not blocks are the unit.
    """
    judge = Judge(reading)
    rows: list[Row] = []
    for sessions in _by_experiment(reading):
        rows += _rows(sessions, judge)
    made = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    types = {"gil": "boolean", "workers": "Int64", "chunk": "Int64", "n": "Int64", "more": "Int64"}
    return made.astype(types)


def _by_experiment(reading: Reading) -> list[list[Session]]:
    """Return the sessions of each experiment on each machine, newest last."""
    known = set(session_ids(reading.frame))
    found: dict[tuple[str, str], list[Session]] = {}
    for each in sorted(reading.sessions, key=lambda each: each.id):
        if each.id in known:
            found.setdefault((each.machine, each.experiment), []).append(each)
    return list(found.values())


def _source(claim: Mapping[str, Any], sessions: Sequence[Session], judge: Judge) -> Session:
    """Return the session by which a claim of the newest one is judged.

    An older one counts only if it made the very same claim: written before it ran.
    """

    def whole(session: Session) -> int:
        others = judge.others(session.id)
        return sum(
            judge.is_whole(each)
            for each in judge.cells(session.id)
            if speaks_of(claim, each, others)
        )

    made = [each for each in sessions if claim in (each.data.get("claims") or [])]
    return max(made, key=lambda each: (whole(each), each.session))


def _rows(sessions: Sequence[Session], judge: Judge) -> list[Row]:
    """Return the rows of the claims of an experiment, as its newest session makes them."""
    claims = sessions[-1].data.get("claims") or []
    sources = [_source(claim, sessions, judge) for claim in claims]
    cases = [
        judge.case(claim, each)
        for claim, source in zip(claims, sources, strict=True)
        for each in judge.cells(source.id)
        if speaks_of(claim, each, judge.others(source.id))
    ]
    levels = _levels(cases)
    rows: list[Row] = []
    for claim, session in zip(claims, sources, strict=True):
        judged = [
            _cell_row(case, judge.context(session.id), *level)
            for case, level in zip(cases, levels, strict=True)
            if case.claim is claim
        ]
        head = dict(zip(SESSION, session.id, strict=True)) | {
            "claim": claim["id"],
            "text": claim["text"],
            "metric": claim["metric"],
            "expected": expected(claim),
            "origin": newest.of_claim(session.session, sessions[-1].session),
        }
        cells, others = judge.cells(session.id), judge.others(session.id)
        judged = judged or [{"words": _why_none(claim, cells, others)}]
        verdict = overall([each.get("cell_verdict", NOT_APPLICABLE) for each in judged])
        rows += [{**head, "verdict": verdict, **each} for each in judged]
    return rows


def _levels(cases: list[Case]) -> list[tuple[float, float]]:
    """Return at what level Holm looks at each case, and at what level all hold together."""
    together = simultaneous_level(max(1, len(cases)))
    return [(float(each), together) for each in holm_levels([case.p_value() for case in cases])]


def overall(verdicts: list[str]) -> str:
    """Return the verdict of a claim from those of its cells."""
    return next((each for each in OUTCOMES if each in verdicts), NOT_APPLICABLE)


def decide(interval: Interval, expect: Mapping[str, Any]) -> str:
    """Return whether the interval lies inside what was expected, outside, or across its edge."""
    low, high = limits(expect)
    if not interval.known:
        return UNDECIDED
    if low <= interval.low and interval.high <= high:
        return HOLDS
    return FAILS if interval.high < low or interval.low > high else UNDECIDED


def _matches(claim: Mapping[str, Any], cell: Contrast) -> bool:
    known = {name: None if pd.isna(level) else level for name, level in cell.cell.items()}
    return experiment.matches(claim["where"], known)


def speaks_of(claim: Mapping[str, Any], cell: Contrast, others: Others) -> bool:
    """Return whether a claim is about a cell that was tried and in which its metric exists.

    ``others`` are the cells of its session: one that a claim compares with was tried, too.
    """
    tried = bool((cell.trials["status"] != "skipped").any())
    if not (tried and _matches(claim, cell) and _concerns(claim, cell)):
        return False
    return not claim.get("against") or others.versus(claim, cell) is not None


def _concerns(claim: Mapping[str, Any], cell: Contrast) -> bool:
    metric = metrics.metric(claim["metric"])
    return metric is None or metric.concerns(cell)


def _cell_row(case: Case, context: Context, level: float, together: float) -> Row:
    claim, cell = case.claim, case.cell
    interval, wide = case.found.interval(level), case.found.interval(together)
    verdict = decide(interval, claim["expect"]) if case.unfit is None else UNDECIDED
    trust = contamination.of_blocks(cell.blocks(clean=True), context.dirty)
    more = further = None
    if verdict == UNDECIDED and case.unfit is None and case.found.values.size:
        more = case.found.more(*limits(claim["expect"]), level)
        further = wording.further(case.found, more) if more or interval.known else None
    compared = case.versus.said(interval) if case.versus else ""
    told = wording.finding(claim, case.found, interval, case.unfit)
    said = f"{verdict}: {': '.join(filter(None, [compared, told]))}"
    finding = "; ".join(filter(None, [said, further, contamination.note(trust)]))
    place = wording.place(claim["where"], cell.cell)
    slow = case.found.slow
    return {
        **{name: cell.cell[name] for name in CELL[3:]},
        "against": case.versus.names[1] if case.versus else None,
        "cell_verdict": verdict,
        "words": f"{finding} ({place})",
        "finding": finding,
        "place": place,
        **{name: getattr(interval, name) for name in _INTERVAL},
        "low_together": wide.low,
        "high_together": wide.high,
        "scope": case.found.scope,
        "more": more,
        "slow_share": slow.estimate if slow else np.nan,
        **trust,
    }


def _why_none(claim: Mapping[str, Any], cells: list[Contrast], others: Others) -> str:
    asked, matching = wording.asked(claim), [each for each in cells if _matches(claim, each)]
    skipped = [each for each in matching if each.why and _concerns(claim, each)]
    if claim.get("against"):
        skipped = others.without_value(claim, matching)
    if skipped:
        return f"{NOT_APPLICABLE}: no cell with {asked} has a value: {skipped[0].why}"
    metric = metrics.metric(claim["metric"])
    if metric is None:
        return f"{NOT_APPLICABLE}: there is no metric {claim['metric']}"
    if matching:
        return f"{NOT_APPLICABLE}: {claim['metric']} is a metric of {metric.only} alone"
    return f"{NOT_APPLICABLE}: nothing measured here has {asked}"
