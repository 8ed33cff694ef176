"""The last line of the tests: what this machine could not test, and what brings it."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

# `make test` runs pytest twice: this file carries what the first skipped into the second's line.
CARRIED = "GILSCOPE_UNTESTED"
NAMED = 'make test TARGETS="NAME=PATH ..."'
# What a reason for a skip says, what is missing then, and what brings it; the first fit counts.
MISSING = (
    (r"Chromium", "no Chromium", "apt-get install chromium"),
    (r"free-threaded|the GIL|the pair", "no free-threaded twins", f"make pythons, or {NAMED}"),
    (r"needs (CPython 3\.\d+) or newer", r"no \1", f"make pythons, or {NAMED}"),
    (r"(?:none of )?(\S.*) (?:is|are) on this machine|(\S+) is not on", r"no \1\2", NAMED),
    (r"Python older than 3\.9", "no Python older than 3.9", "uv python install 3.8"),
    (r"headers", "no interpreter with headers", NAMED),
    (r"only root|may not mount", "not root", "sudo make test"),
    (r"may read everything", "root", "make test as another user"),
)
INTERPRETER = re.compile(r"\b(cpython|pypy)-\d[\w.]*")


def wanting(skipped: Iterable[tuple[str, str]], passed: Iterable[str]) -> list[str]:
    """Return why tests were skipped; not of those that passed on another interpreter."""
    done = {INTERPRETER.sub("*", each) for each in passed}
    return [reason for test, reason in skipped if INTERPRETER.sub("*", test) not in done]


def line(reasons: Iterable[str]) -> str:
    """Return one line: what is missing, for how many tests, and the command that brings it."""
    counted = Counter(_missing(each) for each in reasons)
    parts = [
        f"{what} ({count} {'test' if count == 1 else 'tests'}{f'; {cure}' if cure else ''})"
        for (what, cure), count in counted.most_common()
    ]
    return f"Not tested on this machine: {', '.join(parts) or 'nothing, no test was skipped'}"


def _missing(reason: str) -> tuple[str, str]:
    for pattern, what, cure in MISSING:
        if found := re.search(pattern, reason):
            return found.expand(what), cure
    return reason, ""


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the line after everything else; of parallel tests in the process that leads them."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or hasattr(config, "workerinput") or config.option.collectonly:
        return
    skipped = [(each.nodeid, _reason(each)) for each in terminal.stats.get("skipped", [])]
    reasons = wanting(skipped, [each.nodeid for each in terminal.stats.get("passed", [])])
    carried = Path(os.environ[CARRIED]) if os.environ.get(CARRIED) else None
    if carried and carried.exists() and carried.stat().st_size:
        reasons = [*json.loads(carried.read_text()), *reasons]
    if carried:
        carried.write_text(json.dumps(reasons))
    if carried or reasons:
        terminal.write_line(line(reasons))


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    text = where[2] if isinstance(where, tuple | list) else str(where)
    return text.removeprefix("Skipped: ")
