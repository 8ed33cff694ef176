"""One trial: from a planned cell to the request a worker reads, and from its end to a record."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import machine, models
from harness.errors import GilscopeError
from harness.execution import diagnose
from harness.execution.ending import status_of
from harness.planning.plan import Plan, Trial
from harness.process import supervisor
from harness.process.outcome import Outcome
from harness.process.supervisor import MARKER, Survivors
from harness.storage import anonymise, bounds
from harness.storage.schema import CANARY
from harness.storage.store import SCHEMA, digest
from harness.target import Environment, Target, trial_environ

CONTRACT = 1
CANARY_SECONDS = 1.0
_RESULT_LIMIT = 32 * 1024 * 1024  # bytes; a worker's answer is a few kilobytes
_STATUSES = frozenset({"ok", "wrong", "error", "skipped"})


@dataclass(frozen=True, slots=True)
class Bench:
    """What a trial needs besides its cell."""

    plan: Plan
    places: Mapping[tuple[str, str], tuple[Target, Environment]]  # (target, workload level)
    workloads: Mapping[str, Path]
    python: Path  # of this program; runs the canary
    machine: str
    session: str
    engine: str | None = None  # how pyperf is driven; None: as was found to work on the target


def request(bench: Bench, trial: Trial, identity: str, folder: Path) -> dict[str, Any]:
    """Return the worker's request, as CONTRACT.md describes it."""
    cell = trial.cell
    target, environment = bench.places[cell.target, cell.workload]
    observe = bench.plan.experiment.design.gil == "observe"
    environ = environ_of(bench, trial, identity)
    state = "?" if target.gil is None else ("gil" if target.gil else "nogil")
    return {
        "contract": CONTRACT,
        "trial": identity,
        # pyperf merges runs by name alone: all that tells two cells apart must be in it.
        "name": f"{cell} {state} {cell.key}",
        "workload": {"path": str(bench.workloads[cell.workload]), "params": dict(cell.params)},
        "model": cell.model,
        "workers": cell.workers,
        "lifecycle": cell.lifecycle,
        "chunk": cell.chunk,
        "switch_interval": cell.switch_interval,
        "gc": cell.gc,
        "values": cell.values,
        "warmups": cell.warmups,
        "gil": None if observe else target.gil,
        "env": {name: environ[name] for name in sorted(environ) if _verified(name)},
        "cpus": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "engine": bench.engine or environment.engine,
        "probes": {name: why for name, why in environment.probes.items() if why is not None},
        "diagnose": str(diagnose.mailbox(folder)) if bench.plan.diagnostic else None,
    }


def environ_of(bench: Bench, trial: Trial, identity: str) -> dict[str, str]:
    """Return the whole environment of a trial."""
    if trial.control == CANARY:
        base = canary_environ()
    else:
        base = trial_environ(*bench.places[trial.cell.target, trial.cell.workload])
        # Drawn anew for every trial and recorded: one fixed seed would hide how far times
        # depend on it, an unknown one could not be repeated.
        base["PYTHONHASHSEED"] = str(int(identity, 16) % 2**32)
    return {**base, MARKER: identity}


