"""Which levels a cell has in the end, and why none can be run with some: rules of models and files.

A model or a group fixes some levels whatever an experiment asks for. Planning, checking and
comparing cells go by this one rule.
"""

from collections.abc import Mapping
from typing import Any

from harness import models
from harness.models import Model
from harness.storage.schema import SEQUENTIAL
from harness.workload import Workload

Levels = Mapping[str, Any]


def settled(levels: Levels, members: int | None = None) -> dict[str, Any]:
    """Return the levels of the cell that is asked for by ``levels``.

    ``members`` is the size of a group, which has a worker for each of them.
    """
    alone = levels["model"] == SEQUENTIAL
    model = models.known().get(levels["model"])
    kinds = model.lifecycles if model else (levels["lifecycle"],)
    return {
        **levels,
        "workers": members or (1 if alone else levels["workers"]),
        "lifecycle": levels["lifecycle"] if levels["lifecycle"] in kinds else kinds[0],
        "chunk": 1 if alone else levels["chunk"],
    }


def compared_with(levels: Levels, against: Levels, *, group: bool) -> dict[str, Any]:
    """Return the levels of the cell that a claim compares with the one of these ``levels``.

    The number of workers is left open for a group: it follows from its members.
    """
    asked = settled({**levels, **against})
    return {name: asked[name] for name in asked if not (group and name == "workers")}


def why_not(levels: Levels, workload: Workload, model: Model) -> str | None:
    """Return why no interpreter runs this work with these levels, or None."""
    if workload.roles:
        return _no_group(levels, model)
    has = workload.has_task if model.task == "task" else workload.has_task_async
    return None if has else f"{workload.name} has no {model.task}, which {levels['model']} runs"


def _no_group(levels: Levels, model: Model) -> str | None:
    """Return why a group cannot run in a cell, as the worker would, or None."""
    if model.no_group is not None:
        return f"{levels['model']} {model.no_group}; the members of a group run at once"
    if levels["lifecycle"] != "warm":
        return f"a group is always warm, asked for {levels['lifecycle']}"
    return None


def differing(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """Return the parameters in which two cells differ: ``size: 1000 and 2000``."""
    names = sorted({*ours, *theirs})
    return ", ".join(
        f"{name}: {ours.get(name, 'none')} and {theirs.get(name, 'none')}"
        for name in names
        if ours.get(name) != theirs.get(name) or (name in ours) != (name in theirs)
    )
