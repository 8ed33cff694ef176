"""What a target's build facts mean to a reader, and which builds may not be compared blindly."""

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]
Targets = Mapping[str, Facts]


def describe(facts: Facts | None) -> str | None:
    """Return how an interpreter was built, as far as it bears on speed."""
    if not facts:
        return None
    if facts.get("implementation") != "cpython":
        version = facts.get("pypy_version")
        return f"PyPy {version}" if version else str(facts.get("implementation", "unknown"))
    parts = [_known(facts.get("pgo"), "PGO"), _known(facts.get("lto"), "LTO")]
    if facts.get("optimisation") not in (None, "-O3"):
        parts.append(str(facts["optimisation"]))
    jit = facts.get("jit") or {}
    if jit.get("available"):
        parts.append("JIT on" if jit.get("enabled") else "JIT compiled in, off")
    if facts.get("debug"):
        parts.append("debug build")
    return ", ".join(parts)


def free_threaded(targets: Targets) -> list[str]:
    """Return the names of the targets whose build can run without the GIL."""
    return sorted(name for name, facts in targets.items() if facts.get("free_threaded"))


def twin(targets: Targets, name: str) -> str | None:
    """Return the target with a GIL that is the baseline of a free-threaded one, if any.

    Its twin, with the same switches in its environment but for the GIL's own.
    """
    facts = targets.get(name) or {}
    if not facts.get("free_threaded") or not facts.get("twin"):
        return None
    alike = [
        other
        for other, its in targets.items()
        if other.partition(",")[0] == facts["twin"] and _switches(its) == _switches(facts)
    ]
    return min(alike, default=None)


def unlocked(targets: Targets, name: str) -> str | None:
    """Return the target that is the same binary with the GIL off; None unless ``name`` has it on.

    By ``PYTHON_GIL=1`` in its environment; the other has 0 there, or nothing.
    """
    facts = targets.get(name) or {}
    if (facts.get("env") or {}).get("PYTHON_GIL") != "1":
        return None
    alike = [
        other
        for other, its in targets.items()
        if other.partition(",")[0] == name.partition(",")[0]
        and its.get("build_id") == facts.get("build_id")
        and (its.get("env") or {}).get("PYTHON_GIL") in (None, "0")
        and _switches(its) == _switches(facts)
    ]
    return max(alike, default=None)


def has_other_lock(targets: Targets, name: str) -> bool:
    """Return whether a target's GIL is not that of CPython."""
    return (targets.get(name) or {}).get("implementation", "cpython") != "cpython"


def _switches(facts: Facts) -> dict[str, Any]:
    env = facts.get("env") or {}
    return {name: value for name, value in env.items() if name != "PYTHON_GIL"}


def _known(value: bool | None, name: str) -> str:
    if value is None:
        return f"{name} unknown"
    return name if value else f"no {name}"
