"""Compute once per frame what several tables are made of, however many of them ask."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import pandas as pd

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
