"""What cannot be measured, or went wrong: each reason once, with the cells it stands for. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import GilscopeError
from harness.planning.cells import Obstacle
from harness.planning.plan import Plan

Levels = Mapping[str, Any]

_NAMED = 4  # levels named before "and N more"
_FACTORS = ("workload", "model", "workers", "target")
_FACTORS += ("lifecycle", "chunk", "switch_interval", "gc", "experiment")
_SHAPES = {"workers": "{} workers", "target": "on {}", "experiment": "in {}", "chunk": "chunk {}"}
_SHAPES |= {"switch_interval": "switch interval {} s", "gc": "gc {}"}

CURES: Mapping[Obstacle, str] = {
    "target": "`gilscope targets` lists the interpreters found; --target NAME=PATH names another.",
    "environment": (
        "A trial's environment holds pyperf and what REQUIRES names, wheels only: correct "
        "REQUIRES, or name an interpreter for which there are wheels with --target."
    ),
    "workload": (
        "Trials run in an empty folder without the shell's variables, with the standard library "
        "and what REQUIRES names: find files from Path(__file__).parent, give values as PARAMS, "
        "and keep a command line under `if __name__ == '__main__':`."
    ),
    "model": (
        "`gilscope targets` says which models each interpreter offers, `gilscope check FILE` "
        "what the work needs."
    ),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why cells are skipped."""

    reason: str
    obstacle: Obstacle
    cells: tuple[Levels, ...]

    def said(self, every: Sequence[Levels]) -> str:
        """Return the reason with its cells among all of them."""
        return f"{counted(len(self.cells), 'cell')}{in_words(self.cells, every)}: {self.reason}"


def refusals(plans: Iterable[Plan]) -> list[Refusal]:
    """Return why cells of these plans are skipped, each reason once, the most frequent first."""
    found: dict[tuple[str, Obstacle], list[Levels]] = {}
    for plan in plans:
        for cell in plan.cells:
            if cell.skipped is not None:
                key = (cell.skipped, cell.obstacle or "model")
                found.setdefault(key, []).append(_levels(plan, cell.levels))
    made = [Refusal(*key, tuple(cells)) for key, cells in found.items()]
    return sorted(made, key=lambda each: -len(each.cells))


def skips(plans: Sequence[Plan]) -> list[str]:
    """Return a line for each reason why cells are skipped."""
    every = [_levels(plan, cell.levels) for plan in plans for cell in plan.cells]
    return [f"skipped {each.said(every)}" for each in refusals(plans)]


def failures(records: Sequence[Mapping[str, Any]], plans: Sequence[Plan]) -> list[str]:
    """Return a line for each way in which trials went wrong, with the id of one of them."""
    every = [_levels(plan, cell.levels) for plan in plans for cell in plan.cells]
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        found.setdefault((record["status"], str(record["reason"])), []).append(record)
    lines = []
    for (status, reason), those in found.items():
        cells = [{**each["cell"], "experiment": each["experiment"]} for each in those]
        which = in_words(cells, every)
        first = those[0]["trial"]
        named = f"trial {first}" if len(those) == 1 else f"{len(those)} trials, as {first}"
        lines.append(f"{status} {named}{which}: {reason}")
    return lines


def require_something(plans: Sequence[Plan]) -> list[str]:
    """Return a line for each plan of which nothing can be measured here.

    Raises
    ------
    GilscopeError
        That is so of all of them: there is nothing to run, and the user may know the cure.
    """
    idle = [plan for plan in plans if not plan.runnable]
    if len(idle) < len(plans):
        return [f"{plan.experiment.name}: {_nothing([plan])}" for plan in idle]
    found = refusals(idle)
    where = ", ".join(str(plan.experiment.path) for plan in idle)
    hint = (
        CURES[found[0].obstacle]
        if found
        else "Remove the option or [[exclude]] that excludes every cell."
    )
    raise GilscopeError(_nothing(idle), where=where, hint=hint)


def _nothing(plans: Sequence[Plan]) -> str:
    found = refusals(plans)
    if len(found) == 1:
        return f"nothing can be measured here: {found[0].reason}"
    if not found:
        return "nothing can be measured here: it has no cells"
    every = [_levels(plan, cell.levels) for plan in plans for cell in plan.cells]
    return "\n    ".join(["nothing can be measured here", *(each.said(every) for each in found)])


def in_words(some: Sequence[Levels], every: Sequence[Levels]) -> str:
    """Return in brackets what tells ``some`` cells from ``every`` one; nothing if nothing does."""
    parts = []
    rest = list(every)
    for factor in _FACTORS:
        levels = list(dict.fromkeys(str(each[factor]) for each in some))
        alike = [each for each in rest if str(each[factor]) in levels]
        if len(alike) < len(rest):
            rest = alike
            more = len(levels) - _NAMED
            shown = ", ".join(levels[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            parts.append(_SHAPES.get(factor, "{}").format(shown))
    return f" ({'; '.join(parts)})" if parts else ""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _levels(plan: Plan, levels: Levels) -> Levels:
    return {**levels, "experiment": plan.experiment.name}
