"""Search a long text with a regular expression: C code that keeps the GIL for a whole call.

``re.findall`` neither releases the GIL nor looks at the request for it: other threads wait for
the call's end, here some 15 ms, however short the switch interval is.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: total time does not show the harm. An event loop or a server in the same process stands
still for the length of the call, not for 5 ms.
"""

from __future__ import annotations

import collections
import functools
import random
import re
import threading

PARAMS = {"items": 8, "kibibytes": 1024, "seed": 7}
CPU_BOUND = True

ENDINGS = ("ing", "ed", "er", "ly", "es", "al", "on", "ic")

# By thread and not in a thread-local, which a sub-interpreter forgets between two calls.
_own: dict[int, tuple[str, dict[str, re.Pattern[str]]]] = {}


def make_items(items: int, kibibytes: int, seed: int) -> list[str]:  # noqa: ARG001
    """Return the word endings to look for; the text comes from ``setup``. Untimed."""
    return [ENDINGS[index % len(ENDINGS)] for index in range(items)]


def setup(items: int, kibibytes: int, seed: int) -> None:  # noqa: ARG001
    """Make this worker's text and compile its patterns. Untimed."""
    patterns = {ending: re.compile("[a-z]" + ending + r"\b") for ending in ENDINGS}
    _own[threading.get_ident()] = (make_text(kibibytes, seed), patterns)


def make_text(kibibytes: int, seed: int) -> str:
    """Return words of two to six letters with and without an ending, parted by spaces."""
    draw = random.Random(seed)
    stems = ["".join(draw.choices("etaoinshrdlu", k=2 + rank % 5)) for rank in range(200)]
    words = [draw.choice(stems) + draw.choice((*ENDINGS, "")) for _ in range(8192)]
    page = " ".join(words) + " "
    size = kibibytes * 1024
    return (page * (size // len(page) + 1))[:size]


def task(ending: str) -> int:
    """Return how many words have the ending after at least one other letter. Timed."""
    text, patterns = _own[threading.get_ident()]
    return len(patterns[ending].findall(text))


def units(items: int, kibibytes: int, seed: int) -> float:  # noqa: ARG001
    """Return how many MiB a pass searches."""
    return items * kibibytes / 1024


def check(results: list[int], items: int, kibibytes: int, seed: int) -> None:
    """Raise AssertionError unless splitting the text and comparing ends finds as many words."""
    counts = expected(kibibytes, seed)
    answer = [counts[ending] for ending in make_items(items, kibibytes, seed)]
    assert results == answer, f"expected counts {answer[:8]}, got {results[:8]}"


@functools.lru_cache(maxsize=1)
def expected(kibibytes: int, seed: int) -> dict[str, int]:
    """Return, for every ending, the number of words that have it."""
    words = collections.Counter(make_text(kibibytes, seed).split())
    return {
        ending: sum(words[word] for word in words if word.endswith(ending) and word != ending)
        for ending in ENDINGS
    }
