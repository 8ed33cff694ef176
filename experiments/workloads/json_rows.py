"""Write rows as JSON and read them again: C code that makes Python objects, and keeps the GIL.

What makes or reads Python objects cannot release the GIL, however much of it is C. This is the
CPU part of many a web service.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.5 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: between bytecodes other threads get their turn, but a call to ``dumps`` or ``loads`` is one
bytecode. It is not interrupted, and a probe beside it waits for its end.
"""

from __future__ import annotations

import json
import threading

PARAMS = {"items": 16, "rows": 4_000}

CPU_BOUND = True

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, list[dict[str, object]]] = {}


def make_items(items: int, rows: int) -> list[int]:  # noqa: ARG001 - gets every parameter
    """Return numbers to be put at the head of each document. Untimed."""
    return list(range(items))


def setup(items: int, rows: int) -> None:  # noqa: ARG001 - called with every parameter
    """Make this worker's rows. Untimed."""
    _own[threading.get_ident()] = [
        {"id": row, "name": f"user {row:07d}", "active": row % 2 == 0, "score": row / 4, "tags": []}
        for row in range(rows)
    ]


def task(number: int) -> tuple[int, int, int, float]:
    """Return the document's number, its length, and two sums of what was read back. Timed."""
    text = json.dumps({"document": number, "rows": _own[threading.get_ident()]})
    back = json.loads(text)
    rows = back["rows"]
    return (
        back["document"],
        len(text),
        sum(row["id"] for row in rows if row["active"]),
        sum(row["score"] for row in rows),
    )


def units(items: int, rows: int) -> int:
    """Return how many rows a pass writes and reads."""
    return items * rows


def check(results: list[tuple[int, int, int, float]], items: int, rows: int) -> None:
    """Raise AssertionError unless lengths are those of hand-made text and sums the closed form."""
    active = (rows + 1) // 2
    length = len(", ".join(by_hand(row) for row in range(rows)))
    expected = [
        (
            number,
            len(f'{{"document": {number}, "rows": []}}') + length,
            active * (active - 1),
            rows * (rows - 1) / 8,
        )
        for number in range(items)
    ]
    assert [tuple(result) for result in results] == expected, f"documents differ: {results[:2]}"


def by_hand(row: int) -> str:
    """Return a row's JSON, written without the module."""
    active = "false" if row % 2 else "true"
    score = f'"score": {row // 4}.{("0", "25", "5", "75")[row % 4]}'
    return f'{{"id": {row}, "name": "user {row:07d}", "active": {active}, {score}, "tags": []}}'
