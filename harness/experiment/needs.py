"""What a metric needs of the cells a claim speaks of, and of those it compares them with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.experiment.definition import Where
from harness.experiment.static import Planned, is_exact, targets
from harness.storage.schema import SEQUENTIAL

# As in analysis: its models whose workers share one GIL, and its label of an undisturbed group.
ONE_GIL = ("sequential", "threads", "threads-raw", "asyncio-to-thread")
ALONE = "alone"
OBSERVED = "observed."
# Metrics that are one time over another, or a ratio of such: never 0 or below.
RATIOS = frozenset({"speedup", "speedup_user", "speedup_self", "gil_slowdown", "lock_effect"})
RATIOS |= {"cpu_inflation", "tax", "convoy_factor", "ratio"}

Lack = tuple[str, str] | None  # what is missing, and the cure


@dataclass(frozen=True, slots=True)
class Asked:
    """The cells that a claim is about, and all that are planned beside them."""

    where: Where
    cells: Sequence[Planned]
    every: Sequence[Planned]
    targets: tuple[str, ...]  # levels of the factor


Need = Callable[[Asked], Lack]

_ADD_SEQUENTIAL = 'Add "sequential" to the factor model, or use metric "ratio" with `against`.'


def lacking(metric: str, asked: Asked) -> Lack:
    """Return what a metric will never have in the cells a claim is about, or None."""
    need = _observed(metric) if metric.startswith(OBSERVED) else _NEEDS.get(metric)
    return need(asked) if need else None


def _baseline(*, computed: bool, anywhere: bool = False) -> Need:
    def need(asked: Asked) -> Lack:
        compared = [cell for cell in asked.cells if cell.levels["model"] != SEQUENTIAL]
        if not compared:
            what = "it is about sequential cells only, which are the baseline of the others"
            return what, 'Use metric "ratio" with `against` to compare sequential cells.'
        found = any(
            (computed and cell.facts.has_baseline) or _has_sequential(cell, asked.every, anywhere)
            for cell in compared
        )
        return None if found else ("no sequential cell is planned to compare with", _ADD_SEQUENTIAL)

    return need


def _has_sequential(cell: Planned, every: Sequence[Planned], anywhere: bool) -> bool:
    return any(
        other.levels["model"] == SEQUENTIAL
        and other.why is None
        and other.levels["workload"] == cell.levels["workload"]
        and (anywhere or other.levels["target"] == cell.levels["target"])
        for other in every
    )


def _one_worker(asked: Asked) -> Lack:
    if lack := _baseline(computed=True)(asked):
        return lack
    several = [cell for cell in asked.cells if cell.group or cell.levels["workers"] > 1]
    if not several:
        return "it is about cells with one worker, but the metric compares several with one", (
            "Write workers = 2, or another level, in `where`."
        )
    alone = [dict(cell.levels) | {"workers": 1} for cell in several]
    if any(cell.levels == levels for cell in asked.every for levels in alone):
        return None
    return "the same cell with one worker is not planned", "Add 1 to the factor workers."


def _two_targets(asked: Asked) -> Lack:
    if targets(asked.targets) < 2:
        what = "no free-threaded target is measured together with its twin with the GIL"
        return what, 'Write target = ["twins"], or name both builds.'
    return None


def _twin_speedup(asked: Asked) -> Lack:
    needs = (_two_targets, _baseline(computed=True))
    return next((lack for need in needs if (lack := need(asked))), None)


def _locked(asked: Asked) -> Lack:
    on = [name for name in _targets(asked.cells) if "PYTHON_GIL=1" in name.split(",")[1:]]
    off = [name for name in _targets(asked.every) if "PYTHON_GIL=1" not in name.split(",")[1:]]
    if _without_gil(asked.where) or not any(_same_build(a, b) for a in on for b in off):
        what = "no build is planned both with PYTHON_GIL=1 and with PYTHON_GIL=0"
        hint = 'Write target = ["free-threaded,PYTHON_GIL=0", "free-threaded,PYTHON_GIL=1"].'
        return what, hint
    return None


def _targets(cells: Sequence[Planned]) -> set[str]:
    return {cell.levels["target"] for cell in cells}


def _same_build(one: str, other: str) -> bool:
    bases = {one.partition(",")[0], other.partition(",")[0]}
    return len(bases) == 1 or not all(map(is_exact, bases))


def _shares_a_gil(asked: Asked) -> Lack:
    cells = asked.cells
    if _without_gil(asked.where) or not any(cell.levels["model"] in ONE_GIL for cell in cells):
        what = "no cell of this claim has workers that share one GIL"
        return what, f"Write gil = true and a model of {', '.join(ONE_GIL)}, or use metric blocked."
    return None


def _without_gil(where: Where) -> bool:
    return where.get("gil") in (False, (False,))


def _group(asked: Asked) -> Lack:
    cells = asked.cells
    if any(cell.group for cell in cells):
        return None
    name = cells[0].facts.name
    return f"{name} is not a group workload, and only group workloads measure latencies", (
        "Use metric seconds, or a workload with ROLES."
    )


def _convoy(asked: Asked) -> Lack:
    if lack := _group(asked):
        return lack
    names = {cell.levels["workload"] for cell in asked.every if cell.why is None}
    pairs = [cell.levels["workload"].partition("@") for cell in asked.cells if cell.group]
    if any(label not in ("", ALONE) and f"{name}@{ALONE}" in names for name, _, label in pairs):
        return None
    what = f"the group is not planned both undisturbed (label @{ALONE}) and under another label"
    return what, f'Add "{pairs[0][0]}@{ALONE}" to the factor workload.'


def _observed(metric: str) -> Need:
    def need(asked: Asked) -> Lack:
        cells = asked.cells
        if any(cell.facts.has_observe for cell in cells):
            return None
        what = f"{cells[0].facts.name} has no observe function, so there is no {metric}"
        return what, "Add a function observe(results) to the workload that returns it."

    return need


_NEEDS: dict[str, Need] = {
    "speedup": _baseline(computed=True),
    "speedup_user": _baseline(computed=True, anywhere=True),
    "speedup_self": _one_worker,
    "cpu_inflation": _baseline(computed=False),
    "gil_wait": _shares_a_gil,
    "tax": _two_targets,
    "gil_slowdown": _twin_speedup,
    "lock_effect": _locked,
    "convoy_factor": _convoy,
    **dict.fromkeys(("latency_p50", "latency_p90", "latency_p99", "latency_max"), _group),
}
