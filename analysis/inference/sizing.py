"""From the pilot of a session to how many blocks it needs for the precision it was promised."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from analysis import formatting
from analysis.comparison.contrasts import Contrast, contrasts
from analysis.dataset.in_memory import frame_of_records
from analysis.inference import metrics, verdicts, wording
from analysis.inference.evidence import Evidence
from analysis.inference.versus import Others
from analysis.stats import MIN_BLOCKS, Stein, stein_mean, stein_plan
from harness.storage import store


def second_stage(
    stored: store.StoredSession,
    pilot: Sequence[Mapping[str, Any]],
    precision: float,
    most: int,
) -> dict[str, Any]:
    """Return how many blocks the worst primary contrast needs, by Stein.

    Parameters
    ----------
    pilot : sequence of records
        Of the pilot's blocks, and of no later one.
    precision : float
        Half-width wanted of the 95 % interval of every primary ratio, such as 0.05.
    most : int
        Blocks that the budget allows, the pilot's among them.

    Returns
    -------
    dict
        ``needed`` in all, None if nothing can be sized; ``blocks`` to run in all; ``reached``,
        the half-width they will give; ``contrast`` that decided; its ``spread``; and ``why``
        nothing could be sized.

    Notes
    -----
    Spreads alone decide, never an estimate: a number of blocks that depends on where the pilot's
    mean lies would move the mean of all.
    """
    session = stored.data
    frame = frame_of_records(session, pilot, store.machine_facts(stored))
    asked = [
        (name, stein_plan(found.values, precision), found)
        for name, found in _primary(session, contrasts(frame))
        if len(found.values) >= MIN_BLOCKS
    ]
    length = int(session["pilot"])
    if not asked:
        why = f"no contrast has {MIN_BLOCKS} undisturbed blocks in the pilot"
        nothing = dict.fromkeys(("needed", "reached", "spread", "contrast"))
        return {**nothing, "blocks": length, "why": why}
    name, plan, found = max(asked, key=lambda each: each[1].blocks)
    needed = max(length, plan.blocks)
    blocks = min(needed, most)
    return {
        "needed": needed,
        "blocks": blocks,
        "reached": _reach(plan, found, blocks),
        "spread": plan.spread,
        "contrast": name,
        "why": None,
    }


def _primary(
    session: Mapping[str, Any], cells: Sequence[Contrast]
) -> Iterator[tuple[str, Evidence]]:
    """Yield the ratios that claims speak of; where none does, every speed-up."""
    ratios = [each for each in session.get("claims") or [] if _is_ratio(each["metric"])]
    if not ratios:
        ratios = [{"metric": "speedup", "where": {}}]
    others = Others(cells, session)
    for claim in ratios:
        for cell in cells:
            if verdicts.speaks_of(claim, cell, others):
                place = wording.place({}, cell.cell)
                yield f"{claim['metric']} of {place}", _read(claim, cell, others)


def _read(claim: Mapping[str, Any], cell: Contrast, others: Others) -> Evidence:
    versus = others.versus(claim, cell) if claim.get("against") else None
    return versus.evidence if versus else metrics.read(claim["metric"], cell)


def _is_ratio(name: str) -> bool:
    metric = metrics.metric(name)
    return metric is not None and metric.unit == formatting.RATIO


def _reach(plan: Stein, found: Evidence, blocks: int) -> float:
    """Return the half-width of Stein's interval after so many blocks."""
    spread = stein_mean(found.values, plan)
    half = (spread.high - spread.low) / 2 * np.sqrt(len(found.values) / blocks)
    return float(np.expm1(half))
