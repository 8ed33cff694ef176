"""Claims that can never speak of a cell, whatever machine the experiment runs on.

One rule: what follows from the file (factors, exclusions, presets, what workloads and models say
of themselves) decides. What depends on the machine, such as a target that is missing there or the
state of its GIL, refuses nothing: the verdict will say "not applicable".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.experiment import needs, sameness
from harness.experiment.definition import FACTORS, Claim, Experiment
from harness.experiment.levels import compared_with
from harness.experiment.problems import Problem
from harness.experiment.static import Planned, is_exact, plans, targets
from harness.storage.schema import SEQUENTIAL

NEVER = "this claim can never apply: "


def problems(experiment: Experiment) -> Iterator[Problem]:
    """Yield a problem for each claim that speaks of no cell in any preset, or cannot fail."""
    every = plans(experiment)
    for index, claim in enumerate(experiment.claims):
        if (idle := _cannot_fail(claim, index)) is not None:
            yield idle
            continue
        found = [_problem(claim, index, each, cells) for each, cells in every]
        if found and all(found):
            yield from [each for each in found if each][:1]  # of the file as it stands


def _cannot_fail(claim: Claim, index: int) -> Problem | None:
    """Return that a claim would hold whatever was measured, or None."""
    least = claim.expect.get("at_least")
    if claim.metric not in needs.RATIOS or least is None or least > 0:
        return None
    what = f"this claim can never fail: {claim.metric} is a ratio of times, always above 0"
    hint = "Write a limit above 0, such as at_least = 0.97."
    return Problem(("claims", index, "expect", "at_least"), what, hint, at_value=True)


def _problem(
    claim: Claim, index: int, experiment: Experiment, cells: Sequence[Planned]
) -> Problem | None:
    at = ("claims", index)
    meant = [cell for cell in cells if cell.may_match(claim.where)]
    if not meant:
        return _no_cell(claim, at, cells)
    able = [cell for cell in meant if cell.why is None]
    if not able:
        hint = "Change the workload or the model that `where` names."
        return Problem((*at, "where"), f"{NEVER}{meant[0].why}", hint)
    if claim.against is not None:
        return _no_other(claim, claim.against, at, experiment, (able, cells))
    lacks = needs.lacking(
        claim.metric, needs.Asked(claim.where, able, cells, experiment.factors.target)
    )
    if lacks is None:
        return None
    return Problem((*at, "metric"), NEVER + lacks[0], lacks[1], at_value=True)


def _no_cell(claim: Claim, at: tuple[str, int], cells: Sequence[Planned]) -> Problem:
    """Return that no cell is as ``where`` says; if one factor is to blame, which."""
    if not cells:
        return Problem(at, f"{NEVER}every cell of this experiment is excluded", "Exclude fewer.")
    for factor, level in claim.where.items():
        if not any(cell.may_match({factor: level}) for cell in cells):
            levels = sorted({cell.levels[factor] for cell in cells if factor in cell.levels})
            what = f"{NEVER}no cell of this experiment has {factor} = {_shown(level)}"
            hint = f"Levels of {factor} here: {', '.join(map(str, levels)) or 'none'}."
            if factor == "workers" and any(not cell.group for cell in cells):
                hint += " A sequential cell always has 1."
            return Problem((*at, "where", factor), what, hint, at_value=True)
    what = f"{NEVER}no cell of this experiment meets all of its conditions"
    hint = "Some cells are excluded, and a model fixes some levels: sequential has 1 worker."
    return Problem((*at, "where") if claim.where else at, what, hint)


def _no_other(
    claim: Claim,
    against: Mapping[str, Any],
    at: tuple[str, int],
    experiment: Experiment,
    plan: tuple[Sequence[Planned], Sequence[Planned]],
) -> Problem | None:
    """Return that no cell has another one beside it as ``against`` says, or None."""
    able, cells = plan
    keys = (*at, "against")
    pairs = [(cell, compared_with(cell.levels, against, group=cell.group)) for cell in able]
    # A cell that `where` means besides others may be the one that they are compared with.
    others = [(cell, asked) for cell, asked in pairs if not _is_itself(cell, asked, claim)]
    only_target = "target" in against and targets(experiment.factors.target) < 2
    if not others or (set(against) == {"target"} and only_target and not _arms(experiment)):
        hint = "Write in `against` a level that `where` does not have."
        return Problem(keys, f"{NEVER}`against` names the same cell as `where`", hint)
    beside = [(cell, each) for cell, asked in others for each in cells if _is(each, asked)]
    if not beside:
        return _missing(against, others[0], keys, cells)
    if all(each.why is not None for _, each in beside):
        hint = "Change the workload or the model that `against` names."
        return Problem(keys, f"{NEVER}{beside[0][1].why}", hint)
    what = next((why for each in beside if (why := sameness.unlike(experiment, *each))), None)
    return None if what is None else Problem(keys, what, sameness.HINT)


def _is_itself(cell: Planned, asked: Mapping[str, Any], claim: Claim) -> bool:
    levels = cell.levels
    if any(asked[name] != levels[name] for name in asked if name != "target"):
        return False
    if asked["target"] == levels["target"]:
        return True
    return claim.where.get("target") == asked["target"]


def _is(cell: Planned, asked: Mapping[str, Any]) -> bool:
    """Tell whether a planned cell may be the one asked for."""
    here = cell.levels["target"]
    if asked["target"] != here and is_exact(here):
        return False
    return all(cell.levels[name] == asked[name] for name in asked if name != "target")


def _missing(
    against: Mapping[str, Any],
    pair: tuple[Planned, Mapping[str, Any]],
    keys: tuple[str | int, ...],
    cells: Sequence[Planned],
) -> Problem:
    """Return which cell is asked for and not planned; if one factor is to blame, which."""
    for factor, level in against.items():
        levels = sorted({cell.levels[factor] for cell in cells})
        if level not in levels and (factor != "target" or all(map(is_exact, levels))):
            what = f"{NEVER}no cell of this experiment has {factor} = {_shown(level)}"
            hint = f"Levels of {factor} here: {', '.join(map(str, levels))}."
            return Problem((*keys, factor), what, hint, at_value=True)
    _, asked = pair
    text = ", ".join(f"{name} = {_shown(asked[name])}" for name in FACTORS[:5] if name in asked)
    what = f"{NEVER}no cell with {text} is planned to compare with `where`"
    hint = (
        "Write in `against` every factor in which the two differ, or add the levels to [factors]."
    )
    if against.get("model") not in (None, SEQUENTIAL) and "workers" not in against:
        hint = f"Also write its number of workers. {hint}"
    return Problem(keys, what, hint)


def _arms(experiment: Experiment) -> bool:
    """Tell whether one build may be measured with several environments."""
    return len(experiment.factors.target) > 1


def _shown(level: object) -> str:
    """Return a level as it is written in the file."""
    if isinstance(level, list | tuple):
        return f"[{', '.join(map(_shown, level))}]"
    if isinstance(level, bool):
        return str(level).lower()
    return f'"{level}"' if isinstance(level, str) else str(level)
