"""Goes wrong where it is told to: ``where`` is a function, ``how`` what happens in it."""

import os
import signal

PARAMS = {"where": "", "how": "", "item": -1}


class Bad:
    """What no process can send."""

    def __reduce__(self):
        """Refuse."""
        raise TypeError("a Bad stays where it is")


def make_items(where, how, item):
    """Return four handles."""
    _act("make_items", where, how)
    return [(number, where if number == item or item < 0 else "", how) for number in range(4)]


def setup(where, how, item):
    """Go wrong before the first item."""
    _act("setup", where, how)


def task(item):
    """Square, or not."""
    number, where, how = item
    return _act("task", where, how) or number * number


async def task_async(item):
    """Square, or not."""
    return task(item)


def check(results, where, how, item):
    """Expect the squares."""
    _act("check", where, how)
    assert results == [number * number for number in range(4)], f"got {results}"


def observe(results):
    """Return what the last result is, unless it is a number."""
    return {"last": results[-1]}


def _act(here, where, how):
    if here != where:
        return None
    if how == "raise":
        raise ValueError(f"{here} is bad")
    if how == "decline":
        raise NotImplementedError("needs a tide table")
    if how == "decline silently":
        raise NotImplementedError
    if how == "exit":
        raise SystemExit(3)
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "nan":
        return float("nan")
    return Bad() if how == "unpicklable" else -1
