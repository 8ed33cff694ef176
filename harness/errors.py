"""The one exception a user sees: where, what, and the cure."""

import difflib
from collections.abc import Iterable


class GilscopeError(Exception):
    """A problem the user can fix; the command line prints it without a traceback and exits with 2.

    Parameters
    ----------
    what : str
        What is wrong, quoting the offending value.
    where : str
        File and line, option, or folder it was found in.
    hint : str
        What to do about it.
    """

    def __init__(self, what: str, *, where: str, hint: str) -> None:
        super().__init__(f"{where}: {what}\n  {hint}")
        self.what = what
        self.where = where
        self.hint = hint


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return ``; did you mean 'NAME'?`` for the nearest of ``known``, or nothing."""
    near = difflib.get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
