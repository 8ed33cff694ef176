"""How long trials will take: from what the same cells took before. What is unknown is said to be.

Nothing but a run tells how long a stranger's work lasts, so that nothing is assumed of a workload
none of whose cells has a record; what is known is then a lower bound.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from harness.planning.cells import Cell
from harness.planning.plan import Plan
from harness.storage import store
from harness.storage.schema import CANARY

CANARY_TRIAL = 2.0  # seconds; the canary is ours, and lasts as long everywhere
_SESSIONS = 4  # newest ones that are looked into; a part of the plan may have run last
_NAMED = 3  # workloads named before "and N more"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds that trials will take, without those of workloads that have never run here."""

    seconds: float
    known: int  # trials counted in seconds, the canary's aside
    unknown: tuple[str, ...]  # workloads that nothing is known of

    def __str__(self) -> str:
        if not self.unknown:
            return f"about {minutes(self.seconds)}"
        if not self.known:
            return "time not known before each workload has run"
        return f"more than {minutes(self.seconds)} ({_names(self.unknown)} not known yet)"

    @property
    def left(self) -> str:
        """The estimate of what is left of a run, in the fewest words."""
        if not self.unknown:
            return f"{minutes(self.seconds)} left"
        return f"over {minutes(self.seconds)} left" if self.known else "time left not known yet"


def estimate(cells: Iterable[Cell], walls: Mapping[str, float], every: Sequence[Cell]) -> Estimate:
    """Return how long a trial of each of ``cells`` takes together.

    Parameters
    ----------
    walls : mapping
        A cell's key to the seconds its last trial took, start-up included.
    every : sequence of Cell
        All cells of the run: one that has no record takes what others of its workload take.
    """
    alike: dict[str, list[float]] = {}
    for cell in every:
        if cell.key in walls:
            alike.setdefault(_work(cell), []).append(walls[cell.key])
    typical = {work: fmean(found) for work, found in alike.items()}
    seconds, known, unknown = 0.0, 0, set[str]()
    for cell in cells:
        took = walls.get(cell.key, typical.get(_work(cell)))
        if cell.workload == CANARY:
            seconds += CANARY_TRIAL if took is None else took
        elif took is None:
            unknown.add(cell.workload)
        else:
            seconds, known = seconds + took, known + 1
    return Estimate(seconds, known, tuple(sorted(unknown)))


def recorded(results: Path, machine: str, plans: Iterable[Plan]) -> dict[str, float]:
    """Return what each cell's trial took when it last ran on this machine, as it is to run now."""
    walls: dict[str, float] = {}
    for plan in plans:
        wanted = {cell.key: (cell.values, cell.warmups) for cell in plan.runnable}
        stored = list(store.sessions(results, machine=machine, experiment=plan.experiment.name))
        for session in reversed(stored[-_SESSIONS:]):
            if wanted.keys() <= walls.keys():
                break
            # One block tells what every cell takes; reading all of them would cost seconds.
            for path in store.record_files(session)[: 2 * len(plan.cells) + 3]:
                with suppress(store.Damaged):
                    record = store.read_record(path)
                    asked = record["request"] or {}
                    size = (asked.get("values"), asked.get("warmups"))
                    # One value takes less than ten of the same cell.
                    if wanted.get(record["cell"]["key"]) == size:
                        walls.setdefault(record["cell"]["key"], record["wall"])
    return walls


def minutes(seconds: float) -> str:
    """Return a duration in words."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _work(cell: Cell) -> str:
    """Return what two cells have in common that do the same work."""
    return f"{cell.workload} {json.dumps(dict(cell.params), sort_keys=True)}"


def _names(workloads: Sequence[str]) -> str:
    more = len(workloads) - _NAMED
    shown = ", ".join(workloads[:_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown
