"""Processes forked from a clean server process, which is started with the first pool."""

from __future__ import annotations

from functools import partial

from gilworker import processpool

TASK = "task"
COPIES = True  # workers get copies of the items
# Named, because the platform's default differs between interpreters (3.14 changed it).
START_METHOD = "forkserver"
ENGINE = processpool.ENGINE

unavailable = partial(processpool.unavailable, START_METHOD)
pool = partial(processpool.pool, START_METHOD)
