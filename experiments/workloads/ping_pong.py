"""Two threads wake each other in turn: what handing over costs when nothing else is done.

Each item is a match of two. The worker serves and waits on a semaphore, a partner plays back and
waits on another; never do both work. With a GIL every stroke hands over the GIL as well as the
semaphore: the one who is woken must first get it from the one who woke him.
The partner is a thread that ``setup`` makes in every worker, before the clock. Inside the clock
it is told once per item to play, which is a thousandth of the match.
Expect with 2 workers, which is two pairs: with a GIL threads 0.7 to 1 time as fast as
sequential; without one at most 2 times, less on a machine of two cores, where one pair
already keeps two of them half busy; processes 1 to 2 times.
Trap: nothing is computed. The time is that of sleeping and waking, so it depends on the
operating system's scheduler, on whether the two share a core, and on how deep an idle one sleeps.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

PARAMS = {"items": 8, "rounds": 300}

PRIME = 2**31 - 1

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, ThreadPoolExecutor] = {}


def make_items(items: int, rounds: int) -> list[tuple[int, int]]:
    """Return matches (first value of the ball, rounds). Untimed."""
    return [(index, rounds) for index in range(items)]


class Match:
    """A ball, and a semaphore on either side of it."""

    def __init__(self, ball: int) -> None:
        self.ball = ball
        self.serve = threading.Semaphore(0)
        self.back = threading.Semaphore(0)


def setup(items: int, rounds: int) -> None:  # noqa: ARG001 - called with every parameter
    """Start this worker's partner. Untimed."""
    partner = ThreadPoolExecutor(1)
    _own[threading.get_ident()] = partner
    partner.submit(int).result()  # the executor starts its thread with the first job


def play_back(match: Match, rounds: int) -> None:
    """Double the ball whenever it is served."""
    for _ in range(rounds):
        match.serve.acquire()
        match.ball = match.ball * 2 % PRIME
        match.back.release()


def task(piece: tuple[int, int]) -> int:
    """Add one to the ball and serve it, so many times; return what became of it. Timed."""
    ball, rounds = piece
    match = Match(ball)
    partner = _own[threading.get_ident()].submit(play_back, match, rounds)
    for _ in range(rounds):
        match.ball += 1
        match.serve.release()
        match.back.acquire()
    partner.result()
    return match.ball


def units(items: int, rounds: int) -> int:
    """Return how many rounds, of two hand-overs each, a pass has."""
    return items * rounds


def check(results: list[int], items: int, rounds: int) -> None:
    """Raise AssertionError unless the two took strict turns: the closed form of x -> 2 (x + 1)."""
    power = pow(2, rounds, PRIME)
    answer = [(power * index + 2 * (power - 1)) % PRIME for index in range(items)]
    assert results == answer, f"expected {answer[:4]}, got {results[:4]}"
