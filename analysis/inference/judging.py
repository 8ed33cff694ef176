"""What each cell of a claim is judged by: its evidence over all sessions, and what is unfit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.comparison import diagnostic, newest
from analysis.comparison.contrasts import Contrast, contrasts
from analysis.dataset.frames import of_session, records
from analysis.dataset.tidy import Reading
from analysis.inference import metrics
from analysis.inference.evidence import Evidence
from analysis.inference.versus import Others, Versus, key
from analysis.inference.wording import limits
from analysis.quality import canary, contamination, controls
from analysis.quality.eligibility import lossy, no_verdict


@dataclass(frozen=True, slots=True)
class Context:
    """What the cells of one session are judged by, besides their own trials."""

    canary: Mapping[str, Any]
    controls: pd.DataFrame
    dirty: pd.DataFrame
    diagnosed: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Case:
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


class Judge:
    """Everything that was timed, and what qualifies each session of it."""

    def __init__(self, reading: Reading) -> None:
        self._frame = reading.frame
        self._diagnosed = diagnostic.trials(reading.diagnostics)
        self._cells: dict[tuple[str, str, str], list[Contrast]] = {}
        self._repeats: dict[tuple[str, ...], list[Contrast]] = {}
        for each in contrasts(reading.frame):
            self._cells.setdefault(each.session, []).append(each)
            self._repeats.setdefault(_identity(each), []).append(each)
        self._contexts: dict[tuple[str, str, str], Context] = {}
        self._others = {
            each.id: Others(self._cells.get(each.id, []), each.data) for each in reading.sessions
        }

    def cells(self, session: tuple[str, str, str]) -> list[Contrast]:
        """Return the cells of a session."""
        return self._cells.get(session, [])

    def others(self, session: tuple[str, str, str]) -> Others:
        """Return the cells of a session as those that others are compared with."""
        return self._others.get(session) or Others(self.cells(session), {})

    def is_whole(self, cell: Contrast) -> bool:
        """Return whether a cell's session holds it as whole as any does."""
        found = newest.of_cells(self._frame).get(newest.identity(cell.cell))
        return found is not None and cell.session[1] in found.whole

    def context(self, session: tuple[str, str, str]) -> Context:
        """Return what the cells of a session are judged by."""
        if session not in self._contexts:
            # Of the whole frame, whose tables are made once: what they say of a session is its own.
            every = (module.table(self._frame) for module in (canary, controls, contamination))
            readings, pairs, dirty = (of_session(table, session) for table in every)
            self._contexts[session] = Context(records(readings)[0], pairs, dirty, self._diagnosed)
        return self._contexts[session]

    def case(self, claim: Mapping[str, Any], cell: Contrast) -> Case:
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
            and unfit(name, each, self.context(each.session)) is None
        ]
        return Case(claim, cell, found.over(others), unfit(name, cell, context))

    def _compared(self, claim: Mapping[str, Any], cell: Contrast) -> Case:
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
        return Case(claim, cell, found, self._unfit_pair(here), here)

    def _unfit_pair(self, versus: Versus) -> str | None:
        context = self.context(versus.cell.session)
        return versus.unfit(context.canary, context.controls)


def _identity(cell: Contrast) -> tuple[str, ...]:
    """Return what repeated sessions have in common: the same code on the same build."""
    machine, _, experiment = cell.session
    return (machine, experiment, key(cell), str(cell.cell["gil"]))


def unfit(name: str, cell: Contrast, context: Context) -> str | None:
    """Return why a cell may not be judged by this metric, or None."""
    metric = metrics.metric(name)
    if metric is not None and metric.read is None:
        return lossy(diagnostic.of_cell(cell, context.diagnosed))
    scaling = metric is not None and metric.scaling
    return no_verdict(cell, context.canary, context.controls, scaling=scaling)
