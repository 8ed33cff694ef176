"""Processes started afresh: each is a new interpreter and imports everything itself."""

from __future__ import annotations

from functools import partial

from gilworker import processpool

TASK = "task"
COPIES = True  # workers get copies of the items
# Named, because the platform's default differs between interpreters (3.14 changed it).
START_METHOD = "spawn"
ENGINE = processpool.ENGINE

unavailable = partial(processpool.unavailable, START_METHOD)
pool = partial(processpool.pool, START_METHOD)
