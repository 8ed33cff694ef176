"""The worker's commands; see CONTRACT.md.

The command line is read by hand: a trial passes pyperf's options through, and argparse is only
worth its import where pyperf needs it anyway.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from contextlib import suppress

from gilworker import response
from gilworker.errors import Failure, Skipped, one_line, reason_of, skips, traceback_of

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.contracts import Json

USAGE = """\
usage: run.py --trial REQUEST.json --result RESULT.json
       run.py --describe [--out FILE]
       run.py --prepare WORKLOAD.py ...
       run.py --import WORKLOAD.py ...
       run.py --probes --result FILE
       run.py --canary K --seconds S --result FILE"""


def main(argv: list[str]) -> int:
    """Run one command and return the exit status."""
    faulthandler.enable()
    program, arguments = argv[0], argv[1:]
    command = arguments[0] if arguments else ""
    if command == "--trial" and arguments[2:3] == ["--result"] and len(arguments) >= 4:
        return trial(program, arguments[1], arguments[3], arguments[4:])
    if command == "--describe" and (len(arguments) == 1 or arguments[1:2] == ["--out"]):
        from gilworker import about

        return about.describe(arguments[2] if len(arguments) == 3 else None)
    if command == "--prepare":
        from gilworker import about

        return about.prepare(program, arguments[1:])
    if command == "--import":
        from gilworker import about

        print(json.dumps({"workloads": about.import_errors(arguments[1:])}))
        return 0
    if command == "--probes" and arguments[1:2] == ["--result"] and len(arguments) == 3:
        from gilworker import probing

        return probing.main(arguments[2])
    if command in {"--canary", "--spin"}:
        from gilworker import canary

        return canary.main(program, arguments)
    print(USAGE, file=sys.stderr)
    return 2


def trial(program: str, request_path: str, result_path: str, arguments: list[str]) -> int:
    """Measure a trial and write its response, whatever becomes of it."""
    answer = response.empty()
    document = f"{result_path}.pyperf"
    try:
        request = response.read(request_path)
        answer.update(trial=request["trial"], engine=request["engine"])
        if request["contract"] != response.CONTRACT:
            spoken = f"this worker speaks contract {response.CONTRACT}"
            raise Failure(f"{spoken}, the request {request['contract']}")
        if request["engine"] == "official" and not arguments:
            answer = _managed(program, request_path, request, document)
        else:
            _measured(request, answer, arguments, document)
    except Skipped as skipped:
        answer.update(status="skipped", reason=str(skipped))
    except _Vanished as vanished:
        print(vanished, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: BLE001 - whatever happened is the result
        reason = one_line(reason_of("the worker", error))
        why = skips(reason)
        status = getattr(error, "status", "error") if why is None else "skipped"
        answer.update(status=status, reason=why or reason, traceback=traceback_of(error))
    _discard(document)
    response.write(result_path, answer)
    return 0


def _measured(request: Json, answer: Json, arguments: list[str], document: str) -> None:
    """Measure in this process."""
    from gilworker import state
    from gilworker.trial import Trial

    try:
        Trial(request, answer).run(arguments, document)
    finally:
        if answer["state"]["end"] is None:
            answer["state"]["end"] = state.snapshot()


class _Vanished(Exception):
    """The measuring process ended without a response; so there is none."""


def _managed(program: str, request_path: str, request: Json, document: str) -> Json:
    """Let pyperf's manager start this program again, and join what both have written."""
    from gilworker import engine

    part = f"{document}.part"
    command = [program, "--trial", request_path, "--result", part]
    warmups = 0 if request["lifecycle"] == "cold" else request["warmups"]
    try:
        why = engine.manage(request["name"], command, request["values"], warmups, document)
        if not os.path.exists(part):  # noqa: PTH110
            raise _Vanished(f"the measuring process left no response: {why}")
        answer = response.read(part)
    finally:
        _discard(part)
    if why is None:
        answer["pyperf"] = response.read(document)
    elif answer["status"] == "ok" or (answer["status"] == "wrong" and answer["values"]):
        raise Failure(why)
    return answer


def _discard(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)  # noqa: PTH108
