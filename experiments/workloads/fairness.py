"""Let several members compute for the same time: who gets how much of it, and who waits longest.

With a GIL, threads that compute take turns of at least a switch interval, and whose turn comes
next is left to the operating system: a thread may wait for several others, or be passed over.
Expect with 4 spinners: threads share evenly in the long run (Jain's index near 1), with gaps of
15 ms and more, three times the default interval, with a GIL; without one, and in processes and
sub-interpreters, the operating system's scheduler alone decides, whose turns are shorter.
Trap: the seconds of a pass are its length and not a result; look at what was observed. With more
spinners than cores nobody is free of gaps: they are then the operating system's.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAMS = {"spinners": 4, "seconds": 0.5}
ROLES = {"spinner": "spinners"}

STEPS = 200  # between two looks at the clock: some 10 microseconds, far below any turn


def make_items(spinners: int, seconds: float) -> list[dict[str, Any]]:
    """Return the members. Untimed."""
    return [{"role": "spinner", "number": number, "seconds": seconds} for number in range(spinners)]


def spinner(item: dict[str, Any], stage: Any) -> dict[str, Any]:
    """Compute for a fixed time; return what was done in it and the longest time nothing was."""
    clock = time.perf_counter
    state = 1 + item["number"]
    total = within = 0
    longest = 0.0
    stage.running()
    while not stage.measuring():
        state = spin(state)
        total += STEPS
    last = clock()
    until = last + item["seconds"]
    while last < until:
        state = spin(state)
        within += STEPS
        now = clock()
        longest = max(longest, now - last)
        last = now
    stage.finished()
    total += within
    while not stage.over():  # the others are still being measured
        state = spin(state)
        total += STEPS
    return {"state": state, "total": total, "within": within, "longest": longest}


def spin(state: int) -> int:
    """Return the generator's state after STEPS more. Literals: a global would be shared."""
    for _ in range(STEPS):
        state = state * 48271 % 2147483647
    return state


def observe(results: list[dict[str, Any]]) -> dict[str, float]:
    """Return Jain's index (1: equal shares, 1/n: one has it all) and the longest gap in seconds."""
    shares = [result["within"] for result in results]
    squares = sum(share * share for share in shares)
    return {
        "jain": sum(shares) ** 2 / (len(shares) * squares),
        "longest_gap": max(result["longest"] for result in results),
        "steps": sum(shares),
    }


def check(results: list[dict[str, Any]], spinners: int, seconds: float) -> None:  # noqa: ARG001
    """Raise AssertionError unless every state is the one that so many steps lead to."""
    assert len(results) == spinners, f"{len(results)} members came back"
    for number, result in enumerate(results):
        expected = lehmer(1 + number, result["total"])
        assert result["state"] == expected, f"spinner {number} ended in another state"
        assert 0 < result["within"] <= result["total"], f"spinner {number} counted wrongly"


def lehmer(seed: int, steps: int) -> int:
    """Return the state of the generator after so many steps, all taken at once."""
    return seed * pow(48271, steps, 2147483647) % 2147483647
