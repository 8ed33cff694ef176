"""Measure one trial: load, open the pool, time the passes, close it, check every answer."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from functools import partial
from time import perf_counter

from gilworker import (
    answers,
    computed,
    gil,
    group,
    items,
    models,
    notes,
    observations,
    probes,
    response,
    state,
    workload,
)
from gilworker.errors import Failure, Skipped, one_line, reason_of, traceback_of
from gilworker.mailbox import DONE, LOADED, OPEN, OUTSIDE, VALUE, WARMUP, Mailbox
from gilworker.passes import cold_pass, warm_pass
from gilworker.settings import FirstItem, Settings

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType
    from typing import Any

    from gilworker.contracts import Json, Model, Task
    from gilworker.survey import Survey

    Once = Callable[[], tuple[float, list[Any]]]


class Trial:
    """One trial on its way; what it learns goes into ``answer`` at once.

    Parameters
    ----------
    request : dict
        As in CONTRACT.md.
    answer : dict
        The response, filled in place so that an error leaves what was known before it.
    """

    def __init__(self, request: Json, answer: Json) -> None:
        self.request = request
        self.answer = answer
        self.cold = request["lifecycle"] == "cold"
        self.warmups = 0 if self.cold else request["warmups"]
        self.passes: list[tuple[Json, Sequence[Any]]] = []
        self.readings: list[observations.Readings] = []
        self.mailbox = Mailbox(request.get("diagnose"))
        self.watch: items.Watch | None = None
        self.first: FirstItem | None = None
        self.survey: Survey | None = None

    def run(self, arguments: list[str], output: str) -> None:
        """Do everything; ``arguments`` are pyperf's, empty for a worker without a manager."""
        with self._step("the worker", "import"):
            self._load()
            from gilworker import engine  # imports pyperf
        with self._step("make_items"):
            self.items = list(self.workload.make_items(**self.params))
        if not self.items:
            raise Failure("make_items returned no items")
        if self.group is not None:
            self.group.gather(self.items, self.request["workers"], f"{output}.stage")
        self._amounts()
        self._examine()
        arguments = arguments or engine.direct_arguments(
            self.request["values"], self.warmups, output
        )
        try:
            self._measure(engine, arguments)
        except Failure as failure:
            from gilworker import causes  # only a failed trial pays for it

            cause = causes.of_error(self, failure)
            if cause is None:
                raise
            raise cause from failure
        finally:  # what was measured before an error is kept, and judged
            if os.path.exists(output):  # noqa: PTH110
                self.answer["pyperf"] = response.read(output)
            self.answer["state"]["end"] = state.snapshot()
            different = state.differences(self.request) or self.settings.difference()
            self._observe()
            with self._step("check", "check"):
                first, broken = answers.checked(self.workload, self.passes, self.params)
            self.answer["values"] = [value for value, _ in self.passes]
        if different is not None:
            raise Failure(one_line(f"at the end {different}"))
        if broken is not None and (self.watch is None or self.watch.changed is None):
            raise broken
        self._judge(first)
        self.answer["notes"] = notes.of(self)

    def _load(self) -> None:
        """Find the model and the workload, and verify the surroundings they meet."""
        request = self.request
        gil.watch()
        self.model = self._model()
        self.settings = Settings(request, workload.name_of(request["workload"]["path"]), {})
        self.settings.apply()
        self.answer["state"]["start"] = state.snapshot()
        different = state.differences(request) or self.settings.difference()
        if different is not None:
            raise Failure(one_line(f"at the start {different}"))
        self.workload = workload.load(request["workload"]["path"])
        self.group = group.of(self.workload, self.model, request)
        if self.group is None:
            self.task = _function(self.workload, self.model.TASK, request["model"])
        else:
            self.task = self.group.member
        self.params = {**getattr(self.workload, "PARAMS", {}), **request["workload"]["params"]}
        if response.surrogate(self.params):
            raise Failure("a parameter holds half a character (a lone surrogate)")
        self.settings.params = self.params

    def _model(self) -> Model:
        """Return the model, or skip the trial with the reason why not."""
        name = self.request["model"]
        if name not in models.names():
            raise Failure(one_line(f"unknown model {name!r}; known: {', '.join(models.names())}"))
        model = models.load(name)
        why = model.unavailable()
        if why is not None:
            raise Skipped(why)
        lifecycles = getattr(model, "LIFECYCLES", ("warm", "cold"))
        if self.request["lifecycle"] not in lifecycles:
            raise Skipped(f"{name} is always {' or '.join(lifecycles)}")
        self.answer["start_method"] = getattr(model, "START_METHOD", None)
        self.answer["pool_engine"] = getattr(model, "ENGINE", None)
        return model

    def _amounts(self) -> None:
        """Note how much work a pass is, and its sequential time where that is computed."""
        keys = {"units": "units", "baseline": "baseline_seconds", "io_seconds": "io_seconds"}
        for name, key in keys.items():
            function = getattr(self.workload, name, None)
            if function is not None:
                with self._step(name):
                    self.answer[key] = response.amount(function(**self.params), name)
        if self.answer["units"] is None:
            self.answer["units"] = len(self.items)
        declared = getattr(self.workload, "CPU_BOUND", None)
        self.answer["cpu_bound"] = None if declared is None else bool(declared)

    def _examine(self) -> None:
        """Keep what the items are, or make the task fit to be sent, as the model needs it."""
        if self.group is not None:
            return
        if getattr(self.model, "COPIES", False):
            from gilworker import sending

            self.task = sending.sendable(self.task, self.workload.__name__, self.model.TASK)
        elif not getattr(self.workload, items.DECLARED, False):
            self.watch = items.Watch(self.items)

    def look_at_items(self, most: int | None = None) -> None:
        """Find out whether the items are still what they were."""
        if self.watch is not None:
            self.watch.look(most, "its first use" if len(self.passes) <= 1 else "a later use")

    def _measure(self, engine: ModuleType, arguments: list[str]) -> None:
        """Time the passes through pyperf, and leave no worker behind."""
        options = {"prepare": self.settings.prepare, "chunk": self.request["chunk"]}
        open_pool = partial(self.model.pool, self.request["workers"], **options)
        others = state.threads()
        distrusted = self.request.get("probes") or {}
        self.mailbox.locate(probes.Scope(self.request["model"], self.cold, others, []), distrusted)
        self.mailbox.reach(LOADED)
        with ExitStack() as stack:
            if self.cold:
                self.once = partial(cold_pass, open_pool, self.task, self.items)
            else:
                self.once = self._opened(stack, open_pool)
            pids = state.pool_pids(self.request["model"], self.cold)
            scope = probes.Scope(self.request["model"], self.cold, others, pids)
            self.observer = probes.Observer(scope, distrusted)
            self.mailbox.reach(OPEN)
            with self._step("pyperf"):
                engine.measure(self.request["name"], self._value, arguments, self._metadata())
            self.mailbox.reach(DONE)
            self._survey()
            with self._step("closing the pool", "close"):
                stack.close()

    def _opened(self, stack: ExitStack, open_pool: partial[Any]) -> Once:
        """Open a warm pool, every worker of which has worked; return what makes a pass."""
        if self.group is not None:
            stack.enter_context(self.group)
            first, once = self.group.warm, self.group.once
        else:
            first = self.first = FirstItem(self.model.TASK, self.task, self.items[0])
            once = partial(warm_pass, self.task, self.items)
        with self._step("opening the pool", "open"):
            run = stack.enter_context(open_pool(warm=first, verify=self.settings.verify))
        self.look_at_items(1)
        return partial(once, run)

    def _value(self, _loops: int) -> float:
        """Return the seconds of one pass; pyperf calls it once per warm-up and value."""
        made = len(self.passes)
        warmup = made < self.warmups
        with self._step(self.model.TASK, "warmup" if warmup else "timed"):
            self.mailbox.within(WARMUP if warmup else VALUE)
            before = self.observer.before()
            seconds, results = self.once()
            after = self.observer.after()
            self.mailbox.within(OUTSIDE)
        index = made if warmup else made - self.warmups
        if seconds <= 0 and self.group is None:
            raise Failure(f"the clock stood still: a pass took {seconds} s")
        self.passes.append(({"index": index, "warmup": warmup, "seconds": seconds}, results))
        self.readings.append((before, after))
        if made == 0 and self.group is None:
            for result in results:
                computed.demand(self.model.TASK, result)
            self.look_at_items()
        return seconds

    def _survey(self) -> None:
        """Look at the items again; make one more pass, item by item, where that is short."""
        if len(self.passes) > 1:  # else that has just been done
            self.look_at_items()
        alone = self.request["model"] == "sequential" and not self.cold
        if alone and self.passes and self.passes[-1][0]["seconds"] <= notes.REPEATED:
            from gilworker import survey  # after the last value

            with self._step("the survey", "survey"):
                self.survey = survey.made(self.task, self.items)

    def _observe(self) -> None:
        """Add what was read around every pass, now that nothing is timed any more."""
        if self.group is not None:
            self.group.record(self.passes)
        if self.passes:
            values = [value for value, _ in self.passes]
            observations.attach(self.answer, self.observer, list(zip(values, self.readings)))

    def _judge(self, error: BaseException | None) -> None:
        """Set the status: every answer was right, or which was not."""
        wrong = [value for value in self.answer["values"] if value["status"] != "ok"]
        changed = None if self.watch is None else self.watch.changed
        self.answer["status"] = "wrong" if wrong or changed else "ok"
        self.answer["reason"] = None if changed is None else f"{changed}; {items.CURE}"
        if wrong:
            from gilworker import causes  # only a wrong answer pays for it

            self.answer["traceback"] = None if error is None else traceback_of(error)
            kind = "warm-up" if wrong[0]["warmup"] else "value"
            reason = one_line(f"{kind} {wrong[0]['index']}: {wrong[0]['reason']}")
            self.answer["reason"] = causes.of_wrong(self, reason)

    def _metadata(self) -> Json:
        """Return what pyperf's document should say about itself, away from our records."""
        keys = ("trial", "model", "workers", "lifecycle", "chunk")
        told = {f"gilscope_{key}": self.request[key] for key in keys}
        return {**told, "gilscope_gil": int(gil.enabled())}

    @contextmanager
    def _step(self, what: str, clock: str | None = None) -> Iterator[None]:
        """Name the step an error came from; add its duration to a clock of the response."""
        started = perf_counter()
        try:
            yield
        except Skipped:
            raise
        except Failure:
            self.answer["step"] = self.answer["step"] or what
            raise
        except BaseException as error:
            self.answer["step"] = self.answer["step"] or what
            # pyperf would answer KeyboardInterrupt and SystemExit by ending the process.
            raise Failure(reason_of(what, error)) from error
        finally:
            if clock is not None:
                self.answer["times"][clock] += perf_counter() - started


def _function(module: ModuleType, name: str, model: str) -> Task:
    """Return the workload's task; skip if this model needs one that the workload has not."""
    for needed in ("make_items", "check"):
        if not callable(getattr(module, needed, None)):
            raise Failure(f"{module.__name__} is no workload: it has no function {needed}")
    function = getattr(module, name, None)
    if not callable(function):
        raise Skipped(f"{module.__name__} has no {name}, which {model} runs")
    return function
