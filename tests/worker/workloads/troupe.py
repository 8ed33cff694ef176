"""A group whose members note what they do, and go wrong where they are told to.

``how`` is a step and what happens in it, for the member called ``who``.
"""

import os
import signal
import time

PARAMS = {"probes": 2, "loads": 1, "log": "", "who": "", "how": "", "slots": 12}
ROLES = {"probe": "probes", "load": "loads"}
PERIOD = 0.004

EXACT = (0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 0.0, 3.0)


def make_items(*, probes, loads, log, who, how, slots):
    """Return the members."""
    counts = {"probe": probes, "load": loads}
    return [
        {
            "role": role,
            "number": number,
            "log": log,
            "how": how if f"{role} {number}" == who else "",
            "slots": slots,
        }
        for role, count in counts.items()
        for number in range(count)
    ]


def probe(item, stage):
    """Measure nothing for a while; return latencies that are hard to keep."""
    if item["how"].startswith("paced"):
        return paced(item, stage)
    begin(item, stage)
    while not stage.measuring():
        time.sleep(0.001)
    note(item, "measure")
    time.sleep(0.02 * item["number"])
    note(item, "finish")
    stage.finished()
    while not stage.over():
        time.sleep(0.001)
    note(item, "stop")
    return {"latencies": [*EXACT, 1.0 + item["number"]], "missed": 2 + item["number"]}


def paced(item, stage):
    """Measure calls of two and a half periods, or of none."""
    begin(item, stage)
    seconds = 2.5 * PERIOD if item["how"] == "paced slow" else 0
    latencies, missed = stage.paced(lambda: time.sleep(seconds), PERIOD, item["slots"])
    return {"latencies": latencies, "missed": missed}


def load(item, stage):
    """Work until it is over."""
    begin(item, stage)
    while not stage.over():
        time.sleep(0.001)
        act(item, "work")
    note(item, "stop")


def begin(item, stage):
    """Get ready, the higher numbers later, and go to work."""
    time.sleep(0.05 * item["number"])
    act(item, "ready")
    note(item, "ready")
    stage.running()
    note(item, "work")
    act(item, "begun")


def act(item, step):
    """Go wrong."""
    if item["how"] == f"{step} raise":
        raise ValueError(f"{step} is bad")
    if item["how"] == f"{step} exit":
        raise SystemExit(3)
    if item["how"] == f"{step} segfault":
        os.kill(os.getpid(), signal.SIGSEGV)


def check(results, *, probes, loads, log, who, how, slots):
    """Expect a result of every member, and of loads none."""
    assert len(results) == probes + loads, f"got {results}"
    assert all("latencies" in result for result in results[:probes]), f"got {results}"
    assert results[probes:] == [None] * loads, f"got {results}"


def note(item, what):
    """Append a line in one write, so that lines are whole and in order across processes."""
    if item["log"]:
        line = f"{what} {item['role']} {item['number']}\n"
        file = os.open(item["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, line.encode())
        os.close(file)
