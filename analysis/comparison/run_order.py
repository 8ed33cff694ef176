"""In what order a session ran its cells: whether anything was random, by what is stored."""

from typing import Any

import pandas as pd

from analysis.stats import Order

# How likely a plan in random order may look like one that was not.
COINCIDENCE = 0.002


def of_session(here: pd.DataFrame) -> Order:
    """Return the order of one session's trials, a row each.

    Fixed if all its whole blocks ran in one and the same order, controls included, and if that
    would be a rare coincidence: n trials in any number of workloads have at least 2 ** (n - 1)
    orders. Trials that share a position say nothing.
    """
    ran = here[(here["status"] != "skipped") & ~here["void"].astype("bool")]
    ran = ran.sort_values(["block", "position"], kind="stable")
    if ran.duplicated(["block", "position"]).any():
        return Order.RANDOM_BLOCKS
    names = ran["key"] + "/" + ran["control"].fillna("")
    orders = [tuple(names[rows]) for rows in ran.groupby("block").groups.values()]
    if len(set(orders)) != 1:
        return Order.RANDOM_BLOCKS
    coincidence = 0.5 ** ((len(orders[0]) - 1) * (len(orders) - 1))
    return Order.FIXED if coincidence < COINCIDENCE else Order.RANDOM_BLOCKS


def design(here: pd.DataFrame) -> dict[str, Any]:
    """Return what decides how one session's trials may be read: ``order`` and ``pilot``."""
    pilot = here["pilot"].dropna()
    return {"order": of_session(here), "pilot": int(pilot.iloc[0]) if len(pilot) else None}
