"""One file is one figure: ``INPUT`` names its table, ``draw(table) -> Figure``.

Found by being in this folder. ``TITLE`` and ``CAPTION`` say what it is and what to see in it,
``has_data(table)`` whether it is worth drawing. One of a whole machine says ``SCOPE = MACHINE``
and gets the rows of all its latest sessions, any other those of one session.
"""

import pkgutil
from importlib import import_module
from types import ModuleType

MACHINE = "machine"


def names() -> list[str]:
    """Return the figures there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def figure(name: str) -> ModuleType:
    """Return the module of figure ``name``."""
    return import_module(f"analysis.figures.{name}")


def of_scope(*, machine: bool) -> list[str]:
    """Return the figures of a whole machine, or else those of one session."""
    return [name for name in names() if (getattr(figure(name), "SCOPE", "") == MACHINE) == machine]
