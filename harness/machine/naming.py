"""What a computer is called in the results."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

# What affects times and stays over reboots and updates. Not: kernel, microcode, governor, free
# memory, the clock just now. Those are facts of a session, not another computer.
IDENTITY = (
    *("architecture", "cpu_model", "cpu_vendor", "cpu_stepping", "sockets", "cores", "threads"),
    *("siblings", "core_kinds", "caches", "numa_nodes", "hypervisor", "cpu_quota", "cpuset_cpus"),
)


def name(known: Mapping[str, Any]) -> str:
    """Return ``<cpu>-<cores>c-<6 hex>``: the same after a reboot, another for another computer."""
    identity = json.dumps({key: known.get(key) for key in IDENTITY}, sort_keys=True)
    cores = known.get("cores") or known.get("threads") or 1
    digest = hashlib.sha256(identity.encode()).hexdigest()[:6]
    return (
        f"{_slug(str(known.get('cpu_model') or known.get('architecture') or ''))}-{cores}c-{digest}"
    )


def _slug(model: str) -> str:
    """Return what is left of a processor's name without its trimmings."""
    text = re.sub(r"\((r|tm|c)\)|@.*|\b\d+-core\b|\bwith .*", " ", model.lower())
    text = re.sub(r"\b(processor|cpu|core|genuine|generation|\d+th gen)\b", " ", text)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:32].strip("-") or "cpu"
