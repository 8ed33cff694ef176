"""Where gilscope keeps what it can make again."""

import os
from pathlib import Path


def root() -> Path:
    """Return the folder of all caches, as the environment names it."""
    if own := os.environ.get("GILSCOPE_CACHE"):
        return Path(own).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache").absolute() / "gilscope"
