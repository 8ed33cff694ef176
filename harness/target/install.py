"""Bring a matched pair of builds, with and without the GIL, by uv."""

from collections.abc import Callable

from harness.errors import GilscopeError
from harness.target.by_uv import Unavailable, complaint, run

FREE_THREADED = ("3.14", "3.14t")
_OTHER_WAYS = (
    "another network: run this again where it can be reached",
    "a mirror: UV_PYTHON_INSTALL_MIRROR=<address or file:///folder> gilscope install-pythons",
    "your system's packages: python3.14-nogil (Debian), python3.14-freethreading (Fedora)",
    "pyenv: pyenv install 3.14 3.14t",
    "builds of your own: gilscope run --target cpython-3.14=/path/python3.14 "
    "--target cpython-3.14t=/path/python3.14t",
)


def install_free_threaded(log: Callable[[str], object] = print) -> None:
    """Install a matched pair of builds, with and without the GIL.

    Raises GilscopeError, which lists the other ways to one.
    """
    command = f"uv python install {' '.join(FREE_THREADED)}"
    log(f"{command} ...")
    try:
        # No link in the user's bin folder: these builds are for measuring, and found without.
        options = ("python", "install", "--no-bin", *FREE_THREADED)
        outcome = run(*options, downloads="manual")
    except Unavailable as problem:
        raise _failed(command, str(problem)) from None
    if outcome.code != 0:
        raise _failed(command, complaint(outcome))
    log("Installed. `gilscope targets` lists the interpreters.")


def _failed(command: str, problem: str) -> GilscopeError:
    ways = "".join(f"\n  - {way}" for way in _OTHER_WAYS)
    hint = f"Each of these installs a free-threaded build:{ways}"
    return GilscopeError(problem, where=command, hint=hint)
