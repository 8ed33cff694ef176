"""Claims written before the run, against what was measured: holds, fails or undecided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import findings, metrics
from analysis.columns import CELL, SESSION, latest, of_session, records
from analysis.contrasts import Contrast, contrasts
from analysis.evidence import Evidence
from analysis.findings import expected, limits, sentences
from analysis.stats import Interval, holm_levels, simultaneous_level
from analysis.tables import canary, contamination, controls, diagnostics
from analysis.tables.speedups import lossy, no_verdict
from analysis.tidy import Reading, Session
from analysis.versus import Others, Versus, key
from harness import experiment

HOLDS, FAILS, UNDECIDED, NOT_APPLICABLE = "holds", "fails", "undecided", "not applicable"
OUTCOMES = (FAILS, UNDECIDED, HOLDS, NOT_APPLICABLE)

_INTERVAL = ["estimate", "low", "high", "level", "n", "method"]
_CLAIM = ["claim", "text", "metric", "expected", "verdict"]
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


@dataclass(frozen=True, slots=True)
class _Context:
    """What the cells of one session are judged by, besides their own trials."""

    canary: Mapping[str, Any]
    controls: pd.DataFrame
    dirty: pd.DataFrame
    diagnosed: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Case:
    """One cell that a claim speaks of, and what its verdict rests on."""

    claim: Mapping[str, Any]
    cell: Contrast
    found: Evidence
    unfit: str | None
    versus: Versus | None = None  # of a claim that compares it with another one

    def p_value(self) -> float:
        """Return the least error at which it is decided; 1 if it cannot be."""
        if self.unfit is not None:
            return 1.0
        return self.found.p_value(*limits(self.claim["expect"]))


class _Judge:
    """Everything that was timed, and what qualifies each session of it."""

    def __init__(self, reading: Reading) -> None:
        self._frame = reading.frame
        self._diagnosed = diagnostics.trials(reading.diagnostics)
        self._cells: dict[tuple[str, str, str], list[Contrast]] = {}
        self._repeats: dict[tuple[str, ...], list[Contrast]] = {}
        for each in contrasts(reading.frame):
            self._cells.setdefault(each.session, []).append(each)
            self._repeats.setdefault(_identity(each), []).append(each)
        self._contexts: dict[tuple[str, str, str], _Context] = {}
        self._others = {
            each.id: Others(self._cells.get(each.id, []), each.data) for each in reading.sessions
        }

    def cells(self, session: tuple[str, str, str]) -> list[Contrast]:
        """Return the cells of a session."""
        return self._cells.get(session, [])

    def others(self, session: tuple[str, str, str]) -> Others:
        """Return the cells of a session as those that others are compared with."""
        return self._others.get(session) or Others(self.cells(session), {})

    def context(self, session: tuple[str, str, str]) -> _Context:
        """Return what the cells of a session are judged by."""
        if session not in self._contexts:
            # Of the whole frame, whose tables are made once: what they say of a session is its own.
            every = (module.table(self._frame) for module in (canary, controls, contamination))
            readings, pairs, dirty = (of_session(table, session) for table in every)
            self._contexts[session] = _Context(records(readings)[0], pairs, dirty, self._diagnosed)
        return self._contexts[session]

    def case(self, claim: Mapping[str, Any], cell: Contrast) -> _Case:
        """Return a cell with its evidence, over all sessions that measured the same."""
        if claim.get("against"):
            return self._compared(claim, cell)
        name, context = claim["metric"], self.context(cell.session)
        found = metrics.read(name, cell, diagnosed=self._diagnosed)
        others = [
            metrics.read(name, each)
            for each in self._repeats[_identity(cell)]
            if each is not cell
            and metrics.is_timed(name)
            and _unfit(name, each, self.context(each.session)) is None
        ]
        return _Case(claim, cell, found.over(others), _unfit(name, cell, context))

    def _compared(self, claim: Mapping[str, Any], cell: Contrast) -> _Case:
        """Return a cell with what it is to another one, over all sessions that measured both."""
        here = self.others(cell.session).versus(claim, cell)
        assert here is not None  # or the claim does not speak of the cell
        found = here.evidence.over(
            [
                again.evidence
                for each in self._repeats[_identity(cell)]
                if each is not cell
                and (again := self.others(each.session).versus(claim, each))
                and key(again.other) == key(here.other)
                and self._unfit_pair(again) is None
            ]
        )
        return _Case(claim, cell, found, self._unfit_pair(here), here)

    def _unfit_pair(self, versus: Versus) -> str | None:
        context = self.context(versus.cell.session)
        return versus.unfit(context.canary, context.controls)


def _identity(cell: Contrast) -> tuple[str, ...]:
    """Return what repeated sessions have in common: the same code on the same build."""
    machine, _, experiment = cell.session
    return (machine, experiment, key(cell), str(cell.cell["gil"]))


def table(reading: Reading) -> pd.DataFrame:
    """Return one row per claim and cell it speaks of, for the latest session of each experiment.

    A claim that speaks of no measured cell has one row without a cell. ``verdict`` is the
    claim's, ``cell_verdict`` the cell's: every cell must hold, and one that fails fails the claim.
    Holm decides over all cells that the claims of an experiment speak of: ``low`` and ``high``
    are at the ``level`` at which it looked at a cell, ``low_together`` and ``high_together`` hold
    for all of them at once. Where a machine has three or more sessions that measured the same
    cell, sessions and not blocks are the unit.
    """
    newest = latest(reading.frame)
    judge = _Judge(reading)
    rows: list[Row] = []
    for session in reading.sessions:
        if newest.get((session.machine, session.experiment)) == session.session:
            rows += _rows(session, judge)
    made = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    types = {"gil": "boolean", "workers": "Int64", "chunk": "Int64", "n": "Int64", "more": "Int64"}
    return made.astype(types)


def _rows(session: Session, judge: _Judge) -> list[Row]:
    """Return the rows of one session's claims."""
    claims = session.data.get("claims") or []
    cells, others = judge.cells(session.id), judge.others(session.id)
    cases = [
        judge.case(claim, each)
        for claim in claims
        for each in cells
        if speaks_of(claim, each, others)
    ]
    levels = _levels(cases)
    rows: list[Row] = []
    for claim in claims:
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
        }
        judged = judged or [{"words": _why_none(claim, cells, others)}]
        verdict = overall([each.get("cell_verdict", NOT_APPLICABLE) for each in judged])
        rows += [{**head, "verdict": verdict, **each} for each in judged]
    return rows


