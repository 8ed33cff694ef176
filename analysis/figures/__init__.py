"""One file is one figure: ``INPUT`` names its table, ``draw(table) -> Figure``.

Found by being in this folder. ``CAPTION`` says what to see in it.
"""

import pkgutil
from importlib import import_module
from types import ModuleType


def names() -> list[str]:
    """Return the figures there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def figure(name: str) -> ModuleType:
    """Return the module of figure ``name``."""
    return import_module(f"analysis.figures.{name}")
