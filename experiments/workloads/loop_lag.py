"""Measure how late the timers of an event loop are beside a thread that does other work.

A loop that waits for a timer has let the GIL go, and calls back when it has it again. What it
shares a process with decides when: Python code gives the GIL up after the switch interval, a C
function that releases it does so at once, and one that keeps it does so at the end of its call.
Expect with one hog and the default interval of 5 ms: threads about 5 ms late beside `python`,
hardly late beside `sha256`, late by most of a call (some 10 ms) beside `regex`, all of it with a
GIL; processes, sub-interpreters and builds without a GIL hardly late beside any of them.
Trap: `asyncio.to_thread` does not help against the first and the last: the thread is another,
the GIL is the same. And "hardly late" is half a millisecond: a selector's timeout is rounded up
to a whole one.
"""

from __future__ import annotations

import collections
import hashlib
import random
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any

PARAMS = {"probes": 1, "hogs": 1, "work": "python", "slots": 300}
ROLES = {"probe": "probes", "hog": "hogs"}

PERIOD = 0.002  # seconds between timers
STEPS = 1000  # of Python code between two looks, some 50 microseconds
BUFFER = bytes(range(256)) * 16_384  # 4 MiB, hashed in some 3 ms (30 ms without SHA instructions)
WORDS = random.Random(7).choices(("singing", "walked", "sea", "quickly", "tree"), k=40_000)
TEXT = " ".join(WORDS)  # about 250 KiB, searched in some 10 ms
PATTERN = re.compile(r"[a-z]ing\b")


def make_items(probes: int, hogs: int, work: str, slots: int) -> list[dict[str, Any]]:
    """Return the members. Untimed."""
    return [
        *({"role": "probe", "number": number, "slots": slots} for number in range(probes)),
        *({"role": "hog", "number": number, "work": work} for number in range(hogs)),
    ]


def probe(item: dict[str, Any], stage: Any) -> dict[str, Any]:
    """Run an event loop with a timer every period; return how late the timers were."""
    # Imported here, where a loop runs: every other member would load it for nothing.
    import asyncio

    return asyncio.run(ticks(item["slots"], stage))


async def ticks(slots: int, stage: Any) -> dict[str, Any]:
    """Set a timer for every slot that has not passed; count those that have."""
    import asyncio

    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    missed = 0
    stage.running()
    while not stage.measuring():
        await tick(loop, loop.time() + PERIOD)
    start = loop.time() + PERIOD
    for slot in range(slots):
        due = start + slot * PERIOD
        if due < loop.time():
            missed += 1
        else:
            latencies.append(await tick(loop, due))
    stage.finished()
    while not stage.over():
        await tick(loop, loop.time() + PERIOD)
    return {"missed": missed, "latencies": latencies}


async def tick(loop: asyncio.AbstractEventLoop, due: float) -> float:
    """Wait until ``due``; return how much later the loop called back."""
    called = loop.create_future()
    loop.call_at(due, lambda: called.set_result(loop.time() - due))
    late = await called
    return max(late, 0.0)  # a loop may call a tick of its clock early


def hog(item: dict[str, Any], stage: Any) -> dict[str, Any]:
    """Work until it is over; return what the last call found, and how many calls there were."""
    work = {"python": python, "sha256": sha256, "regex": regex}[item["work"]]
    answer: int | str = 1 + item["number"]
    calls = 0
    stage.running()
    while not stage.over():
        answer = work(answer)
        calls += 1
    return {"answer": answer, "calls": calls}


def python(state: Any) -> int:
    """Iterate a generator: bytecode, which can be interrupted."""
    for _ in range(STEPS):
        state = state * 48271 % 2147483647
    return state


def sha256(_: Any) -> str:
    """Hash a large buffer: C code that lets the GIL go."""
    return hashlib.sha256(BUFFER).hexdigest()


def regex(_: Any) -> int:
    """Search a text: C code that keeps the GIL for the whole call."""
    return len(PATTERN.findall(TEXT))


def observe(results: list[dict[str, Any]]) -> dict[str, float]:
    """Return the share of slots that were missed."""
    probed = [result for result in results if "missed" in result]
    missed = sum(result["missed"] for result in probed)
    slots = missed + sum(len(result["latencies"]) for result in probed)
    return {"missed_share": missed / slots if slots else 0.0}


def check(
    results: list[dict[str, Any]],
    probes: int,
    hogs: int,
    work: str,
    slots: int,
) -> None:
    """Raise AssertionError unless every slot is accounted for and every hog's answer is right."""
    assert len(results) == probes + hogs, f"{len(results)} members came back"
    for result in results[:probes]:
        counted = result["missed"] + len(result["latencies"])
        assert counted == slots, f"{counted} slots of {slots} are accounted for"
    for number, result in enumerate(results[probes:]):
        expected = answer_of(work, number, result["calls"])
        assert result["calls"] > 0, f"hog {number} did nothing"
        assert result["answer"] == expected, (
            f"hog {number} found {result['answer']}, not {expected}"
        )


def answer_of(work: str, number: int, calls: int) -> int | str:
    """Return what a hog should have found, in another way."""
    if work == "python":
        return lehmer(1 + number, calls * STEPS)
    if work == "regex":
        words = collections.Counter(TEXT.split())
        return sum(count for word, count in words.items() if word.endswith("ing"))
    digest = hashlib.sha256()
    for start in range(0, len(BUFFER), 65_536):
        digest.update(BUFFER[start : start + 65_536])
    return digest.hexdigest()


def lehmer(seed: int, steps: int) -> int:
    """Return the state of the generator after so many steps, all taken at once."""
    return seed * pow(48271, steps, 2147483647) % 2147483647
