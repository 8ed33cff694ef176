"""What an experiment's levels mean once the user has named interpreters with ``--target``. Pure.

A word such as ``default`` chooses among the interpreters found because nobody named any; whoever
names some has chosen. A word that states a property (``free-threaded``, ``jit``, ``oldest``) keeps
stating it, and ``twins`` asks for the matched pair where one is among those named: its question is
what the lock costs, and other builds would only take the time of that answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from harness.target.build import Target
from harness.target.choose import SELECTORS, Missing, armed, pair, select, split_arm

# What these words mean is up to whoever names interpreters.
GIVE_WAY = ("default", "all")

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
        fit = [armed(each, env) for each in _meant(named, base)]
        for each in fit or _missing(found, level, base):
            key = each.name if isinstance(each, Target) else each.level
            chosen.setdefault(key, each)
    return list(chosen.values())


def _meant(named: Sequence[Target], base: str) -> Sequence[Target]:
    if base in PROPERTIES:
        return [each for each in named if PROPERTIES[base](each)]
    if base in GIVE_WAY:
        return named
    if base == "twins":
        return pair(named) or named
    if base in SELECTORS:
        return SELECTORS[base](named)
    return [each for each in named if each.name == base or fnmatchcase(each.name, base)]


def _missing(found: Sequence[Target], level: str, base: str) -> list[Missing]:
    """Return why nothing that is named is what a level asks for."""
    resolved = select(found, [base])
    here = [each for each in resolved if isinstance(each, Target)]
    if here:
        it = "it" if here[0].name == base else "every such interpreter"
        return [Missing(level, f"--target excludes {it}; add `--target {here[0].name}`")]
    return [replace(each, level=level) for each in resolved if isinstance(each, Missing)]
