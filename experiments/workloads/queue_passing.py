"""Pass messages from one thread to another through a queue: locks, conditions and hand-overs.

Each item is one producer and one consumer. The worker consumes; the producer is a thread that
``setup`` makes in every worker, before the clock, and is told once per item to produce.
With a GIL the two can only take turns, and a consumer that finds nothing gives the GIL away.
``kind`` is the class of ``queue``: ``Queue`` is Python code with a lock and three conditions,
``SimpleQueue`` is one C object.
Expect with 2 workers, which is two pairs: with a GIL threads about 1 time as fast as sequential;
without one up to 2 times, less on a machine of two cores; ``SimpleQueue`` many times as
fast as ``Queue`` everywhere.
Trap: the queue has no bound, so a producer that is never stopped runs far ahead and hardly a
hand-over happens. A bounded queue would be slower, and would measure its bound.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

PARAMS = {"items": 8, "messages": 8_000, "kind": "Queue"}

KINDS = ("Queue", "SimpleQueue")

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, ThreadPoolExecutor] = {}


def make_items(items: int, messages: int, kind: str) -> list[tuple[int, int, str]]:
    """Return pieces (first message, messages, class of the queue). Untimed."""
    return [(index, messages, kind) for index in range(items)]


def setup(items: int, messages: int, kind: str) -> None:  # noqa: ARG001
    """Start this worker's producer. Untimed."""
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    producer = ThreadPoolExecutor(1)
    _own[threading.get_ident()] = producer
    producer.submit(int).result()  # the executor starts its thread with the first job


def produce(channel: queue.Queue[int], first: int, messages: int) -> None:
    """Put numbers from ``first`` on into the channel."""
    put = channel.put
    for number in range(first, first + messages):
        put(number)


def task(piece: tuple[int, int, str]) -> int:
    """Return the sum of every message times the place at which it arrived. Timed."""
    first, messages, kind = piece
    channel = getattr(queue, kind)()
    producer = _own[threading.get_ident()].submit(produce, channel, first, messages)
    get = channel.get
    total = 0
    for place in range(messages):
        total += place * get()
    producer.result()
    return total


def units(items: int, messages: int, kind: str) -> int:  # noqa: ARG001
    """Return how many messages a pass passes."""
    return items * messages


def check(results: list[int], items: int, messages: int, kind: str) -> None:  # noqa: ARG001
    """Raise AssertionError unless all messages arrived in order: the closed form of the sum."""
    places = messages * (messages - 1) // 2
    squares = messages * (messages - 1) * (2 * messages - 1) // 6
    answer = [index * places + squares for index in range(items)]
    assert results == answer, f"expected {answer[:4]}, got {results[:4]}"
