"""What this process can tell about itself: settings in force, threads, worker processes."""

from __future__ import annotations

import gc
import os
import sys
import sysconfig
import threading

from gilworker import gil

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.contracts import Json


def snapshot() -> Json:
    """Return the state that decides what a number means; null where it cannot be read."""
    return {
        "gil": gil.enabled(),
        "gil_build": not sysconfig.get_config_var("Py_GIL_DISABLED"),
        "jit": jit(),
        "gc": gc.isenabled(),
        "switch_interval": sys.getswitchinterval(),
        "cpus": cpus(),
        "threads": len(threads()),
        "hash_seed": os.environ.get("PYTHONHASHSEED"),
    }


def cpus() -> list[int] | None:
    """Return the affinity mask, or None where the system has none."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    try:  # PyPy 3.9 cannot ask, the kernel tells it all the same
        with open("/proc/self/status", encoding="utf-8") as file:  # noqa: PTH123
            lists = [line.split()[1] for line in file if line.startswith("Cpus_allowed_list:")]
    except OSError:
        return None
    ranges = [part.partition("-") for part in ",".join(lists).split(",") if part]
    return [cpu for low, _, high in ranges for cpu in range(int(low), int(high or low) + 1)] or None


def jit() -> bool | None:
    """Return whether a JIT compiler is at work; None where there is none to ask."""
    compiler = getattr(sys, "_jit", None)  # CPython 3.14 on
    if compiler is not None:
        return bool(compiler.is_enabled())
    if sys.implementation.name == "pypy":
        return "pypyjit" in sys.builtin_module_names
    return None


def threads() -> frozenset[int]:
    """Return the ids of this process's threads, also of those that Python does not know."""
    try:
        return frozenset(map(int, os.listdir("/proc/self/task")))  # noqa: PTH208
    except OSError:
        return frozenset(thread.native_id or 0 for thread in threading.enumerate())


def differences(request: Json) -> str | None:
    """Return how the environment differs from the one asked for, or None."""
    for name, value in request["env"].items():
        found = os.environ.get(name)
        if found != value:
            return f"{name} is {found!r} in the environment, asked for {value!r}"
    wanted, mask = request["cpus"], cpus()
    if wanted is not None and mask is not None and mask != sorted(wanted):
        return f"the affinity mask is {mask}, asked for {sorted(wanted)}"
    return gil.difference(request["gil"])


def pool_pids(model: str, cold: bool) -> list[int] | None:
    """Return the worker processes whose clocks have to be read; None if that cannot be known.

    Processes of a cold pool end, and are counted, within the value, except those that are
    children of the fork server.
    """
    if not model.startswith("processes-"):
        return []
    if cold:
        return None if model == "processes-forkserver" else []
    import multiprocessing  # the model has imported it

    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]
