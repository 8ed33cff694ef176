"""How a trial ended: its status and the reason, from its process and from what the worker said."""

import signal
from typing import Any

from harness.process import supervisor
from harness.process.outcome import Outcome

# Without what it printed until then: that is another number each time, and in the record's log.
FLOODED = f"printed more than the {supervisor.OUTPUT_LIMIT:,} bytes a trial may print".replace(
    ",", " "
)


def status_of(
    outcome: Outcome, response: dict[str, Any] | None, why_not: str, timeout: float
) -> tuple[str, str | None]:
    """Return status and reason. How the process ended outweighs what it said before."""
    if outcome.timed_out:
        return "timeout", f"no end after {timeout:g} s; it and all it started were killed"
    if outcome.flooded:
        return "error", f"{FLOODED}; it was killed"
    if outcome.signal is not None:
        return "error", f"killed by {_signal(outcome.signal)}"
    if response is None:
        return "error", f"ended with exit status {outcome.code}, {why_not}{_last_line(outcome)}"
    if response.get("status") in ("error", "wrong", "skipped"):
        return str(response["status"]), str(response.get("reason"))
    if outcome.left:
        return "error", f"left running when it ended: {', '.join(outcome.left)}; killed"
    if outcome.code != 0:
        return "error", f"answered, then ended with exit status {outcome.code}{_last_line(outcome)}"
    return str(response.get("status", "ok")), None


def _signal(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} ({number})"
    except ValueError:
        return f"signal {number}"


def _last_line(outcome: Outcome) -> str:
    lines = outcome.stderr.text.strip().splitlines()
    return f": {lines[-1][:200]}" if lines else ""