def _levels(cases: list[_Case]) -> list[tuple[float, float]]:
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


def _cell_row(case: _Case, context: _Context, level: float, together: float) -> Row:
    claim, cell = case.claim, case.cell
    interval, wide = case.found.interval(level), case.found.interval(together)
    verdict = decide(interval, claim["expect"]) if case.unfit is None else UNDECIDED
    trust = contamination.of_blocks(cell.blocks(clean=True), context.dirty)
    more = further = None
    if verdict == UNDECIDED and case.unfit is None and case.found.values.size:
        more = case.found.more(*limits(claim["expect"]), level)
        further = findings.further(case.found, more) if more or interval.known else None
    compared = case.versus.said(interval) if case.versus else ""
    told = findings.finding(claim, case.found, interval, case.unfit)
    said = f"{verdict}: {': '.join(filter(None, [compared, told]))}"
    finding = "; ".join(filter(None, [said, further, contamination.note(trust)]))
    place = findings.place(claim["where"], cell.cell)
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


def _unfit(name: str, cell: Contrast, context: _Context) -> str | None:
    """Return why a cell may not be judged by this metric, or None."""
    metric = metrics.metric(name)
    if metric is not None and metric.read is None:
        return lossy(metrics.of_cell(cell, context.diagnosed))
    scaling = metric is not None and metric.scaling
    return no_verdict(cell, context.canary, context.controls, scaling=scaling)


def _why_none(claim: Mapping[str, Any], cells: list[Contrast], others: Others) -> str:
    asked, matching = findings.asked(claim), [each for each in cells if _matches(claim, each)]
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
