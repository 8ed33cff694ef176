"""Interpreters under test: discover, prepare one environment each, say what they offer.

The whole of this part as other modules see it; the work is done in the files beside this one.
"""

from collections.abc import Sequence
from typing import Any

from harness.target.build import Build, Target, twin_note
from harness.target.by_uv import Unavailable
from harness.target.choose import Missing, check_known, parse_named, require, select, split_arm
from harness.target.environment import (
    Environment,
    known_models,
    known_refusals,
    prepare,
    trial_environ,
)
from harness.target.find import cache_folder, discover
from harness.target.install import install_free_threaded
from harness.target.restrict import restricted

__all__ = [
    "Environment",
    "Missing",
    "Target",
    "Unavailable",
    "cache_folder",
    "check_known",
    "describe",
    "discover",
    "install_free_threaded",
    "known_models",
    "known_refusals",
    "parse_named",
    "prepare",
    "require",
    "restricted",
    "select",
    "split_arm",
    "trial_environ",
]


def describe(
    target: Target, environment: Environment | None, found: Sequence[Target] = ()
) -> dict[str, Any]:
    """Return what there is to say about a target, as plain data.

    Parameters
    ----------
    environment : Environment or None
        Without one, the models are those the target was last seen to offer, if ever.
    found : sequence of Target
        Where its twin is among them, the row says in what else the two differ.
    """
    models = environment.models if environment else known_models(target)
    twin = next((each for each in found if each.name == target.twin), None)
    build = target.build
    pypy = f" (PyPy {build['pypy_version']})" if build["pypy_version"] else ""
    return {
        "name": target.name,
        "path": str(target.python),
        "version": build["version"] + pypy,
        "implementation": build["implementation"],
        "build": build_note(build),
        "facts": dict(build),
        "build_id": target.build_id,
        "env": dict(target.env),
        "gil": target.gil,
        "jit": _jit(target),
        "twin": target.twin,
        "twin_note": twin_note(build, twin.build) if twin else None,
        "spare": target.spare,
        "models": dict(models or {}),
        "packages": dict(environment.packages) if environment else {},
    }


def build_note(build: Build) -> str:
    """Return how a build was made, in a few words: what else than the GIL may set it apart."""
    words = ["free-threaded"] if build["free_threaded"] else []
    words += ["debug"] if build["debug"] else []
    words += [build["optimisation"]] if build["optimisation"] else []
    for key in ("pgo", "lto"):
        state = {True: key.upper(), False: f"no {key.upper()}", None: None}[build[key]]
        words += [state] if state else []
    if build["implementation"] == "cpython" and build["pgo"] is None:
        words.append("PGO and LTO not recorded by its maker")
    words += ["shared library"] if build["shared"] else []
    words += [build["compiler"]] if build["compiler"] else []
    jit = build["jit"]
    words += [f"JIT {'on' if jit['enabled'] else 'off'}"] if jit["available"] else []
    return ", ".join(words)


def _jit(target: Target) -> bool | None:
    """Return whether this arm runs with a JIT; None where the build has none."""
    jit = target.build["jit"]
    if not jit["available"]:
        return None
    return {"0": False, "1": True}.get(target.env.get("PYTHON_JIT", ""), jit["enabled"])
