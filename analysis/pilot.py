"""Sessions that were to be precise: how many of their blocks chose the number of all."""

from collections.abc import Mapping
from typing import Any


def blocks(session: Mapping[str, Any]) -> int | None:
    """Return the length of a session's pilot, or None where the number of blocks was fixed."""
    found = session.get("pilot")
    return found if isinstance(found, int) and 1 < found < 2**31 else None
