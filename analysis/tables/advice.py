"""Which execution model to use, by workload and target: a rule, and the numbers it rests on."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from analysis import formatting
from analysis.comparison import newest
from analysis.comparison.trials import trials
from analysis.dataset import kinds, notes, thresholds
from analysis.dataset.frames import records
from analysis.dataset.kinds import WAITING
from analysis.dataset.schema import CELL, SESSION
from analysis.inference.labels import BARE, claimed, label, plain
from analysis.stats import FASTER, SLOWER, UNDECIDED
from analysis.tables import ratios, speedups
from harness.storage.schema import SEQUENTIAL

Row = dict[str, Any]

# What a workload does, as far as it was declared or measured.
HOLDS, RELEASES, COMPUTES = "holds the GIL", "releases the GIL", "computes"
WAITS, MIXED, UNKNOWN = "waits", "mixed", "unknown"
KINDS = (HOLDS, RELEASES, COMPUTES, WAITS, MIXED, UNKNOWN)
# Threads that gain no more than this with a GIL found it held, provided that they could have
# gained this much and that their interval does not reach halfway there.
HELD, ROOM = 1.1, 1.25
THREADS = ("threads", "threads-raw")
PLAIN_LOOP = "a plain loop"

SURE, LIKELY, UNSURE = "sure", "likely", "not sure"
# Of models that cannot be distinguished, the one that demands least of a program is named.
SIMPLEST = ("threads", "threads-raw", "asyncio", "asyncio-to-thread", "interpreters")


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per machine, workload, target and GIL state, as far as it is shown.

    All experiments of a machine count together. Candidates are the models with as many workers
    as fit the CPUs, with their usual options where those were measured: chosen by what was asked
    for, never by what came out. Of those that are faster the fastest wins; among the ones whose
    interval reaches it, the simplest is advised and ``also`` names the others.
    """
    made = speedups.table(frame)
    if not len(made):
        return pd.DataFrame([], columns=pd.Index(_COLUMNS))
    now = made[made["latest"].astype("bool")]
    shares, users = _shares(frame), _users(frame)
    rows: list[Row] = []
    every = sorted(map(plain, records(now)), key=_place)
    for (machine, workload), same in groupby(every, key=lambda row: _place(row)[:2]):
        here = list(same)
        kind = _kind(here, shares.get((machine, workload), {}))
        for _, ours in groupby(here, key=_place):
            row = _row(list(ours), waits=kind == WAITS)
            if row:
                head = {"machine": machine, "workload": workload, "kind": kind}
                rows.append(head | row | users.get(row["cell"], {}))
    found = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return found.astype({"gil": "boolean", "workers": "Int64", "n": "Int64"})


def _place(row: Row) -> tuple[str, str, str, int]:
    """Return what an answer is for: machine, workload, target, state of the GIL."""
    state = (False, True, None).index(row["gil"])
    return (row["machine"], row["workload"], row["target"], state)


def _users(frame: pd.DataFrame) -> dict[tuple[str, ...], Row]:
    """Return the speed-up over the build with the GIL, of cells that run without it."""
    return {
        _cell(row): {"user": row["estimate"], "user_low": row["low"], "user_high": row["high"]}
        for row in records(ratios.table(frame))
        if row["metric"] == ratios.USER and row["gil"] is False
    }


def _cell(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in CELL)


def _shares(frame: pd.DataFrame) -> dict[Any, Row]:
    """Return what is known of the sequential passes of each workload on each machine."""
    every, origins = trials(frame), newest.of_cells(frame)
    rows = every[(every["model"] == SEQUENTIAL) & every["seconds"].notna()]
    keep = [newest.is_shown(origins, each) for each in records(rows[list(CELL)])]
    rows = rows[np.array(keep, dtype=np.bool_)]
    rows = rows.assign(share=kinds.share(rows))
    return {
        key: {"share": float(here["share"].median()), "computes": _last(here["computes"])}
        for key, here in rows.groupby(["machine", "workload"])
    }


def _last(computes: pd.Series) -> bool | None:
    known = computes.dropna()
    return bool(known.iloc[-1]) if len(known) else None


def _kind(rows: Sequence[Row], known: Row) -> str:
    """Return what a workload does; the declaration counts more than the measurement."""
    share, computes = known.get("share", float("nan")), known.get("computes")
    if computes is None or (not computes and np.isnan(share)):
        return UNKNOWN
    if not computes:
        return WAITS if share <= WAITING else MIXED
    threads = [
        row
        for row in _fitting(rows)
        if row["gil"] is True and row["model"] in THREADS and row["workers"] > 1
    ]
    # What may not be judged tells nothing: on a busy machine anything can look like a gain or none.
    threads = [row for row in threads if label(row) != BARE]
    if any(label(row) == FASTER and claimed(row)[0] > HELD for row in threads):
        return RELEASES
    telling = [row for row in threads if notes.best(row) >= ROOM]
    return HOLDS if telling and all(_found_it_held(row) for row in telling) else COMPUTES


def _found_it_held(row: Row) -> bool:
    """Return whether threads gained nothing where as many CPUs without a GIL would have."""
    point, _, high = claimed(row)
    return point <= HELD and high < (1 + notes.best(row)) / 2


