"""What a section says that comes from several sessions of its experiment."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.comparison import newest
from analysis.dataset.frames import of_session, records, session_ids
from analysis.dataset.tidy import Session
from analysis.report import trust


def of_experiment(table: pd.DataFrame, session: Session) -> pd.DataFrame:
    """Return the rows of a session's experiment on its machine."""
    ours = (table["machine"] == session.machine) & (table["experiment"] == session.experiment)
    return table[ours]


def failures(
    session: Session, failures: pd.DataFrame, speedups: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return the failures of a session, and those of the cells shown from another one."""
    shown = {(row["session"], newest.identity(row)) for row in records(speedups)}
    return [
        row
        for row in records(of_experiment(failures, session))
        if row["session"] == session.session or (row["session"], newest.identity(row)) in shown
    ]


def controls(
    session: Session, sessions: Sequence[str], made: Mapping[str, pd.DataFrame]
) -> list[str]:
    """Return what the controls say of every session that an answer comes from."""
    found: list[str] = []
    for name in sessions:
        place = (session.machine, name, session.experiment)
        said = trust.lines(*(of_session(made[each], place) for each in ("controls", "canary")))
        own = name == session.session
        found += said if own else [f"Session of {formatting.moment(name)}: {line}" for line in said]
    return found


def older(session: Session, frame: pd.DataFrame) -> list[str]:
    """Return the other sessions of an experiment, and which of them are newer."""
    found = []
    for each in session_ids(frame):
        machine, name, experiment = each
        if (machine, experiment) == session.id[::2] and name != session.session:
            count = formatting.plural(of_session(frame, each)["block"].nunique(), "block")
            found.append(f"{name} ({count}{', newer' if name > session.session else ''})")
    return found
