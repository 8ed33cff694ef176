"""One file is one table: ``table(frame) -> frame``, found by being in this folder."""

import pkgutil
from importlib import import_module

import pandas as pd


def names() -> list[str]:
    """Return the tables there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def make(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return table ``name`` of the tidy ``frame``."""
    return import_module(f"analysis.tables.{name}").table(frame)
