"""The known answers: what is run for each, what is expected, and what is read."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.selftest.readings import (
    Reading,
    Record,
    Row,
    median,
    named,
    of,
    ok,
    readings,
    values,
    version_of,
)

BLOCKED = ("derived", "blocked")
# Far from what a lock costs two threads (0.35 to 0.5) and from the errors of the account (0.02);
# the wait of one worker for the other to finish its last item lies between.
NOT_BLOCKED = 0.1


@dataclass(frozen=True, slots=True)
class Check:
    """One known answer; its experiment is the file of that name in experiments/selftest."""

    experiment: str
    title: str
    expected: str
    read: Callable[[Sequence[Record]], list[Reading]]
    diagnose: bool = False
    analysed: bool = False  # whether it reads what the analysis says, a row per cell
    hogs: bool = False  # whether a program spins on every CPU beside it
    faults: tuple[str, ...] = ("wrong", "error", "timeout")  # ends of a trial that fail it


def _handoffs(records: Sequence[Record]) -> list[Reading]:
    path, found = ("handoffs", "count"), ok(records)
    alone = [*of(found, model="sequential"), *of(found, gil=False, model="threads")]
    together = of(found, model="threads", gil=True)
    return [*readings(together, path, 5, math.inf), *readings(alone, path, 0, 0)]


def _one_thread(records: Sequence[Record]) -> list[Reading]:
    found = ok(records)
    waits = readings(found, ("derived", "run_delay"), 0.1, 1.0, " of the time in the run queue")
    return [*waits, *readings(found, BLOCKED, -NOT_BLOCKED, NOT_BLOCKED, " blocked")]


def _unshared(records: Sequence[Record]) -> list[Reading]:
    return readings(of(ok(records), gil=False), BLOCKED, -NOT_BLOCKED, NOT_BLOCKED, " blocked")


def _knee(records: Sequence[Record]) -> list[Reading]:
    found = of(ok(records), gil=True)
    held = {r["cell"]["target"]: r for r in of(found, workload="sha256_sized@2047")}
    made: list[Reading] = []
    for size in (2048, 2049):
        for record in of(found, workload=f"sha256_sized@{size}"):
            if (below := held.get(record["cell"]["target"])) is not None:
                # Modules/hashlib.h: "at least" until 3.14, "more than" from 3.15 on.
                expected = float(size > 2048 or version_of(record) < (3, 15))
                made.append(_lets_go(record, below, expected))
    return made


def _lets_go(record: Record, below: Record, expected: float) -> Reading:
    """Read 1 where two threads hash beside each other and 0 where they take turns.

    With two CPUs to run on, letting go shows as thousands of hand-offs, some of them waited for.
    With one, as on a busy machine, as threads that wait for the CPU and not for the lock.
    """
    blocked = [median(each, *BLOCKED) or 0.0 for each in (record, below)]
    handoffs = [median(each, "handoffs", "count") or 0.0 for each in (record, below)]
    lets_go = handoffs[0] >= 10 * max(1.0, handoffs[1]) or blocked[0] <= blocked[1] - 0.1
    told = f"hand-offs {handoffs[0]:.0f} (at 2047 bytes {handoffs[1]:.0f})"
    told += f", blocked {blocked[0]:.2f} ({blocked[1]:.2f})"
    return Reading(f"{named(record)}: {told}", float(lets_go), expected, expected, " lets go")


def _convoy(records: Sequence[Record]) -> list[Reading]:
    found = of(ok(records), gil=True)
    wide = of(found, switch_interval=0.005)
    narrow = of(found, switch_interval=0.0005)
    return [*_latencies(wide, 4.5, 7), *_latencies(narrow, 0.4, 1.5)]


def _latencies(records: Sequence[Record], low: float, high: float) -> list[Reading]:
    found = []
    for record in records:
        seconds = sorted(value["seconds"] for value in values(record))
        where = f"{named(record)} switch interval {1e3 * record['cell']['switch_interval']:g} ms"
        median = 1e3 * seconds[len(seconds) // 2]
        found.append(Reading(where, median, low, high, " ms at the median"))
    return found


def _held(records: Sequence[Record]) -> list[Reading]:
    found = []
    for record in of(ok(records), gil=True):
        seen = (record["response"]["diagnostic"] or {}).get("held")
        if seen is not None:
            duty = values(record)[0]["observed"]["duty"]
            where = f"{named(record)}, true share {duty:.3f}"
            found.append(Reading(where, seen["share"], duty - 0.05, duty + 0.05, " held"))
    return found


def _sleeps(records: Sequence[Record]) -> list[Reading]:
    return [
        Reading(named(record), 1e3 * min(v["seconds"] for v in values(record)), 50, 150, " ms")
        for record in ok(records)
    ]


def _lost_updates(records: Sequence[Record]) -> list[Reading]:
    """Read 1 where a lost update was found and 0 where the trial counts as a good one."""
    raced = of(records, gil=False, model="threads")
    return [Reading(named(r), float(r["status"] == "wrong"), 1, 1, " wrong") for r in raced]


def _undeclared(rows: Sequence[Row]) -> list[Reading]:
    """Read 1 where the work is called computing."""
    return [Reading(_cell(row), float(row["cpu_bound"] is True), 1, 1, " computes") for row in rows]


def _idle(rows: Sequence[Row]) -> list[Reading]:
    """Read the share of waiting for the GIL; 0 where the analysis does not speak of it."""
    found = []
    for row in rows:
        if row["model"] == "threads" and row["gil"] is True and math.isfinite(row["blocked"]):
            wait = row["gil_wait"] if math.isfinite(row["gil_wait"]) else 0.0
            low, high = (
                (0.15, 1.0) if row["workload"] == "int_loop" else (-NOT_BLOCKED, NOT_BLOCKED)
            )
            found.append(Reading(_cell(row), wait, low, high, " waiting for the GIL"))
    return found


def _cell(row: Row) -> str:
    return f"{row['workload']} {row['model']} {row['workers']}w {row['target']}"


def _changed(records: Sequence[Record]) -> list[Reading]:
    """Read 1 where the trial is wrong and says why, and 0 where it counts as a good one."""
    why = "task changes its items"
    return [
        Reading(named(r), float(r["status"] == "wrong" and why in str(r["reason"])), 1, 1, " wrong")
        for r in records
        if r["status"] != "skipped"
    ]


CHECKS = (
    Check(
        "handoffs",
        "Two spinners hand the GIL over; one spinner, or two without a GIL, never do",
        "5 or more a value; 0",
        _handoffs,
    ),
    Check(
        "busy",
        "With a CPU hog on every CPU, a single thread waits for a CPU, not for the GIL",
        f"run queue above 0.1; blocked within {NOT_BLOCKED} of 0",
        _one_thread,
        hogs=True,
    ),
    Check(
        "unshared",
        "Without a GIL, threads that share nothing do not block each other",
        f"blocked within {NOT_BLOCKED} of 0",
        _unshared,
    ),
    Check(
        "knee",
        "hashlib releases the GIL from 2 048 bytes on, in CPython 3.15 from 2 049",
        "compared with 2 047 bytes, ten times the hand-offs or 0.1 less blocked, where it does",
        _knee,
    ),
    Check(
        "convoy",
        "Beside one spinner, a reply waits for one switch interval",
        "median within [4.5, 7] ms at 5 ms, within [0.4, 1.5] ms at 0.5 ms",
        _convoy,
    ),
    Check(
        "held",
        "The sampler sees how long the GIL is held",
        "within 0.05 of the share of time for which a C function holds it",
        _held,
        diagnose=True,
    ),
    Check(
        "sleeps",
        "A hundred sleeps of 50 ms overlap in a hundred threads",
        "the quickest pass within [50, 150] ms",
        _sleeps,
    ),
    Check(
        "lost_updates",
        "An update lost to a race counts as a wrong answer, not as a fast one",
        "status wrong",
        _lost_updates,
        faults=("error", "timeout"),
    ),
    Check(
        "undeclared",
        "CPU-bound work is recognised even if it is not declared",
        "computes",
        _undeclared,
        analysed=True,
    ),
    Check(
        "idle",
        "A thread that waits for another lock, or for work, does not wait for the GIL",
        f"above 0.15 for two threads that compute, within {NOT_BLOCKED} of 0 for the others",
        _idle,
        analysed=True,
    ),
    Check(
        "changed_items",
        "A task that changes its items counts as a wrong answer, not as a fast one",
        "status wrong, with the cause",
        _changed,
        faults=("error", "timeout"),
    ),
)
