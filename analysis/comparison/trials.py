"""From values to trials: one row per process, which is the independent unit of all statistics."""

from collections import Counter

import pandas as pd

from analysis.dataset import frames, kinds, notes
from analysis.dataset.schema import CELL, OBSERVATIONS, OBSERVED, SESSION
from harness.storage.schema import DONE

_KEYS = [*SESSION, "key", "control", "block"]


@frames.per_frame
def trials(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per (cell, block, control): the median of a process's timed values.

    Warm-ups and what a cold trial did ``again`` are left out; values of wrong trials too, for a
    wrong answer is never a fast one. Of several attempts a later one that is ok replaces one that
    failed.
    """
    timed = (
        frame["seconds"].notna() & ~frame["warmup"].fillna(False) & ~frame["again"].fillna(False)
    )
    used = frame.assign(seconds=frame["seconds"].where(timed & (frame["status"] == "ok")))
    metrics = [name for name in frame.columns if name.startswith(OBSERVED)]
    # Most campaigns have some observations and none has all: a median of nothing takes as long.
    metrics += ["cpu_seconds", *(name for name in OBSERVATIONS if used[name].notna().any())]
    used[metrics] = used[metrics].where(used["seconds"].notna())
    constant = [*CELL, "cores", "status", "reason", "void", "units", "baseline_seconds", "build"]
    constant += ["trial", "position", "canary_together", "canary_single"]
    constant += ["canary_threshold", "canary_source", "pilot", "twin", "unlocked", "cpu_bound"]
    constant += ["unobserved", "items", "item_size", "variant", "io_seconds"]
    constant += ["note_codes", "notes", "skew"]
    how = dict.fromkeys(["seconds", *metrics], "median") | dict.fromkeys(constant, "first")
    for name in _KEYS:
        how.pop(name, None)
    grouped = used.groupby([*_KEYS, "attempt"], dropna=False, sort=True)
    attempts = grouped.agg(how).reset_index()
    unread = [name for name in OBSERVATIONS if name not in metrics]
    attempts[unread] = float("nan")
    ranked = attempts.assign(good=attempts["status"] == "ok").sort_values(
        [*_KEYS, "good", "attempt"], kind="stable"
    )
    last = ranked.drop_duplicates(_KEYS, keep="last").drop(columns="good")
    units = last["units"].where(last["units"] > 0)
    last = last.assign(
        seconds_per_unit=last["seconds"] / units,
        cpu_seconds_per_unit=last["cpu_seconds"] / units,
    )
    return notes.marked(kinds.marked(_with_gil(last))).reset_index(drop=True)


def statuses(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many blocks ended how."""
    counted = Counter(rows["status"].to_list())
    return {status: counted[status] for status in (*DONE, "skipped")}


def _with_gil(rows: pd.DataFrame) -> pd.DataFrame:
    """Give a trial that did not live to say its GIL state the one its cell was usually found in."""
    states = rows.groupby([*SESSION, "key"])["gil"]
    found, on = states.transform("count"), states.transform("sum")
    usual = (2 * on > found).astype("boolean").mask(found == 0)
    return rows.assign(gil=rows["gil"].fillna(usual))
