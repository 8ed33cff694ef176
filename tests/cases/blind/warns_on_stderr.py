"""Logs every step to the standard error stream, as logging does by default."""

import logging

PARAMS = {"items": 4, "steps": 100}
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger("steps")


def make_items(items, steps):
    return [steps] * items


def task(steps):
    total = 0
    for step in range(steps):
        log.info("step %06d", step)
        total += sum(range(2_000))
    return total


def check(results, items, steps):
    assert results == [steps * 1_999_000] * items