def canary_environ() -> dict[str, str]:
    """Return the environment of the spinners, but for the mark of their trial."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}


def canary_command(python: Path, spinners: int, result: Path) -> list[str]:
    """Return the command that has so many spinners show what the machine gives them."""
    options = ["--canary", str(spinners), "--seconds", str(CANARY_SECONDS)]
    return [str(python), str(models.RUN), *options, "--result", str(result)]


class Left(GilscopeError):
    """A trial whose processes cannot be killed: its record is kept, and nothing runs after it."""

    def __init__(self, record: dict[str, Any], problem: Survivors) -> None:
        super().__init__(problem.what, where=problem.where, hint=problem.hint)
        self.record = record


def measure(bench: Bench, trial: Trial, attempt: int, started: Any) -> dict[str, Any]:
    """Run one trial in a fresh process and return its record, unsealed.

    Raises Left, with the record, where something that it started cannot be killed.
    """
    identity = head(bench, trial, attempt)["trial"]
    environ = environ_of(bench, trial, identity)
    with tempfile.TemporaryDirectory(prefix="gilscope-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        result = folder / "result.json"
        asked = None if trial.control == CANARY else request(bench, trial, identity, folder)
        command = _command(bench, trial, asked, folder, result)
        before, begun = machine.noise(), _now()
        outcome, survivors = _run(
            command,
            environ={**environ, "TMPDIR": name},
            folder=folder,
            timeout=trial.cell.timeout,
            started=lambda pid: started(pid, identity),
        )
        after = machine.noise()
        response, why_not = _response(result, identity, trial)
        if response is not None and bench.plan.diagnostic:
            response["diagnostic"] = diagnose.answer(folder, trial.cell.workers)
    status, reason = status_of(outcome, response, why_not, trial.cell.timeout)
    if survivors is not None:
        status, reason = "error", f"{len(survivors.pids)} processes it started cannot be killed"
    document = response.pop("pyperf", None) if response else None
    clean = anonymise.scrubber([(name, "<trial>")])
    if document is not None:
        _without_host(document, bench.machine)
    record = {
        **head(bench, trial, attempt),
        "status": status,
        "reason": clean(reason),
        "started": begun,
        "wall": outcome.seconds,
        "request": clean(asked),
        "response": clean(response),
        "pyperf": clean(document),
        "log": {
            "stdout": clean(outcome.stdout.text),
            "stderr": clean(outcome.stderr.text),
            "stdout_bytes": outcome.stdout.size,
            "stderr_bytes": outcome.stderr.size,
        },
        "noise": {"before": before, "after": after},
        "exit": {"code": outcome.code, "signal": outcome.signal},
    }
    if survivors is not None:
        raise Left(record, survivors)
    return record


def _run(command: list[str], **how: Any) -> tuple[Outcome, Survivors | None]:
    """Run a command; return how it ended, and what of it cannot be killed."""
    try:
        return supervisor.run(command, **how), None
    except Survivors as problem:
        return problem.outcome or Outcome(), problem


def head(bench: Bench, trial: Trial, attempt: int) -> dict[str, Any]:
    """Return what a record says of its trial before it is run."""
    experiment = bench.plan.experiment.name
    named = [bench.machine, experiment, bench.session, *trial.slot, attempt]
    return {
        "schema": SCHEMA,
        "trial": digest(named)[:16],
        "machine": bench.machine,
        "experiment": experiment,
        "session": bench.session,
        "block": trial.block,
        "position": trial.position,
        "attempt": attempt,
        "control": trial.control,
        "cell": trial.cell.stored,
    }


def refused(record: Mapping[str, Any], why: str) -> dict[str, Any]:
    """Return the record of a trial whose answer could not be read back; it keeps what was said."""
    said = {name: record[name] for name in ("response", "pyperf")}
    return {
        **record,
        "status": "error",
        "reason": f"cannot be read back: {why}",
        "response": None,
        "pyperf": None,
        "refused": json.dumps(said, sort_keys=True),  # in ASCII, whatever it is
    }


def skipped(bench: Bench, trial: Trial) -> dict[str, Any]:
    """Return the record of a cell that cannot run here, with its reason."""
    return {
        **head(bench, trial, 1),
        "status": "skipped",
        "reason": anonymise.scrubber()(trial.cell.skipped),
        "started": _now(),
        "wall": 0.0,
        "request": None,
        "response": None,
        "pyperf": None,
        "log": {"stdout": "", "stderr": "", "stdout_bytes": 0, "stderr_bytes": 0},
        "noise": {"before": None, "after": None},
        "exit": {"code": None, "signal": None},
    }


def _command(
    bench: Bench, trial: Trial, asked: dict[str, Any] | None, folder: Path, result: Path
) -> list[str]:
    if asked is None:
        return canary_command(bench.python, trial.cell.workers, result)
    path = folder / "request.json"
    path.write_text(json.dumps(asked))
    python = bench.places[trial.cell.target, trial.cell.workload][1].python
    command = [str(python), str(models.RUN), "--trial", str(path), "--result", str(result)]
    return diagnose.watched(bench.python, folder, command) if bench.plan.diagnostic else command


def _verified(name: str) -> bool:
    """Tell whether the worker is to prove that it got this variable: those that change times."""
    return name.startswith(("PYTHON", "MALLOC", "LD_")) or name.endswith("_NUM_THREADS")


def _response(path: Path, identity: str, trial: Trial) -> tuple[dict[str, Any] | None, str]:
    """Read the worker's answer. It ran a stranger's code, so nothing of it is taken on trust."""
    try:
        if path.stat().st_size > _RESULT_LIMIT:
            return None, f"its answer is larger than {_RESULT_LIMIT} bytes"
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None, "gave no answer"
    except (OSError, ValueError, RecursionError) as problem:
        return None, f"its answer cannot be read: {problem}"
    if not isinstance(value, dict) or value.get("contract") != CONTRACT:
        return None, "its answer does not follow the contract"
    if trial.control == CANARY:
        wrong = unsound(value)
        return (value, "") if wrong is None else (None, f"its answer cannot be: {wrong}")
    if value.get("trial") != identity or value.get("status") not in _STATUSES:
        return None, "its answer is that of another trial"
    return value, ""


def unsound(answer: Mapping[str, Any]) -> str | None:
    """Return what in a canary's answer is no reading."""
    together = answer.get("together")
    if not isinstance(together, list) or not together:
        return "together holds no rate"
    rates = [("together", each) for each in together]
    known = [(name, answer.get(name)) for name in ("single", "capacity")]
    return next(filter(None, (bounds.outside(*each) for each in [*known, *rates])), None)


def _without_host(document: dict[str, Any], name: str) -> None:
    """Put the machine's chosen name where pyperf wrote the host's."""
    metadata = [document.get("metadata")]
    for benchmark in document.get("benchmarks", []):
        metadata.append(benchmark.get("metadata"))
        metadata += [run.get("metadata") for run in benchmark.get("runs", [])]
    for part in metadata:
        if isinstance(part, dict) and "hostname" in part:
            part["hostname"] = name


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
