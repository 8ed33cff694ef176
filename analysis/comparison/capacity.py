"""What the canary says of each block: whether this machine had the CPUs that a cell asked for."""

import pandas as pd

from analysis.dataset import thresholds
from analysis.dataset.frames import of_session
from analysis.dataset.schema import SESSION
from harness.storage.schema import CANARY


def busy_blocks(every: pd.DataFrame, session: tuple[str, str, str]) -> frozenset[int]:
    """Return the blocks of a session in which other processes used the CPUs."""
    here = of_session(every, session)
    threshold, _ = canary_threshold(here)
    readings = canary(here[here["control"] == CANARY])
    return frozenset(readings.loc[readings["capacity"] < threshold, "block"])


def canary_threshold(here: pd.DataFrame) -> tuple[float, str]:
    """Return what the canary must reach in one session, and where that number comes from."""
    known = here.loc[here["canary_threshold"].notna(), ["canary_threshold", "canary_source"]]
    if not len(known):
        return thresholds.canary({})
    return float(known["canary_threshold"].iloc[0]), str(known["canary_source"].iloc[0])


def canary(every: pd.DataFrame) -> pd.DataFrame:
    """Return the capacity in each block: work of k spinners over k times one spinner's.

    One spinner's is its median over the session: the single reading of a block is as noisy as
    the capacity it would be divided into.
    """
    rows = every[(every["control"] == CANARY) & every["canary_together"].notna()]
    single = rows.groupby([*SESSION, "workers"])["canary_single"].transform("median")
    capacity = rows["canary_together"] / (single * rows["workers"].astype("float64"))
    known = rows[[*SESSION, "block", "workers"]].assign(capacity=capacity)
    # What is no number is not read: NaN is below no threshold and would pass for quiet.
    return known[capacity.notna()].reset_index(drop=True)
