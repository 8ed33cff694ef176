"""The noise floor: the same cell measured twice in every block, A against A."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.contrasts import duplicates
from analysis.dataset import frames
from analysis.dataset.frames import of_session
from analysis.dataset.schema import CELL
from analysis.stats import LEVEL, paired_ratio

# At 95 % one session in twenty would be thrown away for nothing.
VOID_LEVEL = 0.999


@frames.per_frame
def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per A/A cell: its speed-up against itself, which should be 1.

    ``floor`` is how far from 1 the interval reaches, as a factor: a speed-up smaller than that
    is no news here. ``void`` is set where the 99.9 % interval leaves out 1.
    """
    rows = []
    for cell, paired in duplicates(frame):
        ratio = paired_ratio(paired.difference, level=LEVEL)
        strict = paired_ratio(paired.difference, level=VOID_LEVEL)
        rows.append(
            {
                **cell,
                "ratio": ratio.mean.estimate,
                "low": ratio.mean.low,
                "high": ratio.mean.high,
                "median": ratio.median.estimate,
                "median_low": ratio.median.low,
                "median_high": ratio.median.high,
                "n": ratio.mean.n,
                "floor": float(np.exp(np.abs(np.log([ratio.mean.low, ratio.mean.high])).max())),
                "void": strict.mean.excludes(1.0),
                "why": ratio.mean.why,
            }
        )
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))


def reading(
    controls: pd.DataFrame, session: tuple[str, str, str], *, alone: bool
) -> dict[str, Any]:
    """Return the A/A row of a session that reaches furthest from 1, or nothing.

    ``alone`` picks the sequential duplicate, else the one with workers.
    """
    here = of_session(controls, session)
    here = here[(here["model"] == "sequential") == alone]
    if not len(here):
        return {}
    return dict(here.sort_values("floor", kind="stable", na_position="first").iloc[-1])


_COLUMNS = [*CELL, "ratio", "low", "high", "median", "median_low", "median_high", "n"]
_COLUMNS += ["floor", "void", "why"]
