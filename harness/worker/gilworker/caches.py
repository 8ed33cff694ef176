"""How often the functools caches of a user's modules had to compute."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def misses(folder: str) -> dict[str, int]:
    """Return the misses of every cached function defined by a module in ``folder``, by name."""
    return {
        name: function.cache_info().misses
        for owner in _owners(os.path.join(folder, ""))  # noqa: PTH118
        for name, function in list(vars(owner).items())
        if hasattr(function, "cache_info")
    }


def _owners(folder: str) -> Iterator[Any]:
    """Yield the modules and their classes."""
    for module in list(sys.modules.values()):
        if str(getattr(module, "__file__", None)).startswith(folder):
            yield module
            yield from (each for each in list(vars(module).values()) if isinstance(each, type))
