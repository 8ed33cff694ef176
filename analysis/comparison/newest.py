"""From which session each answer comes: from the newest one that holds it whole.

One place decides it for every table, figure, sentence and verdict. A later run of one block, or of
some cells alone, takes nothing away from an earlier one of the same code; what comes from an older
session, and what a newer one has less of, is said beside the answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import formatting
from analysis.comparison.contrasts import Contrast, contrasts
from analysis.dataset import frames
from analysis.dataset.frames import session_ids
from analysis.stats import MIN_BLOCKS
from harness.storage.schema import FACTORS

Identity = tuple[str, ...]  # machine, experiment, a level of every factor, state of the GIL
_STATES = ("True", "False")
Origins = Mapping[Identity, "Origin"]


@dataclass(frozen=True, slots=True)
class Held:
    """What one session has of an answer."""

    session: str
    key: str  # of its code, parameters, build and environment
    blocks: int


@dataclass(frozen=True, slots=True)
class Origin:
    """The session that an answer comes from, and what is to be said of the others."""

    session: str
    whole: frozenset[str]  # the sessions that hold it whole
    note: str | None


def origin(found: Iterable[Held], newest: str = "") -> Origin:
    """Return where an answer comes from: the newest session that holds it whole.

    Of the same code, that is: the key of the newest session that has any of it. Whole is what has
    blocks enough for an interval, or as many as any session has. ``newest`` is the newest session
    of the experiment, which may have nothing of it at all.
    """
    every = sorted(found, key=lambda each: each.session)
    tried = [each for each in every if each.blocks] or every
    alike = [each for each in every if each.key == tried[-1].key]
    enough = min(MIN_BLOCKS, max(each.blocks for each in alike))
    whole = [each for each in alike if each.blocks >= enough]
    newer = [each for each in every if each.session > whole[-1].session]
    lacking = newer[-1] if newer else None
    if lacking is None and newest > whole[-1].session:
        lacking = Held(newest, "", 0)
    other = [each for each in every if each.key != whole[-1].key and each.blocks > 0]
    told = [_from(whole[-1], lacking), _hidden(whole[-1], other)]
    note = "; ".join(filter(None, told)) or None
    return Origin(whole[-1].session, frozenset(each.session for each in whole), note)


def identity(levels: Mapping[str, Any]) -> Identity:
    """Return what the same answer has in all sessions."""
    found = (levels[name] for name in ("machine", "experiment", *FACTORS, "gil"))
    return tuple("" if pd.isna(each) else str(each) for each in found)


@frames.per_frame
def of_cells(frame: pd.DataFrame) -> Origins:
    """Return where each cell's comparison with its baseline comes from."""
    return _origins(frame, {id(each): _compared(each) for each in contrasts(frame)})


def of_ratio(frame: pd.DataFrame, name: str) -> Origins:
    """Return where each cell's ratio of that name to another cell comes from."""
    found = {id(each): len(each.ratio(name)) for each in contrasts(frame)}
    return _origins(frame, {each: count for each, count in found.items() if count})


def is_shown(origins: Origins, levels: Mapping[str, Any]) -> bool:
    """Return whether the answer of a cell comes from its session."""
    found = origins.get(identity(levels))
    return found is not None and found.session == levels["session"]


def note(origins: Origins, levels: Mapping[str, Any]) -> str | None:
    """Return what is to be said of where a cell's answer comes from, if anything."""
    return origins[identity(levels)].note if is_shown(origins, levels) else None


def of_claim(session: str, last: str) -> str | None:
    """Return that a claim is judged by an older session than the last one, and why."""
    if session == last:
        return None
    used, newer = formatting.moment(session), formatting.moment(last)
    return f"from the session of {used}, a newer one of {newer} has fewer of its cells or blocks"


def rows_of(table: pd.DataFrame, machine: str, experiment: str) -> pd.DataFrame:
    """Return the rows of an experiment on a machine that are shown, whatever their session."""
    ours = (table["machine"] == machine) & (table["experiment"] == experiment)
    return table[ours & table["latest"].astype("bool")]


def main_sessions(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return of each (machine, experiment) the newest session that some answer comes from.

    Of one that has no answer at all, a run that was stopped among its controls, the newest.
    """
    found: dict[tuple[str, str], str] = {}
    for key, each in of_cells(frame).items():
        place = (key[0], key[1])
        found[place] = max(found.get(place, ""), each.session)
    last = {(machine, experiment): session for machine, session, experiment in session_ids(frame)}
    return {**last, **found}


def _origins(frame: pd.DataFrame, blocks: Mapping[int, int]) -> Origins:
    held: dict[Identity, list[Held]] = {}
    based: set[Identity] = set()
    newest: dict[tuple[str, str], str] = {}
    every = [each for each in contrasts(frame) if id(each) in blocks]
    for each in every:
        if each.baseline != "none":
            based.add(identity(each.cell))
    for each in every:
        key, (machine, session, experiment) = identity(each.cell), each.session
        count = 0 if each.baseline == "none" and key in based else blocks[id(each)]
        code = str(each.trials["key"].iloc[0])
        held.setdefault(key, []).append(Held(session, code, count))
        place = (machine, experiment)
        newest[place] = max(newest.get(place, ""), session)
    return {
        key: origin(found, newest[key[0], key[1]])
        for key, found in held.items()
        if not _is_overtaken(key, held, newest[key[0], key[1]])
    }


def _is_overtaken(key: Identity, held: Mapping[Identity, list[Held]], newest: str) -> bool:
    """Return whether what never ran in one session ran in a later one, or is no longer asked for.

    What did not run has no state of the GIL, which makes it look like another cell.
    """
    last = max(each.session for each in held[key])
    if not any(each.blocks for each in held[key]):
        return last < newest
    if key[-1] in _STATES:
        return False
    alike = [each for state in _STATES for each in held.get((*key[:-1], state), ())]
    return any(each.blocks and each.session > last for each in alike)


def _compared(each: Contrast) -> int:
    """Return in how many whole blocks a cell was tried, and what it is compared with was done.

    A failure is an answer, too: a newer one is not hidden behind an older success.
    """
    of, statuses = each.of, each.trials["status"].to_numpy()
    failed = of.blocks[of.whole & np.isin(statuses, ("wrong", "error", "timeout"))]
    if each.baseline in ("itself", "none"):
        done = of.blocks[of.whole & (statuses == "ok")]
    else:
        done = each.paired.block
    return len(np.union1d(done, failed))


def _from(shown: Held, lacking: Held | None) -> str | None:
    if lacking is None:
        return None
    has = (
        f"has {formatting.plural(lacking.blocks, 'block')} of it" if lacking.blocks else "lacks it"
    )
    when = formatting.moment(lacking.session)
    return f"from the session of {formatting.moment(shown.session)}, a newer one of {when} {has}"


def _hidden(shown: Held, others: Sequence[Held]) -> str | None:
    """Return that another session has more blocks of the same cell, of other code."""
    fuller = [each for each in others if each.blocks > shown.blocks]
    if not fuller or shown.blocks >= MIN_BLOCKS:
        return None
    last = fuller[-1]
    return (
        f"{formatting.plural(last.blocks, 'block')} of older code, parameters or build are in the "
        f"session of {formatting.moment(last.session)}"
    )
