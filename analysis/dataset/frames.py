"""What many parts ask of a frame: its records, its sessions, and results kept per frame."""

import math
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import pandas as pd
from pandas.api.types import is_numeric_dtype

from analysis.dataset.schema import SESSION

Result = TypeVar("Result")


def per_frame(compute: Callable[[pd.DataFrame], Result]) -> Callable[[pd.DataFrame], Result]:
    """Remember what ``compute`` returned for a frame, for as long as that frame lives.

    By identity: to compare frames takes longer than most of what is made of them. It follows that
    no one may change a frame in place once it was passed here, nor what came back.
    """
    known: dict[int, tuple[weakref.ref[pd.DataFrame], Result]] = {}

    @wraps(compute)
    def computed(frame: pd.DataFrame) -> Result:
        key = id(frame)
        if key not in known or known[key][0]() is not frame:
            # Forgotten with its frame, for another one may get the same id.
            kept = weakref.ref(frame, lambda _: known.pop(key, None))
            known[key] = (kept, compute(frame))
        return known[key][1]

    return computed


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of ``frame`` as mappings from column to value, a missing text being None.

    pandas keeps a missing text as NaN as soon as another row of its column has one, and NaN is
    true where None is not.
    """
    texts = {str(name) for name, kind in frame.dtypes.items() if not is_numeric_dtype(kind)}

    def cleaned(name: str, value: Any) -> Any:
        missing = name in texts and isinstance(value, float) and math.isnan(value)
        return None if missing else value

    rows = frame.to_dict("records")
    return [{str(name): cleaned(str(name), row[name]) for name in row} for row in rows]


def of_session(frame: pd.DataFrame, session: tuple[str, str, str]) -> pd.DataFrame:
    """Return the rows of one session: machine, session, experiment."""
    return frame.iloc[_positions(frame).get(session, slice(0))]


@per_frame
def _positions(frame: pd.DataFrame) -> dict[tuple[Any, ...], Any]:
    """Return where the rows of each session are: asked session by session, looked up once."""
    found: dict[tuple[Any, ...], Any] = {}
    if not len(frame):  # a table of nothing may lack its columns
        return found
    for session, at in frame.groupby(list(SESSION), sort=False).indices.items():
        first, last = int(at[0]), int(at[-1])
        together = last - first + 1 == len(at)
        # A slice copies nothing.
        found[cast("tuple[Any, ...]", session)] = slice(first, last + 1) if together else at
    return found


def session_ids(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the sessions in ``frame``, in order."""
    found = frame[list(SESSION)].drop_duplicates().astype("str")
    return sorted((row[0], row[1], row[2]) for row in found.itertuples(index=False, name=None))