def _row(rows: Sequence[Row], *, waits: bool) -> Row | None:
    """Return what to use on one target, or None where nothing was compared."""
    tried = [row for row in _fitting(rows, waits=waits) if np.isfinite(claimed(row)[0])]
    if not tried:
        return None
    ranked = sorted(_once(_usual(tried)), key=lambda row: -claimed(row)[0])
    faster = [row for row in ranked if label(row) == FASTER]
    open_ = [row for row in ranked if label(row) in (UNDECIDED, BARE)]
    threads = [row for row in ranked if row["model"] in THREADS]
    common = {name: rows[0][name] for name in ("target", "gil")}
    common["threads"] = _named(threads[0]) if threads else None
    common["threads_gain"] = claimed(threads[0])[0] if threads else float("nan")
    common["threads_label"] = label(threads[0]) if threads else None
    if faster:
        alike = [row for row in faster if claimed(row)[2] >= claimed(faster[0])[1]]
        best = min(alike, key=_effort)
        also = [_named(row) for row in alike if row is not best]
        return common | _numbers(best, formatting.model(best), also, *_trust(best))
    if open_ and claimed(open_[0])[0] > 1:
        best = open_[0]
        why = best["no_verdict"] or best["why"] or "its interval reaches 1"
        return common | _numbers(best, formatting.model(best), [], UNSURE, str(why))
    sure, why = (UNSURE, str(open_[0]["no_verdict"] or "undecided")) if open_ else _trust(ranked[0])
    return common | _numbers(ranked[0], PLAIN_LOOP, [_named(row) for row in ranked], sure, why)


def _fitting(rows: Sequence[Row], *, waits: bool = False) -> list[Row]:
    """Return the row of every model and options with most workers that still fit the CPUs.

    Whoever ``waits`` needs no CPU for it.
    """
    best: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if row["model"] == SEQUENTIAL:
            continue
        fits = waits or row["cores"] is None or row["workers"] <= row["cores"]
        key = (row["experiment"], row["target"], row["gil"], formatting.model(row))
        rank = (fits, row["workers"] if fits else -row["workers"])
        if key not in best or rank > best[key]["rank"]:
            best[key] = {**row, "rank": rank}
    return list(best.values())


def _usual(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not formatting.options(row)] or list(rows)


def _once(rows: Sequence[Row]) -> list[Row]:
    """Return one row per model: where two experiments have it, that of more blocks."""
    best: dict[str, Row] = {}
    for row in rows:
        name = formatting.model(row)
        rank = (row["n_clean"], row["session"], row["experiment"])
        if name not in best or rank > tuple(
            best[name][key] for key in ("n_clean", "session", "experiment")
        ):
            best[name] = row
    return list(best.values())


def _effort(row: Row) -> tuple[int, float]:
    place = SIMPLEST.index(row["model"]) if row["model"] in SIMPLEST else len(SIMPLEST)
    return (place, -claimed(row)[0])


def _trust(row: Row) -> tuple[str, str]:
    """Return how sure a row that may be judged is, and what that rests on."""
    count = int(row["n_clean"] or row["n"])
    blocks = f"{formatting.plural(count, 'block')}"
    if row["no_canary"]:
        return LIKELY, f"{blocks}, but CPU availability was not checked"
    if row["contaminated_share"] > thresholds.DIRTY:
        return (
            LIKELY,
            f"{blocks}, {formatting.percent(row['contaminated_share'])} of them disturbed",
        )
    floor = _floor(row)
    if 1 / floor < claimed(row)[0] < floor and label(row) in (FASTER, SLOWER):
        return LIKELY, f"{blocks}, but within the noise floor of {formatting.times(floor)}"
    busy = row["busy_blocks"]
    left_out = f", {busy} more excluded because the machine was busy" if busy else ""
    return SURE, f"{blocks}, machine quiet{left_out}"


def _floor(row: Row) -> float:
    ends = np.array([row["aa_workers_low"], row["aa_workers_high"]], dtype=np.float64)
    return float(np.exp(np.abs(np.log(ends)).max())) if np.isfinite(ends).all() else 1.0


def _numbers(row: Row, use: str, also: Sequence[str], sure: str, why: str) -> Row:
    point, low, high = claimed(row)
    return {
        "use": use,
        "model": row["model"],
        "workers": row["workers"],
        "speedup": point,
        "low": low,
        "high": high,
        "label": label(row),
        "n": row["n_clean"] or row["n"],
        "sure": sure,
        "rests_on": why,
        "also": "; ".join(also) or None,
        "experiment": row["experiment"],
        "session": row["session"],
        "beside": "; ".join(notes.beside(row)) or None,
        "origin": row["origin"],
        "cell": _cell(row),
    }


def _named(row: Row) -> str:
    point, low, high = claimed(row)
    return (
        f"{formatting.model(row)} {formatting.times(point)} {formatting.bounds(low, high)}".rstrip()
    )


_COLUMNS = [*SESSION, "workload", "kind", "target", "gil", "use", "model", "workers", "speedup"]
_COLUMNS += ["low", "high", "label", "n", "sure", "rests_on", "also", "threads", "threads_gain"]
_COLUMNS += ["threads_label", "user", "user_low", "user_high", "beside", "origin"]
