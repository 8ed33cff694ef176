"""One file is one figure: ``INPUT`` names its table, ``draw(table) -> Figure``.

Found by being in this folder. ``TITLE`` and ``CAPTION`` say what it is and what to see in it,
``has_data(table)`` whether it is worth drawing. ``SCOPE`` says whose rows it gets: those of one
session unless it says otherwise, of all latest sessions of a machine, or of all machines.
"""

import pkgutil
from importlib import import_module
from types import ModuleType

SESSION, MACHINE, ALL = "session", "machine", "all"


def names() -> list[str]:
    """Return the figures there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def figure(name: str) -> ModuleType:
    """Return the module of figure ``name``."""
    return import_module(f"analysis.figures.{name}")


def of_scope(scope: str) -> list[str]:
    """Return the figures of one session, of a machine, or of all of them."""
    return [name for name in names() if getattr(figure(name), "SCOPE", SESSION) == scope]
