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
    """Return the target with a GIL that a free-threaded one is held against, if there is one.

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


def cautions(targets: Targets) -> list[str]:
    """Return what a reader must know before comparing these targets with one another.

    Comparing execution models on one target needs none of this; comparing targets does.
    """
    return [*_without_twin(targets), *_unlike(targets), *_debug(targets)]


def _switches(facts: Facts) -> dict[str, Any]:
    env = facts.get("env") or {}
    return {name: value for name, value in env.items() if name != "PYTHON_GIL"}


def _known(value: bool | None, name: str) -> str:
    if value is None:
        return f"{name} unknown"
    return name if value else f"no {name}"


def _without_twin(targets: Targets) -> list[str]:
    here = {name.partition(",")[0] for name in targets}
    others = [name for name, facts in targets.items() if not facts.get("free_threaded")]
    lonely = sorted(
        {name.partition(",")[0] for name in free_threaded(targets)}
        - {name.partition(",")[0] for name in targets if targets[name].get("twin") in here}
    )
    if not others:
        return []
    return [
        f"{name} has no twin among these targets (a build of the same source and flags that "
        "differs only in --disable-gil): its difference from the others is not that of the GIL "
        "alone."
        for name in lonely
    ]


def _unlike(targets: Targets) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for name in sorted(targets):
        facts = targets[name]
        if facts.get("implementation") == "cpython" and "," not in name:
            compiler = str(facts.get("compiler", "compiler unknown"))
            kinds.setdefault(f"{describe(facts)}, {compiler}", []).append(name)
    if len(kinds) < 2:
        return []
    groups = "; ".join(f"{', '.join(names)}: {kind}" for kind, names in kinds.items())
    return [f"These builds are not built alike, which alone makes them differ in speed: {groups}."]


def _debug(targets: Targets) -> list[str]:
    slow = sorted(name for name, facts in targets.items() if facts.get("debug"))
    if not slow:
        return []
    return [f"Debug build, slow by design: {', '.join(slow)}."]
