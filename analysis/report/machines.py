"""What a machine is, in words: only what bears on times is put first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.dataset.tidy import Session

# In this order, where known; the rest follows in a table that can be unfolded.
FIRST = {
    "cpu_model": "CPU",
    "cores": "cores",
    "threads": "hardware threads",
    "cpu_quota": "CPUs granted by a quota",
    "memory_bytes": "memory",
    "system": "system",
    "kernel": "kernel",
    "hypervisor": "virtual machine",
    "container": "container",
    "governor": "frequency governor",
    "boost": "turbo boost",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """One computer: its name, the facts to read first and all the others."""

    name: str
    summary: str
    facts: Sequence[tuple[str, str]]


def describe(name: str, sessions: Sequence[Session]) -> Machine:
    """Return what the sessions say of the machine ``name``; the latest facts win."""
    mine = sorted(
        (each for each in sessions if each.machine == name), key=lambda each: each.session
    )
    facts = next((each.facts for each in reversed(mine) if each.facts), {})
    known = {key: label for key, label in FIRST.items() if facts.get(key) is not None}
    first = [f"{label}: {_text(key, facts[key])}" for key, label in known.items()]
    return Machine(name, "; ".join(first) or "nothing is stored of this machine", _rows(facts))


def _text(key: str, value: Any) -> str:
    if key == "memory_bytes" and isinstance(value, int):
        return f"{value / 2**30:.3g} GiB"
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _rows(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every fact as text, and for what is unknown why."""
    missing = facts.get("missing")
    reasons = missing if isinstance(missing, Mapping) else {}
    return [
        (key, f"unknown: {reasons.get(key, 'no reason stored')}")
        if facts[key] is None
        else (key, _text(key, facts[key]))
        for key in sorted(facts)
        if key != "missing"
    ]
