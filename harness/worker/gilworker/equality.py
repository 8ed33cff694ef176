"""Whether two items are the same by their own word: what `check` asks, never a trial."""

from __future__ import annotations

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from typing import Any


def equal(one: Any, other: Any) -> bool:
    """Tell whether two items say that they are equal."""
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - an array does not say
        return False


def incomparable(item: Any, deep: int = 3) -> bool:
    """Tell whether an item is, or holds, an object that is equal to nothing but itself."""
    if isinstance(item, (list, tuple, set, frozenset, dict)):
        parts = [*item.values(), *item] if isinstance(item, dict) else item
        return deep > 0 and any(incomparable(part, deep - 1) for part in parts)
    return type(item).__eq__ is object.__eq__
