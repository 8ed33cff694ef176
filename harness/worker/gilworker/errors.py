"""Why a trial has no good number: skipped, or failed; and the one line that says so."""

from __future__ import annotations

REASON_LIMIT = 300  # characters: one line of a table
TRACEBACK_LIMIT = 20_000  # characters: records are kept for ever

# What make_items or setup raises to say that the workload cannot run here, and why.
CANNOT = tuple(f"{step} raised NotImplementedError: " for step in ("make_items", "setup"))
# CPython's words when a C extension was never ported to isolated interpreters.
NOT_FOR_INTERPRETERS = "does not support loading in subinterpreters"


class Skipped(Exception):
    """The trial cannot be run here, and that is no failure."""


class Failure(Exception):
    """The trial failed; the text is the reason a reader sees.

    Parameters
    ----------
    reason : str
        One line.
    remote : str or None
        Traceback from a worker that could not send the exception itself.
    """

    def __init__(self, reason: str, remote: str | None = None) -> None:
        super().__init__(reason, remote)  # both, so that it survives pickling
        self.reason = reason
        self.status = "error"
        self.remote = remote

    def __str__(self) -> str:
        return self.reason


def reason_of(what: str, error: BaseException) -> str:
    """Return one line saying how ``what``, a step or a function of the workload, ended."""
    if isinstance(error, Failure):
        return error.reason
    if isinstance(error, SystemExit):
        code = "" if error.code is None else repr(error.code)
        return one_line(f"{what} called sys.exit({code})")
    return one_line(f"{what} raised {type(error).__name__}: {text_of(error)}".rstrip(": "))


def text_of(error: BaseException) -> str:
    """Return the text of an exception; a class of the workload's may raise instead."""
    try:
        return str(error)
    except BaseException as raised:  # noqa: BLE001 - whatever it raises
        return f"(its text raises {type(raised).__name__})"


def skips(reason: str) -> str | None:
    """Return why a trial that ended for ``reason`` counts as skipped, or None if it failed."""
    for start in CANNOT:
        if reason.startswith(start):
            return reason[len(start) :]
    # An extension that was never ported to isolated interpreters cannot be at fault there.
    return reason if NOT_FOR_INTERPRETERS in reason else None


def one_line(text: str) -> str:
    """Return ``text`` without line breaks, cut to the length of a reason."""
    # A lone surrogate is no text: no file could hold it.
    line = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return line if len(line) <= REASON_LIMIT else line[: REASON_LIMIT - 3] + "..."


def traceback_of(error: BaseException) -> str:
    """Return the formatted traceback with its causes, those in other processes included."""
    import traceback  # only a failed trial pays for it

    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    remote = getattr(error, "remote", None)
    return bounded(f"{remote}\n{text}" if remote else text)


def bounded(text: str) -> str:
    """Return ``text`` cut to size, keeping both ends: the cause and the place it surfaced."""
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= TRACEBACK_LIMIT:
        return text
    half = TRACEBACK_LIMIT // 2 - 20
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
