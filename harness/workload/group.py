"""Where a group workload can run: its members work at once, each in a worker that is there."""

from collections.abc import Mapping
from typing import Any

# The worker refuses the same, with the same words.
NO_GROUPS = {
    "sequential": "runs one item after another",
    "asyncio": "runs coroutines, not functions that wait",
    "asyncio-to-thread": "runs what an event loop awaits",
    "threads-raw": "has no pool that could be warm",
}


def refusal(levels: Mapping[str, Any]) -> str | None:
    """Return why a group cannot run in the cell with these levels, or None."""
    if (why := NO_GROUPS.get(levels["model"])) is not None:
        return f"{levels['model']} {why}; the members of a group run at once"
    if levels["lifecycle"] != "warm":
        return f"a group is always warm, asked for {levels['lifecycle']}"
    return None
