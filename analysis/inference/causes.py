"""Why several workers gained less than as many CPUs could give, in a few words."""

import math

import numpy as np

from analysis import formatting
from analysis.comparison.contrasts import Contrast
from analysis.dataset.thresholds import TOO_SHORT

# Of the gain that the CPUs could give: who has more needs no explanation.
SATISFIED = 0.75
INFLATED = 1.3  # times the CPU time of a sequential pass
MUCH = 0.2  # of the workers' time
_THREADS = ("threads", "threads-raw", "asyncio-to-thread")
_NAMES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def of_cell(cell: Contrast) -> str | None:
    """Return what the workers' time went to instead, where that is known."""
    workers, cores = int(cell.cell["workers"]), cell.of.median("cores")
    paired = cell.paired.difference
    ideal = min(workers, cores) if cores > 0 else workers
    if cell.baseline_seconds < TOO_SHORT:
        return None
    if workers < 2 or not len(paired) or math.exp(paired.mean()) >= SATISFIED * ideal:
        return None
    threads = cell.cell["model"] in _THREADS
    who = f"{_count(workers)} {'threads' if threads else 'workers'}"
    inflation = cell.ratio("cpu_inflation").difference
    more = float(np.exp(inflation.mean())) if len(inflation) else 0.0
    if threads and cell.cell["gil"] is False and more >= INFLATED:
        used = f"{who} used {formatting.number(more)} times the CPU time"
        return f"{used}: they share objects, or locks of the runtime or the kernel"
    shares = {name: cell.of.median(name) for name in _WAITS}
    if shares["gil_wait"] > 0:
        shares["blocked"] -= shares["gil_wait"]
    # What is not known is no cause.
    name = max(shares, key=lambda each: shares[each] if shares[each] > 0 else 0.0)
    if not shares[name] >= MUCH:
        return (
            f"{who} used {formatting.number(more)} times the CPU time" if more >= INFLATED else None
        )
    return f"{who} {_WAITS[name].format(formatting.percent(shares[name]))}"


def _count(workers: int) -> str:
    return _NAMES[workers] if workers < len(_NAMES) else str(workers)


_WAITS = {
    "gil_wait": "waited for the GIL {} of their time",
    "run_delay": "waited for a CPU {} of their time: too few, or used by other programs",
    "io_share": "waited for the I/O that the workload declares {} of their time",
    "blocked": "were blocked {} of their time: by a lock, a queue, a device, or for lack of work",
}
