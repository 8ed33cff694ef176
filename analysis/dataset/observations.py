"""What was read around a value, as columns of its row: pure, and strict with what is stored.

A part that is absent gives no column but None; one that is not of the format raises ValueError,
which costs the record and never the report.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.dataset import gil

Row = dict[str, Any]

# Models whose workers all take turns at one GIL; elsewhere a worker that is blocked waits for
# something else.
ONE_GIL = ("sequential", "threads", "threads-raw", "asyncio-to-thread")
ENCODING = "f8le-base64"
MAX_LATENCIES = 1_000_000
MAX_STRIP = 10_000  # samples of who held the GIL
_QUANTILES = {"latency_p50": 0.5, "latency_p90": 0.9, "latency_p99": 0.99, "latency_max": 1.0}
_REASON = 300  # characters of each reason why something was not observed


def of_trial(response: Mapping[str, Any]) -> Row:
    """Return what holds for every value of a trial: its declarations, and what could not be read.

    Records from before there were observations have none of it.
    """
    bound = response.get("cpu_bound")
    # Before workers had notes to give, they said False of whatever was not declared.
    declared = bound if bound is not False or "notes" in response else None
    return {
        "cpu_bound": declared,
        "io_seconds": response.get("io_seconds"),
        "unobserved": _reasons(_part(response, "observations")),
    }


def of_value(
    value: Mapping[str, Any], response: Mapping[str, Any], cell: Row, *, other_lock: bool = False
) -> Row:
    """Return the observations of one value; ``cell`` tells its model and the GIL's state.

    ``other_lock``: the GIL is not CPython's, and waiting for it looks like any other wait.
    """
    seen = _part(value, "observations")
    found = _readings(seen) | _latencies(value)
    threads, derived = _part(seen, "threads"), _part(seen, "derived")
    shared = cell["gil"] is True and cell["model"] in ONE_GIL and not other_lock
    most = _gil_wait(seen, cell["switch_interval"]) if shared else None
    return {
        **found,
        "wall": value.get("wall"),
        "cpu_share": _ratio(threads.get("cpu"), threads.get("wall")),
        "io_share": _ratio(response.get("io_seconds"), threads.get("wall")),
        "run_delay": derived.get("run_delay"),
        "blocked": derived.get("blocked"),
        "gil_wait_most": most,
        # Of work that nobody declared to compute, `analysis.dataset.kinds` says whether it is that.
        "gil_wait": most if response.get("cpu_bound") else None,
        "utilisation": derived.get("utilisation"),
        "steal_share": derived.get("steal"),
        # Of the whole pass: the value of a group is a latency.
        "handoff_rate": _ratio(found["handoffs"], value.get("wall", value.get("seconds"))),
    }


def _gil_wait(seen: Mapping[str, Any], interval: float) -> float | None:
    """Return the most that can have been waiting for the GIL: declared I/O was none of it."""
    threads, blocked = _part(seen, "threads"), _part(seen, "derived").get("blocked")
    wait = gil.longest_wait(threads, _part(seen, "cpu").get("self"), interval)
    return wait if wait is None or not isinstance(blocked, int | float) else min(wait, blocked)


def of_diagnosis(response: Mapping[str, Any]) -> Row:
    """Return what the diagnostic pass found in one trial.

    ``held`` is the share of samples in which some thread held the GIL; ``holders`` is who did, as
    `spans` reads it. Memory is per worker: what
    all processes together had with the pool open, less what the one had before it, shared among
    the workers.
    """
    found = _part(response, "diagnostic")
    held, memory = _part(found, "held"), _part(found, "memory")
    before, opened = _part(memory, "before"), _part(memory, "open")
    return {
        "held": _ratio(held.get("held"), held.get("samples")),
        "held_samples": held.get("samples"),
        "holders": _holders(_part(held, "strip")),
        **{
            f"{kind}_per_worker": _per_worker(before, opened, kind, memory.get("workers"))
            for kind in ("pss", "uss")
        },
        "unobserved": _reasons(found),
    }


def spans(holders: str) -> list[tuple[float, float, int]]:
    """Return from when until when, in seconds, the GIL was seen with whom: 1, 2, ... or 0, nobody.

    ``holders`` has a word for each change, MICROSECONDS:HOLDER, and one for the end.
    """
    pairs = [(int(at), int(who)) for at, _, who in (w.partition(":") for w in holders.split())]
    ends = [at for at, _ in pairs[1:]]
    return [(1e-6 * at, 1e-6 * end, who) for (at, who), end in zip(pairs, ends, strict=False)]


def latencies(stored: object) -> NDArray[np.float64]:
    """Return the latencies in seconds of what a worker stored of them, in order.

    Raises
    ------
    ValueError
        It is not little-endian 8-byte floats in base64, as many as it says, at most
        ``MAX_LATENCIES``, finite and not negative.
    """
    if not isinstance(stored, Mapping) or stored.get("encoding") != ENCODING:
        raise ValueError(f"latencies are not encoded as {ENCODING}")
    count, data = stored.get("count"), stored.get("data")
    if not isinstance(count, int) or not 0 <= count <= MAX_LATENCIES or not isinstance(data, str):
        raise ValueError(f"latencies have the count {count!r:.60}, at most {MAX_LATENCIES} allowed")
    try:
        raw = base64.b64decode(data, validate=True)
    except binascii.Error as problem:
        raise ValueError(f"latencies are no base64: {problem}") from None
    if len(raw) != 8 * count:
        raise ValueError(f"latencies are {len(raw)} bytes long, not 8 times {count}")
    values = np.frombuffer(raw, dtype="<f8").astype(np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("a latency is negative or not finite")
    return values


def _holders(strip: Mapping[str, Any]) -> str | None:
    if not strip:
        return None
    moments, numbers = strip.get("microseconds"), strip.get("holders")
    for each in (moments, numbers):
        if not isinstance(each, list) or len(each) > MAX_STRIP:
            raise ValueError(f"strip has {each!r:.60}, not a list of at most {MAX_STRIP}")
        if not all(type(number) is int and 0 <= number < 10**12 for number in each):
            raise ValueError("strip has something that is no count")
    pairs = list(zip(moments or [], numbers or [], strict=True))
    if pairs != sorted(pairs, key=lambda pair: pair[0]):
        raise ValueError("strip goes back in time")
    kept = [
        pair
        for at, pair in enumerate(pairs)
        if at in (0, len(pairs) - 1) or pair[1] != pairs[at - 1][1]
    ]
    return " ".join(f"{moment}:{number}" for moment, number in kept) or None


def _readings(seen: Mapping[str, Any]) -> Row:
    """Return the readings as they are stored, each under the name of its column."""
    cpu, threads = _part(seen, "cpu"), _part(seen, "threads")
    machine = _part(seen, "machine")
    pressure = _part(machine, "pressure")
    return {
        **{f"cpu_{name}": cpu.get(name) for name in ("self", "reaped", "living")},
        **{f"threads_{name}": threads.get(name) for name in ("count", "wall", "cpu")},
        "run_delay_seconds": threads.get("run_delay"),
        "voluntary": threads.get("voluntary"),
        "involuntary": threads.get("involuntary"),
        "handoffs": _part(seen, "handoffs").get("count"),
        "steal": machine.get("steal"),
        **{f"pressure_{name}": pressure.get(name) for name in ("cpu", "io", "memory")},
    }


def _latencies(value: Mapping[str, Any]) -> Row:
    stored = value.get("latencies")
    if stored is None:
        return {}
    found = latencies(stored)
    made: Row = {"latency_count": len(found), "missed": value.get("missed")}
    if len(found):
        quantiles = np.quantile(found, list(_QUANTILES.values()))
        made |= dict(zip(_QUANTILES, map(float, quantiles), strict=True))
    return made


def _per_worker(
    before: Mapping[str, Any], opened: Mapping[str, Any], kind: str, workers: object
) -> float | None:
    one: Any = before.get(kind)
    many: Any = opened.get(kind)
    if not _is_number(one) or not _is_number(many):
        return None
    return _ratio(many - one, workers)


def _reasons(found: Mapping[str, Any]) -> str | None:
    reasons = _part(found, "unavailable")
    return "; ".join(f"{name}: {why!s:.{_REASON}}" for name, why in sorted(reasons.items())) or None


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object inside another one; empty where it is absent or null."""
    part = whole.get(name)
    if part is None:
        return {}
    if not isinstance(part, Mapping):
        raise ValueError(f"{name} is {part!r:.60}, not an object")
    return part


def _ratio(part: Any, whole: Any) -> float | None:
    """Return a share, or None where either is unknown. What is no number is refused by its row."""
    known = _is_number(part) and _is_number(whole) and whole > 0
    return part / whole if known else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
