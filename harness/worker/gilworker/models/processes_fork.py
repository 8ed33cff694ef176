"""Processes forked from this one: they start with a copy of its memory, imports included."""

from __future__ import annotations

from functools import partial

from gilworker import processpool

TASK = "task"
COPIES = True  # workers get copies of the items
# Named, because the platform's default differs between interpreters (3.14 changed it).
START_METHOD = "fork"
ENGINE = processpool.ENGINE

unavailable = partial(processpool.unavailable, START_METHOD)
pool = partial(processpool.pool, START_METHOD)
