"""What a piece of work costs to hand out, of workloads that were measured in several sizes."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison import newest
from analysis.comparison.contrasts import Contrast, contrasts
from analysis.dataset.schema import CELL
from analysis.inference import metrics
from analysis.stats import Payload, break_even, payload_cost
from analysis.tables._rows import reading

TASK, PAYLOAD = "task", "payload"
MIN_SIZES = 3
SAME = 0.01  # how far two amounts of work may lie apart and be called the same
MIB = 2**20

Row = dict[str, Any]
_SESSION = CELL.index("session")


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell but for its size, where there are at least three sizes.

    ``task``: the same work in fewer or more items. ``break_even`` is the sequential time of an
    item (seconds) from which the model is worth it; ``worth`` says at which sizes it is, and
    ``worth_at`` the size at which that begins or ends, as in `analysis.stats.BreakEven`;
    ``per_item`` is what one item more costs (seconds). ``payload``: items of different
    ``size`` whose work grows with it; ``per_item`` is what sending one costs whatever its size,
    ``per_mib`` the seconds per 2**20 of its size. Both are weighted least squares over the
    processes of whole blocks in which the machine was not busy, with 95 % intervals.
    """
    series = {
        key: list(found) for key, found in groupby(sorted(contrasts(frame), key=_key), key=_key)
    }
    series = {key: cells for key, cells in series.items() if len(cells) >= MIN_SIZES}
    shown, rows = _shown(series), list[Row]()
    for key, cells in series.items():
        head = {**cells[0].cell, "workload": key[3], "variant": key[-1] or None}
        head["labels"] = " ".join(sorted(each.cell["workload"] for each in cells))
        head["latest"] = key in shown
        for kind, read in ((TASK, _task), (PAYLOAD, _payload)):
            rows += [{**head, "kind": kind, **row} for row in read(cells)]
    made = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return made.astype({"workers": "Int64", "chunk": "Int64", "gil": "boolean"})


def _shown(series: Mapping[tuple[str, ...], Sequence[Contrast]]) -> set[tuple[str, ...]]:
    """Return which series come from the newest session that holds them whole."""
    held: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
    for key in series:
        held.setdefault((*key[:_SESSION], *key[_SESSION + 1 :]), {})[key[_SESSION]] = key
    found = set[tuple[str, ...]]()
    for keys in held.values():
        most = max(len(series[key]) for key in keys.values())
        has = [
            newest.Held(session, "", min(len(each.blocks(clean=False)) for each in series[key]))
            for session, key in keys.items()
            if len(series[key]) == most
        ]
        found.add(keys[newest.origin(has).session])
    return found


def _key(each: Contrast) -> tuple[str, ...]:
    """Return what names a cell but for its size: of its workload the name without the label."""
    named = {**each.cell, "workload": each.cell["workload"].partition("@")[0]}
    variant = each.trials["variant"].iloc[0]
    return (*(str(named[name]) for name in CELL), variant if isinstance(variant, str) else "")


def _task(cells: Sequence[Contrast]) -> list[Row]:
    """Return what more and smaller pieces of the same work cost, if it was cut into several."""
    known = [each for each in cells if each.baseline_seconds > 0 and each.of.median("items") > 0]
    known = sorted((each for each in known if each.baseline != "itself"), key=_piece)
    counts = {each.of.median("items") for each in known}
    work = [each.of.median("units") for each in known]
    if len(counts) < max(MIN_SIZES, len(known)) or max(work) > min(work) * (1 + SAME):
        return []
    gains = [metrics.interval("speedup", each).estimate for each in known]
    fitted = _fit(known, lambda each: each.of.median("items"))
    if fitted is None or not np.isfinite(gains).all():
        return []
    pieces = [_piece(each) for each in known]
    if len(set(pieces)) < len(pieces):
        return []
    even = break_even(pieces, gains)
    row = {
        "sizes": len(known),
        "break_even": even.size,
        "worth": even.worth.value,
        "worth_at": even.at,
    }
    return [row | reading("per_item", fitted.slope)]


def _payload(cells: Sequence[Contrast]) -> list[Row]:
    """Return what items of several sizes cost to send, if there are several."""
    known = [each for each in cells if each.of.median("item_size") * each.of.median("items") > 0]
    sizes = {each.of.median("item_size") for each in known}
    work = [
        each.of.median("units") / (each.of.median("items") * each.of.median("item_size"))
        for each in known
    ]
    # Else the size is that of a buffer, say, which an item uses again and again.
    if len(sizes) < MIN_SIZES or not max(work) <= min(work) * (1 + SAME):
        return []
    fitted = _fit(
        known, lambda each: each.of.median("item_size") / MIB, lambda each: each.of.median("items")
    )
    if fitted is None:
        return []
    row = {"sizes": len(sizes), **reading("per_item", fitted.overhead)}
    return [row | reading("per_mib", fitted.slope)]


def _fit(
    cells: Sequence[Contrast],
    size: Callable[[Contrast], float],
    parts: Callable[[Contrast], float] = lambda _: 1.0,
) -> Payload | None:
    """Return a line through seconds over ``parts`` against ``size``, a point per process."""
    sizes, seconds = list[float](), list[float]()
    for each in cells:
        found = each.values("seconds", clean=True) / parts(each)
        sizes += [size(each)] * len(found)
        seconds += found.tolist()
    return payload_cost(sizes, seconds) if len(set(sizes)) >= MIN_SIZES else None


def _piece(each: Contrast) -> float:
    """Return the sequential time of one item."""
    return each.baseline_seconds / each.of.median("items")


_READ = [f"{name}{end}" for name in ("per_item", "per_mib") for end in ("", "_low", "_high")]
_COLUMNS = [*CELL, "variant", "kind", "labels", "sizes", "break_even"]
_COLUMNS += ["worth", "worth_at", *_READ, "latest"]
