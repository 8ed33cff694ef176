"""What part of being blocked may be called waiting for the GIL: an upper bound, and its limits.

In CPython a thread that asks for the GIL sleeps for one switch interval at a time
(`take_gil` in `Python/ceval_gil.c`), so that each interval of waiting costs a voluntary switch.
A worker that has nothing left to do, or that waits for a lock of the program's own, sleeps once
for however long it takes. Hence a thread waited for the GIL for no longer than it was blocked,
and for no longer than its voluntary switches times the interval. Nor for longer than others ran
or were about to: somebody had it meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# A timed wait ends late by the timer slack that Linux gives a thread by default.
SLACK = 50e-6  # seconds
# With a bound this low nothing else matters: whatever blocked the workers was not the GIL.
NONE = 0.1
# A holder that is asked to let go, by someone whose interval has passed, costs two voluntary
# switches or more: that of the wait, and its own until the other one has it. A lock that is
# passed on costs one. Measured with two workers at intervals of 5 ms: 1.8 and more of the one, 1.6
# at most of the other. At 0.5 ms, or on a very busy machine, the one may come down to 1.3: then
# nothing is said.
FORCED = 1.7  # voluntary switches per hand-off


def longest_wait(
    threads: Mapping[str, Any], cpu_self: float | None, interval: float
) -> float | None:
    """Return the share of the workers' time in which they may have waited for the GIL.

    None where what each worker did is not known. ``cpu_self`` is the CPU time of the whole
    process: those who are no workers, such as the one who hands out the items, hold the GIL too.
    """
    each, wall, count = threads.get("each"), threads.get("wall"), threads.get("count")
    if not each or not wall or not count or not 0 <= (cpu_self or 0.0) < _UNREAL:
        return None
    if not isinstance(each, Sequence) or any(len(one) < len(_EACH) for one in each):
        raise ValueError("each worker has CPU time, run delay and two counts of switches")
    own = float(wall) / int(count)
    ran = max(float(cpu_self or 0.0), sum(one[0] for one in each))
    about_to = sum(one[1] for one in each)
    return sum(
        min(
            own - cpu - delay,
            switches * (interval + SLACK),
            max(0.0, ran - cpu + about_to - delay),
        )
        for cpu, delay, switches, *_ in each
    ) / float(wall)


def is_told_apart(wait: float, voluntary: float, handoffs: float) -> bool:
    """Return whether waiting for the GIL is distinguishable from waiting for another lock.

    For work of which nobody said that it waits for nothing of its own.
    """
    return bool(wait <= NONE or voluntary >= FORCED * handoffs > 0)


_UNREAL = 1e15  # seconds: what no clock says is refused with its row
_EACH = ("cpu", "run_delay", "voluntary")
