"""Take what identifies a person out of a record before it is hashed and stored."""

import getpass
import platform
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import harness


def scrubber(extra: Sequence[tuple[str, str]] = ()) -> Callable[[Any], Any]:
    """Return a function that replaces home paths, host and user names in any JSON value.

    Parameters
    ----------
    extra : sequence of (found, replacement)
        Further texts to replace, such as the trial's own temporary folder.
    """
    project = str(Path(harness.__file__).resolve().parent.parent)
    pairs = [*extra, (project, "<gilscope>"), (str(Path.home()), "~"), (_temporary(), "<tmp>")]
    # The longest first: a project below the home folder is the project, not the home.
    ordered = sorted((p for p in pairs if len(p[0]) > 1), key=lambda pair: -len(pair[0]))
    table = dict(ordered)
    paths = re.compile("|".join(f"{re.escape(found)}(?![A-Za-z0-9_-])" for found, _ in ordered))
    names = _names()

    def text(value: str) -> str:
        value = paths.sub(lambda match: table[match[0]], value)
        return names.sub("<name>", value) if names else value

    def scrub(value: Any) -> Any:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, dict):
            return {text(key): scrub(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [scrub(item) for item in value]
        return value

    return scrub


def _temporary() -> str:
    return tempfile.gettempdir()


def _names() -> re.Pattern[str] | None:
    """Return a pattern of host and user name, where they are long enough to be no common word."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    ordinary = {"root", "user", "admin", "runner", "ubuntu", "debian", "localhost", "python"}
    found = {name for name in (platform.node(), user) if len(name) > 3 and name not in ordinary}
    if not found:
        return None
    return re.compile(
        r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, sorted(found))) + r")(?![A-Za-z0-9])"
    )
