"""uv: where it is, how it is called, and its errors in one line."""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from harness.process import supervisor
from harness.process.outcome import Outcome
from harness.process.supervisor import MARKER

SECONDS = 600  # a slow connection fetching an interpreter or a large wheel
# What a caller's shell says about its own environment must not reach a target's.
_FOREIGN = re.compile(r"(PYTHON|VIRTUAL_ENV|CONDA_|UV_PROJECT).*|UV_PYTHON|UV_SYSTEM_PYTHON")


class Unavailable(Exception):
    """A target cannot be used now; the text is one line and says what to do about it."""


def binary() -> Path:
    """Return uv's executable: the one installed with gilscope, else one on PATH."""
    beside = Path(sys.executable).with_name("uv")
    if beside.is_file():
        return beside
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin())
    except (ImportError, FileNotFoundError):
        pass
    if on_path := shutil.which("uv"):
        return Path(on_path)
    raise Unavailable("uv is not installed; `pip install uv` installs it")


def run(*words: str | Path, library_path: str | None = None, downloads: str = "never") -> Outcome:
    """Run uv where no one else's settings apply.

    uv obeys the uv.toml and the pyproject.toml of its folder and of those above it, and anyone can
    write into the shared temporary folder: it runs in an empty one and reads no such file.
    """
    environ = {key: text for key, text in os.environ.items() if not _FOREIGN.fullmatch(key)}
    # An interpreter is a thing under test: only `gilscope install-pythons` may fetch one.
    environ |= {"UV_PYTHON_DOWNLOADS": downloads, "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
    environ |= {"LD_LIBRARY_PATH": library_path} if library_path else {}
    environ[MARKER] = f"uv-{os.getpid()}"
    command = [str(binary()), "--no-config", *(str(word) for word in words)]
    with tempfile.TemporaryDirectory(prefix="gilscope-uv-", ignore_cleanup_errors=True) as folder:
        return supervisor.run(command, environ=environ, folder=Path(folder), timeout=SECONDS)


def complaint(outcome: Outcome) -> str:
    """Return why a program failed, in one line without addresses."""
    if outcome.timed_out:
        return f"no end after {outcome.seconds:.0f} s"
    # uv draws its chain of causes as a tree of box characters, wrapped at some width.
    plain = " ".join(re.sub(r"[^\x20-\x7e]", " ", outcome.stderr.text).split())
    plain = re.sub(r"[`(]?\b(https?|file)://[^\s)`]+[`)]?", "<address>", plain)
    # The sentence about versions or else the innermost cause; hints are for uv's own users.
    found = re.search(r"Because .*", plain.partition(" hint: ")[0])
    cause = found[0] if found else plain.rpartition("cause: ")[2]
    return cause.rstrip(".")[-400:] or f"exit status {outcome.code}, nothing printed"


def is_offline(outcome: Outcome) -> bool:
    """Tell whether a failure looks like a missing connection."""
    signs = r"dns|connect|network|timed out|timeout|fetch|unreachable|temporary failure|offline"
    return re.search(signs, outcome.stderr.text, re.IGNORECASE) is not None
