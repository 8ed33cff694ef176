"""Whether two cells that a claim compares do the same work, as far as the file can tell."""

from collections.abc import Mapping
from typing import Any

from harness.experiment.definition import Experiment, is_target, params_for
from harness.experiment.levels import differing
from harness.experiment.static import Planned, is_exact
from harness.workload import short_name

HINT = "Declare `units(**params)` in both, or give both the same parameters."


def unlike(experiment: Experiment, cell: Planned, other: Planned) -> str | None:
    """Return why nothing says what one of two cells is to the other, or None.

    None, too, where the parameters depend on what the targets are called: a machine knows that.
    A group is compared by the latency of one call, in which there is nothing to count.
    """
    ours, theirs = _params(experiment, cell), _params(experiment, other)
    if cell.group or ours is None or theirs is None:
        return None
    silent = [each.facts.path.name for each in (cell, other) if not each.facts.has_units]
    if ours == theirs or not silent:
        return None
    return (
        f"parameters differ ({differing(ours, theirs)}) and {silent[0]} declares no `units`, "
        "so that nothing says how much work each does"
    )


def _params(experiment: Experiment, cell: Planned) -> Mapping[str, Any] | None:
    """Return the parameters of a cell; None if they depend on a target that is not known."""
    level, target = cell.levels["workload"], cell.levels["target"]
    defaults = cell.facts.params
    name = short_name(level)
    tables = [table for key, table in experiment.params.items() if key.partition("@")[0] == name]
    per_target = any(is_target(*each, defaults) for table in tables for each in table.items())
    if per_target and not is_exact(target):
        return None
    return params_for(experiment, level, target, defaults)
