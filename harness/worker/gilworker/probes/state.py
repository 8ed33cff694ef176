"""The settings that decide what a value means, read on both sides of it."""

from __future__ import annotations

import gc
import sys

from gilworker import gil, state

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional

    from gilworker.contracts import Json
    from gilworker.probes import Scope

    Reading = tuple[bool, Optional[bool], bool, float]

DISTANCE = 50
NAMES = ("gil", "jit", "gc", "switch_interval")


def begin(scope: Scope) -> Callable[[], Reading]:  # noqa: ARG001 - the same for every pool
    """Return the reading: GIL, JIT and collector on or off, and the switch interval in s."""
    return lambda: (gil.enabled(), state.jit(), gc.isenabled(), sys.getswitchinterval())


def between(before: Reading, after: Reading, seconds: float) -> Json:  # noqa: ARG001
    """Return both readings, by name."""
    return {"before": dict(zip(NAMES, before)), "after": dict(zip(NAMES, after))}
