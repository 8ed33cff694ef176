"""Which targets an experiment's levels or ``--target`` mean on this machine. Pure."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from harness.errors import GilscopeError
from harness.target.build import Target, age

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
SWITCHES = ("PYTHON_GIL", "PYTHON_JIT")
# The harness sets these for every trial alike; an arm that changed them would not be measured as
# it says, or would measure the reading of source files.
RESERVED = frozenset(
    [
        *("HOME", "LANG", "PATH", "TMPDIR", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME"),
        *("PYTHONNOUSERSITE", "PYTHONPATH", "PYTHONPYCACHEPREFIX"),
    ]
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A level that means nothing here: its cells are skipped with this reason."""

    level: str
    reason: str


class Wanted(NamedTuple):
    """What ``--target`` asked for: interpreters to define and levels to restrict the run to."""

    paths: Mapping[str, Path]
    levels: Sequence[str]


def select(found: Sequence[Target], levels: Sequence[str]) -> list[Target | Missing]:
    """Resolve names, globs, selector words and arms; order kept, duplicates removed."""
    chosen: dict[str, Target | Missing] = {}
    for level in levels:
        base, env = split_arm(level)
        for each in _resolve(found, base):
            result = armed(each, env) if isinstance(each, Target) else replace(each, level=level)
            chosen.setdefault(result.name if isinstance(result, Target) else result.level, result)
    return list(chosen.values())


def require(
    found: Sequence[Target], levels: Sequence[str], *, where: str = "--target"
) -> list[Target]:
    """Resolve what the user asked for by hand: what is missing is an error, not a skip."""
    chosen: dict[str, Target] = {}
    for level in levels:
        results = select(found, [level])
        targets = [each for each in results if isinstance(each, Target)]
        if not targets:
            problem = next(each for each in results if isinstance(each, Missing))
            raise _unknown(found, problem, where)
        chosen |= {each.name: each for each in targets}
    return list(chosen.values())


def check_known(found: Sequence[Target], levels: Sequence[str]) -> None:
    """Raise GilscopeError for a level that means nothing on this machine."""
    require(found, levels)


def _unknown(found: Sequence[Target], problem: Missing, where: str) -> GilscopeError:
    base, _ = split_arm(problem.level)
    known = [each.name for each in found]
    if base in known or base in SELECTORS:
        return GilscopeError(problem.reason, where=where, hint="`gilscope targets` lists them all.")
    near = difflib.get_close_matches(base, [*known, *SELECTORS], 1)
    guess = f"Did you mean '{near[0]}'? " if near else ""
    hint = f"{guess}Known: {', '.join(known) or 'none'}. Define one with NAME=PATH."
    return GilscopeError(f"unknown target '{base}'", where=where, hint=hint)


def parse_named(texts: Iterable[str], *, where: str = "--target") -> Wanted:
    """Read ``NAME=PATH``, ``NAME=PATH,ENV=VALUE`` and ``NAME[,ENV=VALUE...]``."""
    paths: dict[str, Path] = {}
    levels: list[str] = []
    for text in texts:
        name, equals, rest = text.partition("=")
        if not equals or "," in name:
            split_arm(text, where=where)  # complains about a malformed arm
            levels.append(text)
            continue
        path, arm = _path_and_arm(rest)
        _check_name(name, where)
        if not path.is_file():
            what = f"{name}={path}: there is no such file"
            raise GilscopeError(what, where=where, hint="Give the path of a Python executable.")
        if paths.setdefault(name, path) != path:
            what = f"'{name}' is given twice, with different paths"
            raise GilscopeError(what, where=where, hint="Give each interpreter its own name.")
        split_arm(name + arm, where=where)
        levels.append(name + arm)
    return Wanted(paths, levels)


def _path_and_arm(text: str) -> tuple[Path, str]:
    """Split ``PATH,ENV=VALUE``; a comma may also belong to the path."""
    whole = Path(text).expanduser()
    found = re.search(r",[A-Z][A-Z0-9_]*=", text)
    if whole.exists() or not found:
        return whole, ""
    return Path(text[: found.start()]).expanduser(), text[found.start() :]


def _check_name(name: str, where: str) -> None:
    if name in SELECTORS or not NAME.fullmatch(name):
        what = f"'{name}' cannot be the name of a target"
        hint = f"Use letters, digits and ._+- but none of the words {', '.join(SELECTORS)}."
        raise GilscopeError(what, where=where, hint=hint)


