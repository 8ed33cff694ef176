"""The adapter to pyperf, and the only file that knows its command line.

"direct": this process is a pyperf worker without a manager (``--worker``), half the cost.
"official": this process is pyperf's manager and starts a second one of the same ``run.py``.
Either way the document is the one pyperf writes; loops is always 1, and the mask is passed as it
is, because without ``--affinity`` pyperf pins to isolated CPUs, which the kernel does not balance.
"""

from __future__ import annotations

import io
import os
from contextlib import redirect_stdout, suppress

import pyperf

from gilworker import state

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable

    from gilworker.contracts import Json


def direct_arguments(values: int, warmups: int, output: str) -> list[str]:
    """Return pyperf's arguments for a worker without a manager."""
    return ["--worker", *_shape(values, warmups), *_affinity(), "-q", "-o", output]


def measure(
    name: str, time_func: Callable[[int], float], arguments: list[str], metadata: Json
) -> None:
    """Measure in this process; the document goes where ``arguments`` say."""
    runner = pyperf.Runner()
    options = runner.parse_args(arguments)
    if options.pipe is not None:
        _close_in_forks(options.pipe)
    runner.bench_time_func(name, time_func, metadata=metadata)


def manage(name: str, command: list[str], values: int, warmups: int, output: str) -> str | None:
    """Have pyperf start ``command`` as its one worker; return why it wrote nothing, or None."""
    runner = pyperf.Runner(program_args=tuple(command))
    shape = ["-p", "1", *_shape(values, warmups)]
    runner.parse_args([*shape, *_affinity(), "--copy-env", "-q", "-o", output])
    try:
        runner.bench_time_func(name, _measured_elsewhere)
    except RuntimeError as error:
        return str(error)
    return None


def works(output: str) -> bool:
    """Return whether a document comes out of a worker without a manager."""
    try:
        with redirect_stdout(io.StringIO()):  # standard output belongs to the answer
            measure("works", lambda _: 1e-6, direct_arguments(1, 0, output), {})
        return pyperf.Benchmark.load(output).get_nrun() == 1
    except (Exception, SystemExit):  # noqa: BLE001 - any failure is the answer
        return False
    finally:
        with suppress(OSError):
            os.unlink(output)  # noqa: PTH108


def version() -> str:
    """Return pyperf's version."""
    return pyperf.__version__


def _shape(values: int, warmups: int) -> list[str]:
    return ["-l", "1", "-n", str(values), "-w", str(warmups)]


def _affinity() -> list[str]:
    mask = state.cpus()
    if mask is None or not hasattr(os, "sched_setaffinity"):  # then pyperf cannot pin either
        return []
    return ["--affinity", ",".join(map(str, mask))]


def _measured_elsewhere(_: int) -> float:
    raise AssertionError("pyperf's manager does not measure")


def _close_in_forks(pipe: int) -> None:
    """Close the manager's pipe in forked workers: it reads until the last copy is closed."""
    if not hasattr(os, "register_at_fork"):
        return
    inode = os.fstat(pipe).st_ino

    def close() -> None:
        with suppress(OSError):
            if os.fstat(pipe).st_ino == inode:  # a fork of a fork may use the number anew
                os.close(pipe)

    os.register_at_fork(after_in_child=close)
