"""Squares, with a line in a file for every call: who did what.

Lines are appended in one write each, so they are whole and in order across processes.
"""

import asyncio
import os
import threading

PARAMS = {"items": 5, "log": ""}


def make_items(items, log):
    """Return small handles."""
    return [(log, number) for number in range(items)]


def setup(items, log):
    """Note which worker has been set up."""
    _note(log, "setup", "")


def task(item):
    """Square."""
    log, number = item
    _note(log, "task", number)
    return number * number


async def task_async(item):
    """Square, letting the other coroutines go first."""
    log, number = item
    _note(log, "task", number)
    await asyncio.sleep(0)
    return number * number


def check(results, items, log):
    """Expect the squares in order."""
    assert results == [number * number for number in range(items)], f"got {results}"


def observe(results):
    """Return the sum."""
    return {"sum": sum(results)}


def units(items, log):
    """Count items twice, to tell it from the default."""
    return 2 * items


def _note(log, what, number):
    try:
        coroutine = id(asyncio.current_task())
    except RuntimeError:
        coroutine = 0
    line = f"{what} {os.getpid()}-{threading.get_ident()}-{coroutine} {number}\n"
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode())
    os.close(file)
