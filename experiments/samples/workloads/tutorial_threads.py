"""Print a few numbered lines per thread: the body of the classic threading tutorial.

One item is what one thread of the tutorial runs: it prints ``thread-0: 0`` to ``thread-0: 9``.
The GIL has little to do with the outcome. Ten lines take some 20 microseconds, starting a
thread takes several times as long, and a thread is asked to let go of the GIL after 5 ms only;
so nearly always a thread is through before the next has begun, on a free-threaded build too.
Expect: hardly any interleaving, and three threads slower than a loop; with a pause between the
lines (``pause``, in seconds) the threads take turns, and three are up to three times as fast.
Trap: "the output is interleaved" is usually seen where something waits, as a terminal does.
"""

from __future__ import annotations

import time

PARAMS = {"threads": 3, "lines": 10, "pause": 0.0}


def make_items(threads: int, lines: int, pause: float) -> list[tuple[int, int, float]]:
    """Return one body per thread: its number, its lines, its pause. Untimed."""
    return [(number, lines, pause) for number in range(threads)]


def task(body: tuple[int, int, float]) -> tuple[int, list[int]]:
    """Print the lines; return the thread's number and when each line was out. Timed."""
    number, lines, pause = body
    # Stamps of a clock that all threads read alike, and not a shared list or counter: those
    # would have locks of their own and could make the threads take turns.
    printed = []
    for line in range(lines):
        print(f"thread-{number}: {line}")
        printed.append(time.perf_counter_ns())
        if pause:
            time.sleep(pause)
    return number, printed


def observe(results: list[tuple[int, list[int]]]) -> dict[str, float]:
    """Return how often a line was followed by another thread's, and whether threads mixed.

    Threads that run one after another switch once less than there are threads; anything above
    that is interleaving.
    """
    order = sorted((stamp, number) for number, printed in results for stamp in printed)
    switches = sum(order[i][1] != order[i - 1][1] for i in range(1, len(order)))
    return {"switches": switches, "interleaved": float(switches > len(results) - 1)}


def units(threads: int, lines: int, pause: float) -> int:  # noqa: ARG001 - gets every parameter
    """Return how many lines a pass prints."""
    return threads * lines


def check(results: list[tuple[int, list[int]]], threads: int, lines: int, pause: float) -> None:
    """Raise AssertionError unless every thread printed all of its lines, in its order."""
    assert [number for number, _ in results] == list(range(threads)), "threads lost or mixed up"
    for number, printed in results:
        assert len(printed) == lines, f"thread-{number} printed {len(printed)} of {lines} lines"
        gaps = [printed[i] - printed[i - 1] for i in range(1, lines)]
        assert all(gap >= pause * 0.99e9 for gap in gaps), f"thread-{number} did not pause"
