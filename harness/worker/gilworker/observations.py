"""What is stored with a value besides its seconds: readings, and what became of the time."""

from __future__ import annotations

import os

from gilworker import probes, state

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from typing import Any

    from gilworker.contracts import Json
    from gilworker.probes import Observer

    Readings = tuple[list[Any], list[Any]]


def attach(answer: Json, observer: Observer, values: list[tuple[Json, Readings]]) -> None:
    """Add to every value what the probes read around it, and to the answer what they could not."""
    answer["observations"] = {"schema": probes.SCHEMA, "unavailable": observer.unavailable}
    mask = state.cpus()
    for value, (before, after) in values:
        seconds = value.get("wall", value["seconds"])  # a group's value is a latency
        observed = observer.observed(before, after, seconds)
        cpus = None if mask is None else len(mask)
        observed["derived"] = shares(observed, seconds, answer["io_seconds"] or 0.0, cpus)
        value["observations"] = observed
        value["cpu_seconds"] = _cpu_seconds(observed)


def _cpu_seconds(observed: Json) -> float | None:
    used = observed.get("cpu")
    if used is None or used["living"] is None:
        return None
    return used["self"] + used["reaped"] + used["living"]


def shares(observed: Json, seconds: float, io_seconds: float, cpus: int | None) -> Json:
    """Return what became of the time of a value; null where its reading is missing.

    Parameters
    ----------
    observed : dict
        The probes' readings of one value.
    seconds : float
        The value's wall time.
    io_seconds : float
        Waiting that the workload declares, summed over the items of a pass.
    cpus : int or None
        CPUs the process may use.

    Returns
    -------
    dict
        ``utilisation``: CPU time over wall time and CPUs. ``blocked`` and ``run_delay``: of the
        workers' wall time, not clamped, so that an error of measurement shows. ``steal``: of all
        CPUs' time.

    Notes
    -----
    ``blocked`` is waiting for the GIL only where there is one and the work is CPU work: contended
    locks, messages, the wait of a worker for the last one to finish, and a stop-the-world
    collection block too.
    """
    threads = observed.get("threads")
    wall = threads["wall"] if threads else 0.0
    blocked = delayed = utilisation = None
    if threads and wall > 0:
        delayed = threads["run_delay"] / wall
        blocked = (wall - threads["cpu"] - threads["run_delay"] - io_seconds) / wall
    used = _cpu_seconds(observed)
    if used is not None and cpus and seconds > 0:
        utilisation = used / (seconds * cpus)
    machine = observed.get("machine")
    steal = machine["steal"] if machine else None
    everything = seconds * (os.cpu_count() or 1)
    return {
        "utilisation": utilisation,
        "blocked": blocked,
        "run_delay": delayed,
        "steal": None if steal is None or everything <= 0 else steal / everything,
    }
