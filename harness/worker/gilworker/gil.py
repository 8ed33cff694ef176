"""The effective state of the GIL, and which import switched it on."""

from __future__ import annotations

import sys
import warnings

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from typing import Any

_named: list[str] = []  # texts of the warnings that named a module
_show = warnings.showwarning


def enabled() -> bool:
    """Return whether this interpreter holds a GIL now. Before 3.13, and on PyPy, always."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return True if ask is None else bool(ask())


def watch() -> None:
    """Keep the warning CPython gives when an import switches the GIL on; it names the module."""
    # A filter that hides it would hide the name; one that raises it would break the import.
    warnings.filterwarnings("always", message=".*global interpreter lock", category=RuntimeWarning)
    warnings.showwarning = _keep


def _keep(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    *rest: Any,
) -> None:
    if "global interpreter lock" in str(message) and str(message).count("'") >= 2:
        _named.append(" ".join(str(message).split()))
    _show(message, category, filename, lineno, *rest)


def difference(wanted: bool | None) -> str | None:
    """Return how the state differs from the one asked for, or None; None asks for nothing."""
    state = enabled()
    if wanted is None or state == wanted:
        return None
    # "... has been enabled to load module 'NAME', which has not declared ..."
    said = f": switched on by importing {_named[-1].split(chr(39))[1]}" if _named else ""
    words = {True: "on", False: "off"}
    return f"the GIL is {words[state]}, asked for {words[wanted]}{said}"
