"""What this interpreter offers: asked (``--describe``), or proved by running (``--prepare``)."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile

from gilworker import models, probes, response, survey, workload
from gilworker.errors import Skipped, one_line, reason_of

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.contracts import Json

ENGINES = ("direct", "official")  # the first that works is used: it costs half as much
PATIENCE = 120  # seconds for a trial that does nothing; only a model that hangs takes them
OUTPUT = 1 << 20  # bytes of what an import prints that are looked at
NOOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "noop", "gilworker_noop.py")  # noqa: PTH100, PTH118, PTH120


def describe(out: str | None) -> int:
    """Write which models can run here, and whether pyperf works without its manager."""
    version, direct = None, False
    try:
        from gilworker import engine
    except ImportError:
        pass  # said by "pyperf": null
    else:
        version = engine.version()
        with tempfile.TemporaryDirectory() as folder:
            direct = engine.works(f"{folder}/pyperf.json")
    answer = {
        "contract": response.CONTRACT,
        "python": sys.executable,
        "models": {name: models.unavailable(name) for name in models.names()},
        "pyperf": version,
        "direct": direct,
    }
    if out is None:
        print(json.dumps(answer))
    else:
        response.write(out, answer)
    return 0


def prepare(program: str, workloads: list[str]) -> int:
    """Run every model once and import every workload, so that all bytecode is cached."""
    with tempfile.TemporaryDirectory() as folder:
        engines = {name: _proof(program, "sequential", folder, name) for name in ENGINES}
        engine = next((name for name, why in engines.items() if why is None), ENGINES[0])
        proven = {name: _proof(program, name, folder, engine) for name in models.names()}
    answer = {"models": proven, "engine": engine, "probes": probes_believed(program)}
    print(json.dumps({**answer, "workloads": import_errors(workloads)}))
    return 0


def import_errors(workloads: list[str]) -> dict[str, str | None]:
    """Import every workload, so that its bytecode is cached; return what went wrong, or None."""
    return {path: _import_error(path) for path in workloads}


def probes_believed(program: str) -> dict[str, str | None]:
    """Return for each probe why it is not to be used here, or None."""
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return _proven(program, {})
    # Such a build is measured with its lock on as well as off.
    off, on = (_proven(program, {"PYTHON_GIL": switch}) for switch in "01")
    return {name: off[name] or on[name] for name in off}


def _proven(program: str, variables: dict[str, str]) -> dict[str, str | None]:
    """Ask in a process of its own: a probe that reads memory at the wrong place may crash."""
    with tempfile.TemporaryDirectory() as folder:
        result = f"{folder}/probes"
        command = [sys.executable, program, "--probes", "--result", result]
        environ = {**os.environ, **variables}
        status: int | None = None
        try:
            status = subprocess.run(
                command, check=False, env=environ, stdin=subprocess.DEVNULL, timeout=PATIENCE
            ).returncode
            return response.read(result)["probes"]
        except subprocess.TimeoutExpired:
            why = f"its proof did not end within {PATIENCE} s"
        except OSError:
            why = f"its proof ended with exit status {status}"
    return dict.fromkeys(probes.names(), why)


def _proof(program: str, model: str, folder: str, engine: str) -> str | None:
    """Return why a trial of nothing under ``model`` gives no result, or None if it does.

    In a process of its own: a model that crashes or hangs must not take the others along.
    """
    unavailable = models.unavailable(model)
    if unavailable is not None:
        return unavailable
    stem = f"{folder}/{model}-{engine}"
    lifecycle = getattr(models.load(model), "LIFECYCLES", ("warm",))[0]
    response.write(f"{stem}.request", _nothing(model, lifecycle, engine))
    command = [sys.executable, program, "--trial", f"{stem}.request", "--result", f"{stem}.result"]
    with open(f"{stem}.log", "w+b") as log:  # noqa: PTH123
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"gave no result within {PATIENCE} s"
        log.seek(0)
        last = log.read()[-1000:].decode("utf-8", "replace").strip().rpartition("\n")[2]
    try:
        answer = response.read(f"{stem}.result")
    except OSError:
        return one_line(f"the worker ended with {status} and no result: {last}")
    return None if answer["status"] == "ok" else answer["reason"]


def _nothing(model: str, lifecycle: str, engine: str) -> Json:
    """Return the request of a trial that does nothing."""
    return {
        "contract": response.CONTRACT,
        "trial": "0" * 16,
        "name": f"nothing {model}",
        "workload": {"path": NOOP, "params": {}},
        "model": model,
        "workers": 1 if model == "sequential" else 2,
        "lifecycle": lifecycle,
        "chunk": 1,
        "switch_interval": 0.005,
        "gc": "on",
        "values": 1,
        "warmups": 1,
        "gil": None,
        "env": {},
        "cpus": None,
        "engine": engine,
    }


def _import_error(path: str) -> str | None:
    """Return why a workload cannot be imported, or None.

    In a process of its own where there is fork: an import may end the interpreter, and what it
    wrote before is the reason.
    """
    if not hasattr(os, "fork"):
        return _imported(path)
    with survey.thrown_away() as output:
        reader, writer = os.pipe()
        sys.stdout.flush()
        child = os.fork()
        if not child:
            os.close(reader)
            _import_and_end(path, output.fileno(), writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            told = pipe.read()
        status = os.waitpid(child, 0)[1]
        output.seek(0)
        lines = output.read(OUTPUT).decode("utf-8", "replace").split("\n")
    print(*lines, sep="\n", end="", file=sys.stderr)
    last = next((line for line in reversed(lines) if line.strip()), "")
    if told:
        reason = json.loads(told)
        ended = reason is not None and "called sys.exit(" in reason
        return one_line(f"{reason}: {last}") if ended and last else reason
    ending = "importing the workload ended the interpreter"
    if status & 127:
        return f"{ending} by signal {status & 127}"
    return one_line(f"{ending} with status {status >> 8}: {last}".rstrip(": "))


def _import_and_end(path: str, output: int, answer: int) -> None:
    """Import the workload, write why not to ``answer``, and end this process."""
    try:
        for number in (1, 2):
            os.dup2(output, number)
        os.write(answer, json.dumps(_imported(path)).encode())
        atexit._run_exitfuncs()
    finally:
        survey.flush()  # PyPy keeps back what goes to standard error, too
        os._exit(0)


def _imported(path: str) -> str | None:
    try:
        workload.load(path)
    except Skipped as skipped:
        return str(skipped)
    except Exception as error:  # noqa: BLE001 - an answer like any other
        return reason_of("importing the workload", error)
    finally:
        workload.unload(path)
    return None
