"""Whether a workload keeps its contract and an experiment file can be run: `gilscope check`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import workload
from harness.errors import GilscopeError
from harness.experiment import load
from harness.process.supervisor import OUTPUT_LIMIT

SECONDS = 60.0  # a workload's default parameters make a pass of far less
SCRIPT = Path(__file__).parent / "script.py"


@dataclass(frozen=True, slots=True)
class Findings:
    """Texts about a file: ``problems`` break its contract, ``remarks`` are worth knowing."""

    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def check(path: Path, python: Path = Path(sys.executable)) -> list[str]:
    """Return what is wrong with the workload or experiment file ``path``, a text per problem."""
    return list(examine(path, python).problems)


def examine(path: Path, python: Path = Path(sys.executable)) -> Findings:
    """Return what there is to say about the workload or experiment file ``path``.

    An experiment is validated together with the source of its workloads; a workload (a .py
    file) is also run, on ``python``.
    """
    try:
        if path.suffix == ".py":
            return examine_workload(path, python)
        load(path)
    except GilscopeError as error:
        return Findings((str(error),))
    return Findings()


def check_workload(path: Path, python: Path, *, seconds: float = SECONDS) -> list[str]:
    """Return what is wrong with a workload, a text per problem."""
    return list(examine_workload(path, python, seconds=seconds).problems)


def examine_workload(path: Path, python: Path, *, seconds: float = SECONDS) -> Findings:
    """Return what is found about a workload by reading it and by running it once.

    Its check has to accept the right answer and to refuse one with a result missing and one
    with None in it; its items must be the same every time and afterwards what they were before.
    """
    try:
        workload.read(path)
    except GilscopeError as error:
        return Findings((str(error),))
    with tempfile.TemporaryDirectory(prefix="gilscope-check-") as folder:
        return _run(path.resolve(), python, Path(folder), seconds, str(path))


def _run(path: Path, python: Path, folder: Path, seconds: float, where: str) -> Findings:
    out, log = folder / "findings.json", folder / "log.txt"
    # -I: nothing of ours or of the caller's environment; -B: no __pycache__ beside the workload.
    # A path relative to here would mean nothing in the folder it runs in; resolving a link would
    # leave its virtual environment.
    executable = python.absolute() if python.exists() else python
    command = [str(executable), "-I", "-B", str(SCRIPT), str(path), str(out)]
    command.append(str(OUTPUT_LIMIT))
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=_environ(),
                start_new_session=True,  # so that its own children can be killed with it
            )
        except OSError as error:
            hint = "Give an interpreter that `gilscope targets` lists."
            what = f"cannot be started: {error.strerror}"
            raise GilscopeError(what, where=str(python), hint=hint) from None
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            hint = "Make the work of PARAMS smaller; an experiment's params can make it larger."
            return Findings((_text(where, f"has not finished after {seconds:g} s", hint),))
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if not out.exists():
        return Findings((_text(where, _ending(code), _tail(log)),))
    found = json.loads(out.read_text(encoding="utf-8"))
    last = _last(log)
    problems = [_placed(path, where, each) for each in found["problems"]]
    # What argparse says before it ends the interpreter.
    problems = [
        each.replace("SystemExit: 2", f"SystemExit: 2: {last}", 1) if last else each
        for each in problems
    ]
    return Findings(tuple(problems), tuple(_placed(path, where, each) for each in found["remarks"]))


def _placed(path: Path, where: str, finding: list[Any]) -> str:
    """Return the text of a finding of the script, at its line where that is known."""
    what, hint, *place = finding
    if place and place[0] is not None:
        file, line = place
        where = f"{where if Path(file) == path else file}:{line}"
    return _text(where, what, hint)


def _environ() -> dict[str, str]:
    """Return the variables of a trial, as far as a check needs them: none of the shell's own."""
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH", "SYSTEMROOT")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    return {**environ, "LANG": "C.UTF-8", "TMPDIR": tempfile.gettempdir()}


def _ending(code: int) -> str:
    if code < 0:
        return f"its process was killed by {signal.Signals(-code).name}"
    return f"its process ended with status {code} before the check finished"


def _tail(log: Path) -> str:
    last = _last(log)
    return f"Its last output: {last[:200]}" if last else "It printed nothing."


def _last(log: Path) -> str:
    """Return the last line that says something."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _text(where: str, what: str, hint: str) -> str:
    return str(GilscopeError(what, where=where, hint=hint))
