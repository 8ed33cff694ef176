"""Bring a matched pair of builds, with and without the GIL: what ``make pythons`` runs."""

import sys
from collections.abc import Callable, Sequence

from harness.target.by_uv import Unavailable, complaint, run

FREE_THREADED = ("3.14", "3.14t")


def install_free_threaded(log: Callable[[str], object] = print) -> str | None:
    """Install a matched pair of builds, with and without the GIL; return why not, or None."""
    wanted = " ".join(FREE_THREADED)
    log(f"uv python install {wanted} ...")
    try:
        # No link in the user's bin folder: these builds are for measuring, and found without.
        options = ("python", "install", "--no-bin", *FREE_THREADED)
        outcome = run(*options, downloads="manual")
    except Unavailable as problem:
        return str(problem)
    if outcome.code == 0:
        log("Installed. `gilscope targets` lists the interpreters.")
        return None
    return _instead(f"`uv python install {wanted}` failed: {complaint(outcome)}")


def _instead(problem: str) -> str:
    ways: Sequence[str] = (
        "another network: run this again where it can be reached",
        "a mirror: UV_PYTHON_INSTALL_MIRROR=<address or file:///folder> make pythons",
        "your system's packages: python3.14-nogil (Debian), python3.14-freethreading (Fedora)",
        "pyenv: pyenv install 3.14 3.14t",
        "builds of your own: make run-experiments "
        'TARGETS="cpython-3.14=/path/python3.14 cpython-3.14t=/path/python3.14t"',
    )
    lines = "\n".join(f"  - {way}" for way in ways)
    return f"{problem}\nEach of these installs a free-threaded build:\n{lines}"


def main() -> int:
    """Install, or say what to do instead."""
    problem = install_free_threaded()
    if problem is None:
        return 0
    sys.stderr.write(problem + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
