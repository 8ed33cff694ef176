"""What an experiment's levels mean once the user has named interpreters with ``--target``. Pure.

A word such as ``twins`` chooses among the interpreters found because nobody named any; whoever
names some has chosen. A word that states a property (``free-threaded``, ``jit``) keeps stating it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from harness.target.build import Target
from harness.target.choose import SELECTORS, Missing, armed, select, split_arm

PROPERTIES: Mapping[str, Callable[[Target], bool]] = {
    "free-threaded": lambda each: each.build["free_threaded"],
    "jit": lambda each: (
        each.build["implementation"] == "cpython" and each.build["jit"]["available"]
    ),
}


def restricted(
    found: Sequence[Target], named: Sequence[Target], levels: Sequence[str]
) -> list[Target | Missing]:
    """Return what ``levels`` mean when only the interpreters in ``named`` may be used.

    An arm among those named is what the user wants measured, whatever the experiment would
    choose: then all that is named is measured just so.
    """
    if any(each.env for each in named):
        return list(named)
    chosen: dict[str, Target | Missing] = {}
    for level in levels:
        base, env = split_arm(level)
        fit = [armed(each, env) for each in named if _is_meant(each, base)]
        for each in fit or _missing(found, level, base):
            key = each.name if isinstance(each, Target) else each.level
            chosen.setdefault(key, each)
    return list(chosen.values())


def _is_meant(target: Target, base: str) -> bool:
    if base in PROPERTIES:
        return PROPERTIES[base](target)
    return base in SELECTORS or target.name == base or fnmatchcase(target.name, base)


def _missing(found: Sequence[Target], level: str, base: str) -> list[Missing]:
    """Return why nothing that is named is what a level asks for."""
    resolved = select(found, [base])
    here = [each for each in resolved if isinstance(each, Target)]
    if here:
        it = "it" if here[0].name == base else "every such interpreter"
        return [Missing(level, f"--target left {it} out; `--target {here[0].name}` adds it")]
    return [replace(each, level=level) for each in resolved if isinstance(each, Missing)]
