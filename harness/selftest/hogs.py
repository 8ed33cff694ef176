"""Other programs that keep this machine busy, so that whoever is timed must wait for a CPU."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

# Ends with its parent, however that ends.
HOG = """
import os, sys
if sys.argv[1:]:
    os.sched_setaffinity(0, {int(sys.argv[1])})
parent = os.getppid()
while os.getppid() == parent:
    pass
"""


@contextlib.contextmanager
def on_every_cpu() -> Iterator[None]:
    """
    Keep a program spinning on every CPU meanwhile.

    Each is bound to its CPU: a scheduler may otherwise put all of them on the same ones for as
    long as a value takes, and leave the worker a CPU of its own. Where programs cannot be bound
    (macOS, Windows), there are as many and the scheduler places them.
    """
    bound = hasattr(os, "sched_setaffinity")
    cpus = sorted(os.sched_getaffinity(0)) if bound else range(os.cpu_count() or 1)
    with contextlib.ExitStack() as stack:
        for cpu in cpus:
            command = [sys.executable, "-I", "-c", HOG, *([str(cpu)] if bound else [])]
            # In sessions of their own, as trials are: Linux shares the CPUs among sessions first
            # (autogroup), and several programs of one session would weigh no more than one.
            hog = stack.enter_context(subprocess.Popen(command, start_new_session=True))
            stack.callback(hog.kill)
        yield
