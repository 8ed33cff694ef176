"""Known answers, by which a user finds out whether gilscope tells the truth on this machine.

Each check runs a small experiment the way a user would, in a folder that is thrown away, and
compares what is stored with what must come out whatever the machine does.
"""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import experiment
from harness.planning import assemble
from harness.selftest import hogs
from harness.selftest.checks import CHECKS, Check
from harness.selftest.readings import Reading, Record, Row
from harness.storage import store
from harness.workload import experiments_folder

__all__ = ["CHECKS", "TRIES", "Check", "Result", "judge", "run"]

# A check whose reading lies outside is run again: what noise did once it rarely does again, and
# what is broken stays broken. How often it took is part of the answer.
TRIES = 3
Analyse = Callable[[Path], Sequence[Row]]
PROGRAM = (sys.executable, "-P", "-c", "from harness.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a check: its readings, or why there is none."""

    check: Check
    readings: tuple[Reading, ...]
    wrong: tuple[str, ...]  # trials that gave another end than the check is about
    tries: int
    skipped: str | None = None

    @property
    def passes(self) -> bool:
        """Whether every reading lies where it should; a check without any does not fail."""
        return not self.wrong and all(reading.passes for reading in self.readings)


def run(check: Check, targets: Sequence[str], analyse: Analyse) -> Result:
    """Run one check, again while it does not pass, up to `TRIES` times.

    ``analyse`` returns what the analysis says of a folder of results, a row per cell.
    """
    if (why := _not_here(check, targets)) is not None:
        return Result(check, (), (), 0, why)
    result = None
    for tries in range(1, TRIES + 1):
        beside = hogs.on_every_cpu() if check.hogs else contextlib.nullcontext()
        with beside, tempfile.TemporaryDirectory(prefix="gilscope-") as name:
            records, said = _records(check, targets, Path(name))
            told = analyse(Path(name)) if check.analysed and records else ()
        result = judge(check, records, tries, said, told)
        if result.passes:
            break
    assert result is not None
    return result


def _not_here(check: Check, targets: Sequence[str]) -> str | None:
    """Return why no interpreter here is one that a check is about, or None."""
    usable = assemble.targets(targets)
    plan = assemble.assemble(experiment.load(_path(check)), usable, build=False).plan
    here = [cell for cell in plan.cells if cell.obstacle != "target"]
    return None if here else "; ".join(sorted({str(cell.skipped) for cell in plan.cells}))


def _path(check: Check) -> Path:
    return experiments_folder() / "selftest" / f"{check.experiment}.toml"


def judge(
    check: Check,
    records: Sequence[Record],
    tries: int,
    said: str = "",
    told: Sequence[Row] = (),
) -> Result:
    """Return what ``records`` say about a check, or the rows that were ``told`` of them.

    ``said``: why it could not run.
    """
    plain = [record for record in records if record["control"] in (None, "diagnostic")]
    readings = check.read(told if check.analysed else plain)
    wrong = [f"{r['status']}: {r['reason']}" for r in plain if r["status"] in check.faults]
    wrong += [said.strip()] if said.strip() else []
    skipped = None
    if not readings and not wrong:
        reasons = {str(r["reason"]) for r in plain if r["status"] == "skipped"}
        skipped = "; ".join(sorted(reasons)) or "no interpreter here that it is about"
    return Result(check, tuple(readings), tuple(wrong), tries, skipped)


def _records(check: Check, targets: Sequence[str], results: Path) -> tuple[list[Record], str]:
    words = [
        "run",
        str(_path(check)),
        "--results",
        str(results),
        "--machine",
        "selftest",
        "--quiet",
    ]
    words += ["--diagnose"] if check.diagnose else []
    words += [word for each in targets for word in ("--target", each)]
    ended = subprocess.run([*PROGRAM, *words], check=False, capture_output=True, text=True)
    found: list[Record] = [
        record for each in store.sessions(results) for record in store.records(each)
    ]
    return found, ended.stderr if ended.returncode > 1 else ""
