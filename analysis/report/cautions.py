"""Which builds may not be compared blindly, and why."""

from analysis.dataset.builds import Targets, describe, free_threaded


def cautions(targets: Targets) -> list[str]:
    """Return what a reader must know before comparing these targets with one another.

    Comparing execution models on one target needs none of this; comparing targets does.
    """
    return [*_without_twin(targets), *_unlike(targets), *_debug(targets)]


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
        "differs only in --disable-gil): it differs from the others by more than the GIL."
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
    return [f"These builds were compiled differently, which alone changes their speed: {groups}."]


def _debug(targets: Targets) -> list[str]:
    slow = sorted(name for name, facts in targets.items() if facts.get("debug"))
    if not slow:
        return []
    return [f"Debug build, slow by design: {', '.join(slow)}."]
