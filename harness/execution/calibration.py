"""How much k spinners do on this machine when it is left alone: the canary's threshold.

Two processors of one core do together less than two of one: what a quiet machine gives differs
between machines, and a fixed threshold would call one kind busy for ever. Calibrated once and
kept with the machine's facts.
"""

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness import machine
from harness.execution.trial import canary_command, canary_environ, unsound
from harness.planning.plan import Plan
from harness.process import supervisor
from harness.process.supervisor import MARKER
from harness.storage import limits

ROUNDS = 8  # of about 1.7 s
ENOUGH = 5  # undisturbed rounds that make a calibration
OTHERS = 0.05  # share of all CPU time that other programs took
# The threshold lies below the level by three robust standard deviations of the rounds, but by no
# less than 5 % (eight rounds may agree by luck) and no more than 25 % (a quarter of the machine
# gone is never "as usual").
SPREADS, LEAST, MOST = 3.0, 0.05, 0.25

Round = dict[str, float]


def is_worth_it(plan: Plan) -> bool:
    """Tell whether anything will be decided by the canary of this plan."""
    # With fewer a session has no interval, and so no verdict for a canary to gate.
    enough = plan.experiment.design.blocks >= limits.MIN_BLOCKS
    return enough and bool(plan.runnable) and not plan.diagnostic


def known(results: Path, name: str, spinners: int) -> dict[str, Any] | None:
    """Return the calibration kept with this machine's results, newest first, or None."""
    files = sorted((results / name).glob("machine-*.json"), key=lambda path: path.stat().st_mtime)
    for path in reversed(files):
        try:
            kept = json.loads(path.read_bytes()).get("canary")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(kept, dict) and kept.get("spinners") == spinners and kept.get("why") is None:
            return kept
    return None


def calibrate(
    spinners: int, measure: Callable[[int], Round | None] | None = None
) -> dict[str, Any]:
    """Return level and threshold of ``spinners`` on this machine now.

    Returns
    -------
    dict
        ``spinners``; ``rounds`` as `one_round` gives them; ``level``: median capacity of the
        undisturbed ones; ``threshold``; ``why``: null, or why the threshold is the default.
    """
    rounds = [each for each in map(measure or one_round, [spinners] * ROUNDS) if each]
    quiet = [each for each in rounds if each["steal"] <= limits.STEAL and each["others"] <= OTHERS]
    if len(quiet) < ENOUGH:
        why = f"{len(quiet)} of {ROUNDS} rounds were undisturbed, fewer than {ENOUGH}"
        return _answer(spinners, rounds, None, limits.CANARY, why)
    single = statistics.median(each["single"] for each in quiet)
    capacities = [each["together"] / (spinners * single) for each in quiet]
    level, at = judged(capacities)
    return _answer(spinners, rounds, level, at, None)


def judged(capacities: list[float]) -> tuple[float, float]:
    """Return the level of ``capacities``, and the threshold below which a block was not ours."""
    # Spinners never do more together than as many alone; above 1, the clock rose meanwhile.
    level = min(1.0, statistics.median(capacities))
    deviation = 1.4826 * statistics.median(abs(each - level) for each in capacities)
    return level, level - min(max(SPREADS * deviation, LEAST * level), MOST * level)


def one_round(spinners: int) -> Round | None:
    """Run one canary; return its rates, and the shares stolen and taken by others meanwhile."""
    with tempfile.TemporaryDirectory(prefix="gilscope-", ignore_cleanup_errors=True) as name:
        result = Path(name) / "result.json"
        command = canary_command(Path(sys.executable), spinners, result)
        environ = {**canary_environ(), MARKER: f"calibrate-{os.getpid()}"}
        before, ours = machine.noise(), _children()
        supervisor.run(command, environ=environ, folder=Path(name), timeout=60)
        after, ours = machine.noise(), _children() - ours
        try:
            answer = json.loads(result.read_bytes())
        except (OSError, ValueError):
            return None
    if not isinstance(answer, dict) or unsound(answer) is not None:
        return None
    return {
        "single": float(answer["single"]),
        "together": float(sum(answer["together"])),
        **_shares(before, after, ours),
    }


def _shares(before: Mapping[str, Any], after: Mapping[str, Any], ours: float) -> Round:
    """Return which share of all CPU time was stolen, and which other programs used."""
    if not before["ticks"] or not after["ticks"]:
        return {
            "steal": 0.0,
            "others": 0.0,
        }  # not readable here; the spread of the rounds must suffice
    spent = {name: after["ticks"][name] - before["ticks"][name] for name in after["ticks"]}
    everything = max(1, sum(spent.values()))
    idle = spent["idle"] + spent["iowait"] + spent["steal"]
    others = everything - idle - ours * (after["ticks_per_second"] or 100)
    return {"steal": spent["steal"] / everything, "others": max(0.0, others / everything)}


def _children() -> float:
    used = os.times()
    return used.children_user + used.children_system


def _answer(
    spinners: int, rounds: list[Round], level: float | None, at: float, why: str | None
) -> dict[str, Any]:
    kept = [{name: round(value, 4) for name, value in each.items()} for each in rounds]
    return {
        "spinners": spinners,
        "rounds": kept,
        "level": None if level is None else round(level, 4),
        "threshold": round(at, 4),
        "why": why,
    }


def of_run(results: Path, name: str, spinners: int, say: Callable[[str], object]) -> dict[str, Any]:
    """Return this machine's calibration, made now if there is none worth keeping."""
    kept = known(results, name, spinners)
    if kept is None:
        say("calibrating: measuring the idle machine (14 s) ...")
        kept = calibrate(spinners)
        if kept["why"]:
            usual = f"blocks are judged by the default threshold of {limits.CANARY:g}"
            say(f"note: {kept['why']}; {usual}")
    return kept
