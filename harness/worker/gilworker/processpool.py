"""Process pools for the three start methods, with workers that report and never vanish.

``ProcessPoolExecutor`` notices a dead worker at once. PyPy's lacks ``_adjust_process_count`` and
works with fork alone, so there ``multiprocessing.Pool`` serves all three methods; it would wait
for a dead worker for ever, so while it works its processes are looked at.
"""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from contextlib import contextmanager

from gilworker.errors import Failure, reason_of, traceback_of

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from gilworker.contracts import Call, Run, Task

ENGINE = "Pool" if sys.implementation.name == "pypy" else "ProcessPoolExecutor"
LOOK = 0.1  # seconds between looks at processes nobody else watches; adds nothing to a result

_gates: Any = None  # in a worker: the two semaphores of everyone()


def unavailable(method: str) -> str | None:
    """Return why this interpreter has no process pool with this start method, or None."""
    if method not in multiprocessing.get_all_start_methods():
        return f"needs the start method {method}, which {sys.platform} has not"
    try:
        importlib.import_module("multiprocessing.synchronize")
    except ImportError as error:
        return f"needs semaphores shared between processes: {error}"
    return None


@contextmanager
def pool(  # noqa: PLR0913 - the options of the contract, all keywords
    method: str,
    workers: int,
    *,
    prepare: Call,
    warm: Call | None = None,
    verify: Call | None = None,
    chunk: int = 1,
    **_: object,
) -> Iterator[Run]:
    """Yield ``run`` backed by ``workers`` processes started by ``method``."""
    context = multiprocessing.get_context(method)
    failures = context.SimpleQueue()
    gates = None if warm is None else (context.Semaphore(0), context.Semaphore(0))
    engine = _Pool if ENGINE == "Pool" else _Executor
    with engine(context, workers, (prepare, failures, gates)) as processes:

        def run(task: Task, items: Sequence[Any]) -> list[Any]:
            try:
                return processes.map(task, items, chunk)
            except processes.broken as error:
                raise _why(processes, failures) from error

        def everyone(call: Call) -> None:
            try:
                _everyone(processes, workers, gates, call)
            except processes.broken as error:
                raise _why(processes, failures) from error

        if warm is not None:
            everyone(warm)
        yield run
        if warm is not None and verify is not None:
            everyone(verify)


def _begin(prepare: Call, failures: Any, gates: Any) -> None:
    """Get a worker ready; the engines would print the error and lose it."""
    global _gates  # noqa: PLW0603 - a job brings no state, so the process has to keep it
    _gates = gates
    try:
        prepare()
    except BaseException as error:
        failures.put((reason_of("a worker's start", error), traceback_of(error)))
        raise


def _once(call: Call) -> Any:
    """Call it when every worker holds one such job, so that none takes two."""
    here, go = _gates
    here.release()
    go.acquire()
    return call()


def _everyone(processes: Any, workers: int, gates: Any, call: Call) -> None:
    """Have every worker call ``call`` exactly once."""
    here, go = gates
    jobs = [processes.submit(_once, call) for _ in range(workers)]
    try:
        for _ in range(workers):
            while not here.acquire(timeout=LOOK):
                processes.check()
                for job in jobs:
                    if job.done():  # before its turn: it could not be sent, or its worker died
                        job.result()
    finally:
        for _ in range(workers):
            go.release()
    for job in jobs:
        job.result()


def _why(processes: Any, failures: Any) -> Failure:
    """Return the failure behind a broken pool: what a worker reported, or how it ended."""
    exitcodes = processes.end()
    if not failures.empty():
        return Failure(*failures.get())
    codes = [code for code in exitcodes if code]
    # SIGTERM is what the engine sends to the others.
    code = next((code for code in codes if code != -15), codes[0] if codes else None)
    if code is None:
        return Failure("a worker process ended before its work was done")
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
    return Failure(f"a worker process {how}")


class _Executor:
    """ProcessPoolExecutor under the names used above."""

    def __init__(self, context: Any, workers: int, begin: tuple[Any, ...]) -> None:
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        self.broken = BrokenProcessPool
        self.executor = ProcessPoolExecutor(workers, context, _begin, begin)
        self.submit = self.executor.submit

    def __enter__(self) -> _Executor:
        return self

    def __exit__(self, *_: object) -> None:
        self.executor.shutdown(wait=True)

    def map(self, task: Task, items: Sequence[Any], chunk: int) -> list[Any]:
        """Return the results in order."""
        return list(self.executor.map(task, items, chunksize=chunk))

    def check(self) -> None:
        """Do nothing: a dead worker breaks every job."""

    def end(self) -> list[int | None]:
        """Shut down and return the exit codes."""
        # The table of processes is gone after shutdown; before it, codes may not be known yet.
        table = getattr(self.executor, "_processes", None) or {}
        processes = list(table.values())
        self.executor.shutdown(wait=True)
        return [process.exitcode for process in processes]


class _DeadWorker(Exception):
    """A process of a Pool has ended."""


class _Pool:
    """multiprocessing.Pool under the same names, with an eye on its processes."""

    broken = _DeadWorker

    def __init__(self, context: Any, workers: int, begin: tuple[Any, ...]) -> None:
        self.pool = context.Pool(workers, _begin, begin)
        # Pool replaces the dead at once; these are the ones that were asked for.
        self.processes = list(self.pool._pool)

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.pool.close()
        else:
            self.pool.terminate()
        self.pool.join()

    def submit(self, function: Any, call: Call) -> _Job:
        """Send one job."""
        return _Job(self, self.pool.apply_async(_Caught(function), (call,)))

    def map(self, task: Task, items: Sequence[Any], chunk: int) -> list[Any]:
        """Return the results in order."""
        return _Job(self, self.pool.map_async(_Caught(task), items, chunksize=chunk)).result()

    def check(self) -> None:
        """Raise if a process has ended."""
        if any(process.exitcode is not None for process in self.processes):
            raise _DeadWorker

    def end(self) -> list[int | None]:
        """Return the exit codes; leaving the context ends the rest."""
        return [process.exitcode for process in self.processes]


class _Job:
    """A result of Pool under the names of a Future."""

    def __init__(self, processes: _Pool, pending: Any) -> None:
        self.processes = processes
        self.pending = pending
        self.done = pending.ready

    def result(self) -> Any:
        """Wait for the result, or for the news that it will never come."""
        while not self.pending.ready():
            self.pending.wait(LOOK)  # returns as soon as the result is there
            if not self.pending.ready():
                self.processes.check()
        try:
            return self.pending.get()
        except _Escaped as escaped:
            raise escaped.args[0] from escaped


class _Escaped(Exception):
    """Carries what Pool would let end the worker."""


class _Caught:
    """A task whose SystemExit or KeyboardInterrupt reaches the caller, as in an executor."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def __call__(self, item: Any) -> Any:
        try:
            return self.task(item)
        except Exception:
            raise
        except BaseException as error:
            raise _Escaped(error) from error
