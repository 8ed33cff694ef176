"""One file is one table: ``table(frame) -> frame``, found by being in this folder.

A table of the diagnostic pass says so by ``PASS = "diagnostic"``; all others are made of what was
timed and never see the rest.
"""

import pkgutil
from importlib import import_module

import pandas as pd

from analysis.dataset.tidy import Reading
from harness.storage.schema import DIAGNOSTIC


def names() -> list[str]:
    """Return the tables there are."""
    every = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in every if not name.startswith("_"))


def make(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return table ``name`` of the tidy ``frame``."""
    return import_module(f"analysis.tables.{name}").table(frame)


def make_all(reading: Reading) -> dict[str, pd.DataFrame]:
    """Return every table by name, each made of the pass that it is about."""
    return {name: make(name, _pass(name, reading)) for name in names()}


def _pass(name: str, reading: Reading) -> pd.DataFrame:
    module = import_module(f"analysis.tables.{name}")
    diagnostic = getattr(module, "PASS", None) == DIAGNOSTIC
    return reading.diagnostics if diagnostic else reading.frame
