"""What a report says of where the time of the workers went: numbers in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.comparison import diagnostic, newest
from analysis.dataset import thresholds
from analysis.dataset.frames import of_session, records
from analysis.dataset.tidy import Session
from analysis.quality import contamination
from analysis.tables import ratios
from analysis.tables.latencies import QUANTILES
from harness.storage import limits

Line = Mapping[str, str]
NAMED = 6  # blocks that are named one by one


@dataclass(frozen=True, slots=True)
class Spent:
    """Where the time went in one session, and what else used the machine meanwhile."""

    waits: Sequence[Line]
    ratios: Sequence[Line]
    scaling: Sequence[Line]
    latencies: Sequence[Line]
    diagnostics: Sequence[Line]
    diagnostic_session: str
    contamination: str


def describe(session: Session, made: Mapping[str, pd.DataFrame]) -> Spent:
    """Return what the tables say of one session and of the newest diagnostic one beside it."""
    shown = {
        name: newest.rows_of(made[name], session.machine, session.experiment)
        for name in ("waiting", "ratios", "scaling", "latencies", "diagnostics")
    }
    waits, found = shown["waiting"], shown["diagnostics"]
    return Spent(
        waits=[_wait(row) for row in records(waits[waits["n"] > 0])],
        ratios=[
            _ratio(row)
            for row in records(shown["ratios"])
            if row["metric"] != ratios.USER or row["gil"] is False  # else the speed-up shown above
        ],
        scaling=[_scaling(row) for row in records(shown["scaling"])],
        latencies=[_latency(row) for row in records(shown["latencies"])],
        diagnostics=[_diagnosis(row) for row in records(found)],
        diagnostic_session=", ".join(sorted(set(found["session"]))),
        contamination=_contamination(of_session(made["contamination"], session.id)),
    )


def _cell(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "workload": str(row["workload"]),
        "target": str(row["target"]),
        "gil": formatting.gil(row["gil"]),
        "model": formatting.model(row),
        "workers": str(row["workers"]),
    }


def _wait(row: Mapping[str, Any]) -> Line:
    blocked = _reading(row, "blocked", formatting.SHARE)
    return {
        **_cell(row),
        "cpu": formatting.percent(row["cpu"]),
        "run_delay": formatting.percent(row["run_delay"]),
        "blocked": f"GIL wait {blocked}" if math.isfinite(row["gil_wait"]) else blocked,
        "io": formatting.percent(row["io"]),
        "utilisation": formatting.percent(row["utilisation"]),
        "handoffs": formatting.amount(row["handoffs"], formatting.RATE),
        "inflation": _reading(row, "cpu_inflation", formatting.RATIO),
        "blocks": str(row["n"]),
        "notes": contamination.note(row) or "",
    }


def _ratio(row: Mapping[str, Any]) -> Line:
    interval = formatting.bounds(row["low"], row["high"])
    why = [row["no_verdict"] or row["why"], contamination.note(row)]
    return {
        **_cell(row),
        "what": ratios.RATIOS[row["metric"]].text,
        "ratio": f"{formatting.times(row['estimate'])} {interval}".rstrip(),
        "effect": "" if why[0] else str(row["effect"]),
        "blocks": str(row["n"]),
        "notes": "; ".join(filter(None, why)),
    }


def _scaling(row: Mapping[str, Any]) -> Line:
    workers, efficiency = int(row["workers"]), row["speedup"] / int(row["workers"])
    curve = str(row["curve"] or row["why"])
    if row["curve"]:
        found = (f"{name} {_reading(row, name, '')}" for name in ("contention", "coherency"))
        curve = ", ".join((curve, *found, f"best with {formatting.number(row['peak'])} workers"))
    return {
        **_cell(row),
        "workers": f"{workers} of {row['cores']} CPUs",
        "efficiency": formatting.percent(efficiency),
        "fraction": _reading(row, "serial_fraction", formatting.SHARE),
        "curve": curve,
        "blocks": str(row["n"]),
        "notes": contamination.note(row) or "",
    }


def _latency(row: Mapping[str, Any]) -> Line:
    return {
        **_cell(row),
        **{name: _reading(row, name, formatting.SECONDS) for name in QUANTILES},
        "missed": " of ".join(
            map(formatting.number, (row["missed"], row["missed"] + row["count"]))
        ),
        "blocks": str(row["n"]),
        "notes": contamination.note(row) or "",
    }


def _diagnosis(row: Mapping[str, Any]) -> Line:
    shown = {name: _reading(row, name, unit) for name, unit in diagnostic.UNITS.items()}
    why = row["why"] if isinstance(row["why"], str) else ""
    return {**_cell(row), **shown, "trials": str(row["n"]), "notes": why}


def _reading(row: Mapping[str, Any], name: str, unit: str) -> str:
    interval = formatting.within(row[f"{name}_low"], row[f"{name}_high"], unit)
    return f"{formatting.amount(row[name], unit)} {interval}".rstrip()


def _contamination(blocks: pd.DataFrame) -> str:
    """Return in one sentence what else used the machine in the blocks of a session."""
    known = blocks[blocks["contaminated"].notna()]
    if not len(known):
        return "No reading shows whether the machine was busy."
    steal = formatting.stated(limits.STEAL, formatting.SHARE)
    delay = formatting.stated(thresholds.RUN_DELAY, formatting.SHARE)
    judged_by = (
        f"the canary below {blocks['threshold'].iloc[0]:g} ({blocks['source'].iloc[0]}), steal "
        f"above {steal}, or run delay of the sequential cells above {delay}"
    )
    dirty = records(known[known["contaminated"].astype("bool")])
    of = formatting.plural(len(known), "block")
    if not dirty:
        return f"0 of {of} contaminated ({judged_by})."
    causes = "; ".join(f"block {row['block']}: {row['why']}" for row in dirty[:NAMED])
    if len(dirty) > NAMED:
        causes += f"; {len(dirty) - NAMED} more in contamination.csv"
    return f"{len(dirty)} of {of} contaminated ({judged_by}): {causes}."
