"""Apply a function of this package to many things, in processes of our own.

Not those of `multiprocessing`: they would run the caller's script again, which is guarded against
that only if its author knew that reading results may start processes.
"""

import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

# What is found elsewhere comes after the interpreter's own.
_SERVE = (
    "import sys; sys.path += [each for each in sys.argv[1:] if each not in sys.path]\n"
    "from analysis.parallel import serve; serve()"
)
Task = TypeVar("Task")
Result = TypeVar("Result")


def cpus() -> int:
    """Return how many processes can run at once: one for each CPU that is ours."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def mapped(
    function: Callable[[Task], Result], tasks: Sequence[Task], processes: int
) -> Generator[Result]:
    """Yield what ``function``, one of a module, returns for each task, in order.

    What a process that died leaves undone is done here.
    """
    if processes < 2:
        yield from map(function, tasks)
        return
    started = [_start() for _ in range(processes)]
    try:
        for first, process in enumerate(started):
            _ask(process, function, tasks[first::processes])
        for number, task in enumerate(tasks):
            yield _next(started[number % processes], function, task)
    finally:
        for process in started:
            process.kill()
            process.communicate()


def _next(
    process: subprocess.Popen[bytes], function: Callable[[Task], Result], task: Task
) -> Result:
    if process.stdout is not None:
        try:
            # Written by our own code, into a pipe that no one else holds.
            return pickle.load(process.stdout)  # noqa: S301
        except (EOFError, pickle.UnpicklingError):
            process.kill()
    return function(task)


def _start() -> subprocess.Popen[bytes]:
    # -I: the current folder may be anyone's results, and PYTHONPATH may name it.
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _SERVE, *_path()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _path() -> list[str]:
    """Return where else modules of ours may be: this code, and what this process itself finds."""
    ours, here = Path(__file__).resolve().parent.parent, Path.cwd()
    others = [Path(each) for each in sys.path if Path(each).is_absolute()]
    return [str(each) for each in (ours, *others) if each == ours or each.resolve() != here]


def _ask(
    process: subprocess.Popen[bytes], function: Callable[..., Any], tasks: Sequence[Any]
) -> None:
    if process.stdin is None:
        return
    with suppress(BrokenPipeError), process.stdin:
        pickle.dump((function.__module__, function.__qualname__, list(tasks)), process.stdin)
    process.stdin = None


def serve() -> None:
    """Do what is asked on standard input: what each process of ours runs."""
    module, name, tasks = pickle.load(sys.stdin.buffer)  # noqa: S301 # as above
    function = getattr(importlib.import_module(module), name)
    for task in tasks:
        pickle.dump(function(task), sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()
