"""A stored record becomes rows of the tidy table; the only module that knows its format."""

from collections.abc import Iterable, Mapping
from typing import Any

from analysis.dataset import builds, notes, observations
from analysis.dataset.schema import OBSERVED, SESSION
from harness.storage import bounds
from harness.storage.schema import CANARY, DIAGNOSTIC, DONE, FACTORS

Row = dict[str, Any]


def is_diagnostic(session: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Return whether a trial was looked into while it worked; its times then mean nothing."""
    return session.get("pass") == DIAGNOSTIC or record["control"] == DIAGNOSTIC


def rows(session: Mapping[str, Any], record: Mapping[str, Any]) -> list[Row]:
    """Return one row per value of ``record``, or a single one without seconds.

    In life cycle "cold" the first value is the result: the pool's creation is part of it. Later
    values found the code warm and are marked ``again``. A diagnostic trial has one row whatever
    it did.
    """
    cell, response = record["cell"], record["response"] or {}
    common = {name: cell[name] for name in FACTORS}
    common |= {name: record[name] for name in ("block", "position", "attempt", "trial", "control")}
    common |= {name: session[name] for name in SESSION}
    common |= {name: response.get(name) for name in ("units", "baseline_seconds", "engine")}
    common |= {name: response.get(name) for name in ("start_method", "pool_engine")}
    common["gil"] = _state(response).get("gil")
    cpus = _state(response).get("cpus")
    common["cores"] = len(cpus) if cpus else None
    common |= {"key": cell["key"], "status": record["status"], "reason": record["reason"]}
    targets = session.get("targets") or {}
    common["build"] = builds.describe(targets.get(cell["target"]))
    common["twin"] = builds.twin(targets, cell["target"])
    common |= _of_params(cell.get("params") or {})
    common["unlocked"] = builds.unlocked(targets, cell["target"])
    common["pilot"] = pilot_blocks(session)
    common |= observations.of_trial(response) | notes.of_response(response)
    common["diagnostic"] = is_diagnostic(session, record)
    if common["diagnostic"]:
        return [common | observations.of_diagnosis(response)]
    if record["control"] == CANARY:
        common |= _canary(response)
    values = response.get("values") or []
    if not values:
        return [common]
    other_lock = builds.has_other_lock(targets, cell["target"])
    return [
        {
            **common,
            **_value(value, record),
            **observations.of_value(value, response, common, other_lock=other_lock),
        }
        for value in values
    ]


def complete_blocks(
    session: Mapping[str, Any], records: Iterable[Mapping[str, Any]]
) -> frozenset[int]:
    """Return the blocks in which every runnable cell was tried to some end.

    A cell that turned out to be unable to run is no part of any block. A missing control does
    not void a block: it is shown beside the numbers instead.
    """
    tried: dict[int, set[str]] = {}
    refused: set[str] = set()
    for record in records:
        if record["control"] is not None:
            continue
        if record["status"] in DONE:
            tried.setdefault(record["block"], set()).add(record["cell"]["key"])
        else:
            refused.add(record["cell"]["key"])
    planned = {cell["key"] for cell in session["cells"] if not cell.get("skipped")}
    ran = set[str]().union(*tried.values())
    needed = planned - (refused - ran)
    return frozenset(block for block, keys in tried.items() if needed <= keys)


def _of_params(params: Mapping[str, Any]) -> Row:
    """Return how many items there are, how large each is, and what is not a number about them.

    By the names that workloads give them: ``items`` and ``size``.
    """
    items, size = params.get("items"), params.get("size")
    texts = [value for _, value in sorted(params.items()) if isinstance(value, str)]
    return {
        "items": items if type(items) is int else None,
        "item_size": size if type(size) in (int, float) else None,
        "variant": " ".join(texts) or None,
    }


def _value(value: Mapping[str, Any], record: Mapping[str, Any]) -> Row:
    if value["seconds"] is None:
        raise ValueError("seconds is None")
    cold = record["cell"]["lifecycle"] == "cold"
    observed = value.get("observed") or {}
    return {
        "value_index": value["index"],
        "warmup": value["warmup"],
        "again": cold and not value["warmup"] and value["index"] > 0,
        "seconds": value["seconds"],
        "value_status": value["status"],
        "reason": value.get("reason") or record["reason"],
        "cpu_seconds": value.get("cpu_seconds"),
        **{OBSERVED + name: number for name, number in observed.items()},
    }


def _canary(response: Mapping[str, Any]) -> Row:
    if "together" not in response:
        return {}
    rates = [("single", response["single"]), *(("together", each) for each in response["together"])]
    for wrong in filter(None, (bounds.outside(*each) for each in rates)):
        raise ValueError(wrong)
    if not response["together"]:
        raise ValueError("together is empty")
    return {
        "capacity": response.get("capacity"),
        "canary_together": sum(response["together"]),
        "canary_single": response["single"],
    }


def _state(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the interpreter's state at the end of the trial: what it really ran under."""
    return (response.get("state") or {}).get("end") or {}


def pilot_blocks(session: Mapping[str, Any]) -> int | None:
    """Return the length of a session's pilot, or None where the number of blocks was fixed."""
    found = session.get("pilot")
    return found if isinstance(found, int) and 1 < found < 2**31 else None
