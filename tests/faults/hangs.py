"""Never ends, and ignores SIGTERM."""

import signal
import threading
import time

PARAMS = {"items": 4}


def make_items(items):
    """Return the items' handles."""
    return list(range(items))


def task(item):
    """Misbehave."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


def check(results, items):
    """Expect the squares."""
    assert results == [item * item for item in range(items)], f"got {results}"