def split_arm(level: str, *, where: str = "target") -> tuple[str, dict[str, str]]:
    """Split ``NAME,ENV=VALUE,...`` into the name and the environment switches."""
    base, *parts = level.split(",")
    env: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or not VARIABLE.fullmatch(name):
            what = f"'{level}': '{part}' is not of the form NAME=VALUE"
            hint = "Write switches like cpython-3.13t,PYTHON_GIL=1."
            raise GilscopeError(what, where=where, hint=hint)
        if name in RESERVED:
            what = f"'{level}': {name} is set by the harness, the same for every trial"
            raise GilscopeError(what, where=where, hint="Leave it out.")
        if name in SWITCHES and value not in {"0", "1"}:
            what = f"'{level}': {name} must be 0 or 1"
            raise GilscopeError(what, where=where, hint=f"Write {name}=0 or {name}=1.")
        env[name] = value
    return base, env


def armed(target: Target, env: Mapping[str, str]) -> Target | Missing:
    """Return the target with the switches set, or why they mean nothing to this build."""
    if not env:
        return target
    # Sorted: the same arm has the same name, in whatever order it was written.
    name = ",".join([target.name, *(f"{key}={env[key]}" for key in sorted(env))])
    if "PYTHON_GIL" in env and not target.build["free_threaded"]:
        return Missing(name, f"{target.name} always has a GIL")
    if "PYTHON_JIT" in env and target.build["implementation"] != "cpython":
        return Missing(name, f"{target.name} does not support PYTHON_JIT")
    if "PYTHON_JIT" in env and not target.build["jit"]["available"]:
        return Missing(name, f"{target.name} was built without a JIT")
    return replace(target, name=name, env=dict(env))


def _resolve(found: Sequence[Target], base: str) -> Sequence[Target | Missing]:
    if exact := [each for each in found if each.name == base]:
        return exact
    main = [each for each in found if not each.spare]
    if base in SELECTORS:
        chosen = SELECTORS[base](main)
    else:
        # A spare is used only when named; a glob that matches nothing else does name it.
        chosen = _matching(main, base) or _matching(found, base)
    return chosen or [Missing(base, _why_missing(base))]


def _matching(targets: Sequence[Target], pattern: str) -> list[Target]:
    return [each for each in targets if fnmatchcase(each.name, pattern)]


def _why_missing(base: str) -> str:
    named = re.match(r"(cpython|pypy)-(\d+\.\d+t?)", base)
    if base == "free-threaded":
        return "no free-threaded build found; `gilscope install-pythons` installs one"
    if base == "jit":
        return "no CPython with a JIT found; 3.14 and newer may be built with one"
    if base in SELECTORS:
        return "no Python from 3.9 on found; `gilscope install-pythons` installs two"
    if named is None:
        return f"no target '{base}' on this machine; define it with --target {base}=PATH"
    version = named.group(2) if named.group(1) == "cpython" else f"pypy@{named.group(2)}"
    return (
        f"no '{base}' on this machine; `uv python install {version}` installs it, "
        f"or define it with --target {base}=PATH"
    )


def _newest(targets: Iterable[Target]) -> list[Target]:
    """Return the newest one, if any; a debug build or a pre-release only for lack of others."""
    ordered = sorted(targets, key=lambda each: (not each.build["debug"], age(each.build)))
    return ordered[-1:]


def _cpython(targets: Iterable[Target]) -> list[Target]:
    return [each for each in targets if each.build["implementation"] == "cpython"]


def _free_threaded(targets: Sequence[Target]) -> list[Target]:
    return _newest(each for each in targets if each.build["free_threaded"])


def _with_jit(targets: Sequence[Target]) -> list[Target]:
    return _newest(each for each in _cpython(targets) if each.build["jit"]["available"])


def pair(targets: Sequence[Target]) -> list[Target]:
    """Return the newest matched pair, the half with the GIL first."""
    by_name = {each.name: each for each in targets}
    halves = [each for each in targets if each.build["free_threaded"] and each.twin in by_name]
    return [pair for half in _newest(halves) for pair in (by_name[half.twin or ""], half)]


def _newest_cpython(targets: Sequence[Target]) -> list[Target]:
    every = _cpython(targets)
    return _newest(each for each in every if not each.build["free_threaded"]) or _newest(every)


def _oldest_cpython(targets: Sequence[Target]) -> list[Target]:
    plain = [each for each in _cpython(targets) if not each.build["free_threaded"]]
    return sorted(plain, key=lambda each: age(each.build))[:1]


def _twins(targets: Sequence[Target]) -> list[Target]:
    return pair(targets) or _newest_cpython(targets)


def _default(targets: Sequence[Target]) -> list[Target]:
    pypy = _newest(each for each in targets if each.build["implementation"] == "pypy")
    chosen = [*pair(targets), *_newest_cpython(targets), *pypy] or _newest(targets)
    return list({each.name: each for each in chosen}.values())


SELECTORS: Mapping[str, Callable[[Sequence[Target]], list[Target]]] = {
    "default": _default,
    "twins": _twins,
    "all": list,
    "free-threaded": _free_threaded,
    "newest": _newest_cpython,
    "oldest": _oldest_cpython,
    "jit": _with_jit,
}
