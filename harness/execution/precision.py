"""How many blocks an experiment with a precision has: a pilot, then what the pilot asks for.

Only the stored records of the pilot and the design decide, so that a run that was stopped goes on
to the same number. The statistics are handed in: nothing here knows any.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from harness.execution.launch import Campaign
from harness.experiment import PILOT, Design
from harness.storage import store
from harness.storage.store import StoredSession

Stage = dict[str, Any]
# (session, records of its pilot, precision, most blocks) -> needed, blocks, reached, contrast, why
Sizing = Callable[[StoredSession, Sequence[dict[str, Any]], float, int], Stage]


def second_stage(stored: StoredSession, design: Design, sizing: Sizing) -> Stage:
    """Return what the pilot asks for within the budget.

    ``blocks`` in all, ``needed`` for the precision (None if nothing could be sized, ``why``),
    ``reached`` is the precision to expect, ``limit`` names the budget that does not suffice.
    """
    assert design.precision is not None
    pilot = _pilot(stored)
    pace = sum(float(record["wall"]) for record in pilot) / PILOT
    budgets = {"max_blocks": design.max_blocks}
    if design.max_time is not None and pace > 0:
        budgets["max_time"] = int(design.max_time / pace)
    limit = min(budgets, key=lambda name: budgets[name])
    most = max(PILOT, budgets[limit])
    found = sizing(stored, pilot, design.precision, most)
    short = found["needed"] is not None and found["needed"] > most
    return {
        "schema": store.SCHEMA,
        "wanted": design.precision,
        "pilot": PILOT,
        "seconds_per_block": pace,
        "max_blocks": design.max_blocks,
        "max_time": design.max_time,
        "limit": limit if short else None,
        **found,
    }


def size(stored: StoredSession, design: Design, sizing: Sizing) -> int:
    """Return how many blocks in all a session with a complete pilot is to have."""
    return int(second_stage(stored, design, sizing)["blocks"])


def begin_second(campaign: Campaign, sizing: Sizing) -> Stage:
    """Return what the pilot of a campaign asks for, after it is stored."""
    stored = campaign.progress.stored
    assert stored is not None
    stage = second_stage(stored, campaign.plan.experiment.design, sizing)
    store.write_stage(stored, stage)
    return stage


def said(stage: Stage) -> str:
    """Return in words what comes after the pilot, and what cannot be reached."""
    if stage["needed"] is None:
        return f"no second stage: {stage['why']}"
    wanted, by = f"{stage['wanted']:.3g}", f"by {stage['contrast']}"
    reached = f"{stage['reached']:.2g}"
    if stage["limit"]:
        budget = f"{stage['limit']} = {stage[stage['limit']]:g}"
        return (
            f"a precision of {wanted} cannot be reached within {budget}: it takes "
            f"{stage['needed']} blocks, {by}; {stage['blocks']} will give about {reached}"
        )
    more = stage["blocks"] - stage["pilot"]
    if not more:
        return f"the pilot already reaches the precision of {wanted}: {reached}, {by}"
    return f"{more} more blocks ({stage['blocks']} in all) for a precision of {wanted}, {by}"


def _pilot(stored: StoredSession) -> list[dict[str, Any]]:
    found = []
    for path in store.record_files(stored):
        # What is damaged here was measured again, or is missing from its block.
        with suppress(store.Damaged):
            record = store.read_record(path)
            if record["block"] < PILOT:
                found.append(record)
    return found
