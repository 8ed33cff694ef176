"""What holds in every worker of a trial, whether thread, process or interpreter."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from time import perf_counter

from gilworker import gil
from gilworker.errors import Failure, reason_of

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from gilworker.contracts import Json, Params, Task

# setup() may fill a module global: workers that are threads take turns.
_one_at_a_time = threading.Lock()
# Whether this interpreter has its settings. Threads share them, and a fork inherits them: to set
# them again in each would be work inside the clock of a cold pool that its cell does not name.
_in_force = False


class Settings:
    """State a worker takes on before it works; travels to other processes by pickle.

    Parameters
    ----------
    request : dict
        The trial's request.
    workload : str
        Name the workload's module is imported by.
    params : mapping
        The workload's parameters, complete.
    """

    def __init__(self, request: Json, workload: str, params: Params) -> None:
        self.gc = request["gc"] == "on"
        self.switch_interval = float(request["switch_interval"])
        self.gil = request["gil"]
        self.workload = workload
        self.params = dict(params)

    def apply(self) -> None:
        """Set the garbage collector and the switch interval of this interpreter."""
        global _in_force  # noqa: PLW0603 - it is the interpreter's state, not the trial's
        (gc.enable if self.gc else gc.disable)()
        sys.setswitchinterval(self.switch_interval)
        _in_force = True

    def prepare(self) -> None:
        """Make the calling worker ready: settings, the workload's module, its ``setup``."""
        new = not _in_force
        if new:
            gil.watch()
            self.apply()
        try:
            workload = importlib.import_module(self.workload)
        except BaseException as error:
            raise Failure(reason_of("importing the workload", error)) from error
        setup = getattr(workload, "setup", None)
        if setup is not None:
            try:
                with _one_at_a_time:
                    setup(**self.params)
            except BaseException as error:
                raise Failure(reason_of("setup", error)) from error
        if new:
            self.verify()

    def verify(self) -> None:
        """Raise Failure if the calling worker is no longer as it was set."""
        different = self.difference()
        if different is not None:
            raise Failure(f"in a worker {different}")

    def difference(self) -> str | None:
        """Return how this interpreter differs from what was set, or None."""
        if gc.isenabled() != self.gc:
            words = ("off", "on") if self.gc else ("on", "off")
            return "the garbage collector is {}, asked for {}".format(*words)
        seconds = sys.getswitchinterval()
        if abs(seconds - self.switch_interval) > 1e-6:  # it is kept in whole microseconds
            return f"the switch interval is {seconds} s, asked for {self.switch_interval} s"
        return gil.difference(self.gil)


class FirstItem:
    """One item for a worker to warm up with; an error is the task's, not the pool's.

    Parameters
    ----------
    name : str
        The workload function's name; a coroutine is returned if it is "task_async".
    task : callable
        That function.
    item : object
        What to call it with.
    """

    def __init__(self, name: str, task: Task, item: object) -> None:
        self.name = name
        self.task = task
        self.item = item
        self.seconds: float | None = None

    def __call__(self) -> object:
        """Work through the item."""
        if self.name == "task_async":
            return self._awaited()
        known, started = len(sys.modules), perf_counter()
        try:
            result = self.task(self.item)
        except BaseException as error:
            raise Failure(reason_of(self.name, error)) from error
        if len(sys.modules) == known:  # else it was imports that took long
            self.seconds = perf_counter() - started
        self._demand(result)
        return result

    async def _awaited(self) -> object:
        try:
            result = self.task(self.item)
            if not hasattr(type(result), "__await__"):
                self._demand(result)
            result = await result
        except BaseException as error:
            if type(error).__name__ == "CancelledError":  # another coroutine has failed first
                raise
            raise Failure(reason_of(self.name, error)) from error
        self._demand(result)
        return result

    def _demand(self, result: object) -> None:
        from gilworker import computed  # a worker of a cold pool has no first item

        computed.demand(self.name, result)
