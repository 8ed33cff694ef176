"""Seven parts of computing to three parts of waiting, declared nowhere."""

import time

PARAMS = {"items": 8, "ms": 12}


def make_items(items, ms):
    return [ms / 1000] * items


def task(seconds):
    end = time.thread_time() + 0.7 * seconds
    rounds = 0
    while time.thread_time() < end:
        rounds += 1
    time.sleep(0.3 * seconds)
    return rounds > 0


def check(results, items, ms):
    assert results == [True] * items
