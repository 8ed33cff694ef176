"""What the machine had to give: the canary's capacity, per session."""

from typing import Any

import pandas as pd

from analysis.comparison.capacity import canary, canary_threshold
from analysis.comparison.trials import trials
from analysis.dataset import frames
from analysis.dataset.frames import of_session, records, session_ids
from analysis.dataset.schema import SESSION
from harness.storage.schema import CANARY

# Of a session's blocks: beyond it the machine was busy as a rule, not by exception.
MAX_BUSY = 0.25
BUSY = "the machine was busy"  # how it is told


@frames.per_frame
def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per session: capacity over its blocks, and how many fell short.

    ``capacity`` is the median over blocks of the work that k spinners did, over k times that of
    one alone. A session without a canary has no capacity: it is flagged, and still judged.
    """
    every = trials(frame)
    rows = []
    for session in session_ids(every):
        here = of_session(every, session)
        per_block = canary(here).groupby("block")["capacity"].min()
        ran = here[here["control"].isna() & (here["status"] != "skipped")]["block"].nunique()
        rows.append(_row(session, per_block, int(ran), here))
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))


def by_session(frame: pd.DataFrame) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the row of each session: machine, session, experiment."""
    return {tuple(row[name] for name in SESSION): row for row in records(table(frame))}


_COLUMNS = [*SESSION, "workers", "capacity", "lowest", "highest", "threshold", "source"]
_COLUMNS += ["blocks", "read", "busy", "busy_share", "why"]


def _row(session: tuple, capacity: pd.Series, blocks: int, here: pd.DataFrame) -> dict[str, object]:
    threshold, source = canary_threshold(here)
    controls = here[here["control"] == CANARY]
    busy = int((capacity < threshold).sum())
    share = busy / len(capacity) if len(capacity) else float("nan")
    return {
        **dict(zip(SESSION, session, strict=True)),
        "workers": int(controls["workers"].max()) if len(controls) else pd.NA,
        "capacity": float(capacity.median()),
        "lowest": float(capacity.min()),
        "highest": float(capacity.max()),
        "threshold": threshold,
        "source": source,
        "blocks": blocks,
        "read": len(capacity),
        "busy": busy,
        "busy_share": share,
        "why": _why(capacity, busy, blocks),
    }


def _why(capacity: pd.Series, busy: int, blocks: int) -> str | None:
    """Return what is wrong with the session by its canary; it begins with "no canary" if none."""
    if not len(capacity):
        return "no canary reading: whether the machine was busy is unknown"
    if busy > MAX_BUSY * len(capacity):
        return f"{BUSY}: the canary fell short in {busy} of {len(capacity)} blocks"
    if len(capacity) < blocks:
        return f"the canary is missing in {blocks - len(capacity)} of {blocks} blocks"
    return None
