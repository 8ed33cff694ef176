"""Builds of Python: what a target is, which builds are twins, who gets which name. Pure."""

import hashlib
import json
import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Build = Mapping[str, Any]

# Where a build is installed, and what it ships beside the interpreter, does not change its speed.
PLACES = ("prefix", "exec-prefix", "libdir", "bindir", "includedir", "mandir", "datadir")
NOT_COMPILED_IN = (*(f"--{place}=" for place in PLACES), "--with-ensurepip", "--without-ensurepip")
# A JIT that is compiled in but off may differ between twins: uv's builds have it in the one with
# the GIL and cannot have it in the free-threaded one. `twin_note` says so wherever it is the case.
UNUSED_JIT = "--enable-experimental-jit=yes-off"
RELEASE_LEVELS = ("alpha", "beta", "candidate", "final")


@dataclass(frozen=True, slots=True)
class Target:
    """One interpreter under test: executable, build, and the environment switches of its arm."""

    name: str
    python: Path
    build: Build = field(hash=False, repr=False)
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    twin: str | None = None
    spare: bool = False  # another build has the short name: used only when named

    @property
    def gil(self) -> bool | None:
        """The state of the GIL this arm asks for; None where nothing is known about one."""
        if self.build["free_threaded"]:
            return self.env.get("PYTHON_GIL") == "1"
        return True if self.build["implementation"] in {"cpython", "pypy"} else None

    @property
    def build_id(self) -> str:
        """Digest of the build: the same wherever it is installed, another after a rebuild.

        The switches of an arm are not in it; they are in ``env`` and in the name.
        """
        identity = {key: value for key, value in self.build.items() if key != "library_path"}
        text = json.dumps(identity, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Found:
    """An interpreter that answered the probe and has no name yet."""

    python: Path
    build: Build = field(hash=False)


def short_name(build: Build) -> str:
    """Return the name a build would like: ``cpython-3.13``, ``cpython-3.13t``, ``pypy-3.9``."""
    major, minor = build["version_info"][:2]
    return f"{build['implementation']}-{major}.{minor}{_suffix(build)}"


def full_name(build: Build) -> str:
    """Return the name a build gets when another has the short one: ``cpython-3.13.0``."""
    return f"{build['implementation']}-{build['version']}{_suffix(build)}"


def _suffix(build: Build) -> str:
    return "t" * build["free_threaded"] + "d" * build["debug"]


def age(build: Build) -> tuple[Any, ...]:
    """Return a key that sorts older versions first, and every pre-release before the releases."""
    *numbers, level, serial = build["version_info"]
    pypy = tuple(int(part) for part in (build.get("pypy_version") or "0").split("."))
    return (level == "final", tuple(numbers), RELEASE_LEVELS.index(level), serial, pypy)


def twin_key(build: Build) -> tuple[Any, ...] | None:
    """Return what two twins have in common; None for builds that cannot have one.

    Twins differ in ``--disable-gil`` alone, so that whatever differs in their speed is its doing:
    same source, same compiler, same optimisation.
    """
    if build["implementation"] != "cpython":
        return None
    same = ("version", "compiler", "debug", "shared", "optimisation", "pgo", "lto")
    return (*(build[key] for key in same), _arguments(build["config_args"]))


def _arguments(config_args: str | None) -> tuple[str, ...] | None:
    """Return the configure arguments that reach the compiled code, free of the install place."""
    if config_args is None:
        return None
    given = shlex.split(config_args)
    prefix = next((word.partition("=")[2] for word in given if word.startswith("--prefix=")), "")
    kept = (word for word in given if not word.startswith((*NOT_COMPILED_IN, "--disable-gil")))
    return tuple(
        sorted(w.replace(prefix, "PREFIX") if prefix else w for w in kept if w != UNUSED_JIT)
    )


def twin_note(one: Build, other: Build) -> str | None:
    """Return in what, besides the GIL, two twins still differ."""
    if one["jit"]["available"] == other["jit"]["available"]:
        return None
    return "one of the twins has a JIT compiled in; it is off"


def named_targets(found: Iterable[Found], named: Mapping[str, Found]) -> list[Target]:
    """Give every build its name and its twin.

    Where two builds claim one short name, the twin of a free-threaded (or of the ordinary) build
    comes first, then one optimised by profile, then the highest patch. The others are spares and
    carry their full version. A name given by the user always stands, and such a build has no other.
    """
    taken = {each.python for each in named.values()}
    rest = [each for each in found if each.python not in taken]
    paired = _paired([*rest, *named.values()])
    rest.sort(key=lambda each: _rank(each, paired), reverse=True)
    targets = [Target(name, each.python, each.build) for name, each in named.items()]
    used = set(named)
    for each in rest:
        name, spare = _free_name(each.build, used)
        used.add(name)
        targets.append(Target(name, each.python, each.build, spare=spare))
    targets.sort(key=_listing_order)
    return _with_twins(targets)


def _paired(builds: Sequence[Found]) -> set[tuple[Any, ...]]:
    """Return the twin keys that occur both with and without the GIL."""
    kinds: dict[tuple[Any, ...], set[bool]] = defaultdict(set)
    for each in builds:
        if key := twin_key(each.build):
            kinds[key].add(each.build["free_threaded"])
    return {key for key, both in kinds.items() if len(both) == 2}


def _rank(each: Found, paired: set[tuple[Any, ...]]) -> tuple[Any, ...]:
    key = twin_key(each.build)
    # Unknown (a distribution's build) lies between optimised and not. The twin key comes before
    # the path, so that of two equal pairs both halves of the same pair win.
    pgo = {True: 2, None: 1, False: 0}[each.build["pgo"]]
    return (key in paired, pgo, age(each.build), repr(key), str(each.python))


def _free_name(build: Build, used: set[str]) -> tuple[str, bool]:
    if (name := short_name(build)) not in used:
        return name, False
    full, number = full_name(build), 1
    name = full
    while name in used:
        number += 1
        name = f"{full}-{number}"
    return name, True


def _listing_order(target: Target) -> tuple[Any, ...]:
    build = target.build
    numbers = tuple(build["version_info"][:2])
    return (build["implementation"], numbers, target.spare, build["free_threaded"], target.name)


def _with_twins(targets: list[Target]) -> list[Target]:
    """Fill in the twins; the list is sorted so that spares are the second choice."""
    by_kind: dict[tuple[Any, bool], str] = {}
    for each in sorted(targets, key=lambda target: target.spare):
        if key := twin_key(each.build):
            by_kind.setdefault((key, each.build["free_threaded"]), each.name)
    return [
        Target(
            each.name,
            each.python,
            each.build,
            twin=by_kind.get((twin_key(each.build), not each.build["free_threaded"])),
            spare=each.spare,
        )
        for each in targets
    ]
