"""Execution models: one file is one model, found by listing this folder.

The model's name is the file's name with "-" for "_". A model is a module with

``TASK``
    "task" or "task_async": the function of a workload it runs.
``unavailable() -> str | None``
    None, or why this interpreter cannot: "needs CPython 3.14 or newer, this is 3.13.5".
``pool(workers, **options)``
    Context manager yielding ``run(task, items) -> results in order``. An error in a task reaches
    the caller of ``run``. Whatever was started has ended when the pool is left.

and, where they apply, ``START_METHOD`` and ``ENGINE`` (recorded), ``COPIES`` (True: workers get
copies of the items), ``LIFECYCLES`` (those it has; both when left out) and ``NO_GROUP``: why the
members of a group, which wait for one another and so need a worker each that is there at once,
cannot run under it. ``TASK`` and the last two are read without importing the file, so they are
literals.

Options, all keywords; take those you need and ``**_`` for the rest:

``prepare``
    Callable, to be called once in every worker before its first item. Can be pickled.
``warm``
    Callable that works through one item (for TASK "task_async" it returns a coroutine), or None.
    Given: every worker exists and has called it exactly once when the pool yields. None: the pool
    is cold, start nothing before it is needed.
``verify``
    Callable or None, to be called once in every worker of a warm pool that is being left without
    an error. Only for models whose workers have an interpreter of their own. Can be pickled.
``chunk``
    Items per message.
"""

from __future__ import annotations

import os
from importlib import import_module

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from typing import cast

    from gilworker.contracts import Model


def names() -> list[str]:
    """Return the names of all models there are, in order."""
    files = os.listdir(os.path.dirname(__file__))  # noqa: PTH120, PTH208 - in every child
    return sorted(
        file[:-3].replace("_", "-")
        for file in files
        if file.endswith(".py") and not file.startswith("_")
    )


def load(name: str) -> Model:
    """Return the model called ``name``."""
    module = import_module(f"gilworker.models.{name.replace('-', '_')}")
    if TYPE_CHECKING:
        return cast("Model", module)
    return module


def unavailable(name: str) -> str | None:
    """Return why the model called ``name`` cannot run here, or None."""
    try:
        return load(name).unavailable()
    except Exception as error:  # noqa: BLE001 - a model that cannot be imported is one answer
        return f"cannot be imported: {type(error).__name__}: {error}"
