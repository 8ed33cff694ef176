"""Take what identifies a person out of a record before it is hashed and stored.

Paths are taken out of every text. Host and user name are ordinary words for some people: they are
taken out of what is free text and out of paths, never out of the words of the format itself, or a
computer called ``values`` would lose every one. No key of the format is ever touched.
"""

import getpass
import platform
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import harness

# Keys whose texts, and whatever lies below, people or programs wrote in words of their own.
FREE = frozenset(
    {"reason", "traceback", "why", "text", "source", "question", "stdout", "stderr", "path"}
    | {"skipped", "unavailable", "missing", "probes", "command", "description"}
    | {"config_args", "cflags", "compiler", "python_executable"}
    | {"python_config_args", "python_cflags", "python_compiler"}
)
# Keys whose texts are no text: of numbers in base64 not a letter may change.
ENCODED = frozenset({"data", "key", "digest", "trial", "plan"})
# Objects whose keys are not the format's but data, and may be called anything.
DATA = frozenset({"params", "env", "observed"})
# Objects whose keys are levels of a factor, by which other parts of a record refer to them.
LEVELS = frozenset({"targets"})


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

    def text(value: str, *, free: bool) -> str:
        value = paths.sub(lambda match: table[match[0]], _unicode(value))
        if free:
            return names.sub("<name>", value)
        return _PATH.sub(lambda match: names.sub("<name>", match[0]), value)

    def scrub(value: Any, key: str = "", *, free: bool = True) -> Any:
        if isinstance(value, str):
            return value if key in ENCODED else text(value, free=free)
        if isinstance(value, dict):
            rename = str if key in LEVELS else lambda name: text(name, free=False)
            known = {name: "" if key in DATA else name for name in value}
            made = {
                name: scrub(item, known[name], free=free or known[name] in FREE)
                for name, item in value.items()
            }
            return _renamed(made, rename)
        if isinstance(value, list | tuple):
            return [scrub(item, key, free=free) for item in value]
        return value

    def whole(value: Any) -> Any:
        # A text by itself is a reason; an object says by its keys what its texts are.
        return scrub(value, free=isinstance(value, str))

    return whole


# A word that is a path, and nothing of the format is: one with a slash and more behind it.
_PATH = re.compile(r"[^\s\"'=:,]*[/\\][^\s\"'=:,]+")


def _renamed(value: dict[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    """Return ``value`` with its keys renamed, but for one that would take another's place."""
    made: dict[str, Any] = {}
    for name, item in value.items():
        new = rename(name) if "/" in name or "\\" in name else name
        made[name if new in made or new in value else new] = item
    return made


def _unicode(value: str) -> str:
    """Return a text as one that can be stored: half of a surrogate pair is written out."""
    return value.encode(errors="backslashreplace").decode()


def _temporary() -> str:
    return tempfile.gettempdir()


def _names() -> re.Pattern[str]:
    """Return a pattern of host and user name, where they are long enough to be no common word."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    ordinary = {"root", "user", "admin", "runner", "ubuntu", "debian", "localhost", "python"}
    found = {name for name in (platform.node(), user) if len(name) > 3 and name not in ordinary}
    if not found:
        return re.compile(r"(?!)")  # which is nowhere
    return re.compile(
        r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, sorted(found))) + r")(?![A-Za-z0-9])"
    )
