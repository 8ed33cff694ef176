"""Say how a run goes: a line repainted between trials in a terminal, plain lines in a log.

Nothing is painted while a trial runs: a live bar costs 3.5 % of a core, and here that would be
part of the result.
"""

import time
from collections import Counter
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from harness.execution.launch import Campaign, Tally
from harness.planning.durations import Estimate, estimate, minutes
from harness.planning.plan import Trial

if TYPE_CHECKING:
    from harness.planning.cells import Cell


class Progress:
    """Counts trials and prints how many are left and for how long."""

    def __init__(
        self,
        campaigns: list[Campaign],
        stream: IO[str],
        walls: Mapping[str, float],
        *,
        quiet: bool,
        retry: bool = False,
    ) -> None:
        self._stream = stream
        self._quiet = quiet
        self._terminal = stream.isatty()
        self._walls = dict(walls)
        self._left: Counter[str] = Counter()  # keys of cells
        self._every: dict[str, Cell] = {}
        self._total = 0
        self._said: set[str] = set()
        for campaign in campaigns:
            self._walls |= campaign.progress.walls
            self._add(campaign, range(campaign.blocks), retry=retry)
        self._done = 0
        self._begun = time.monotonic()

    def extend(self, campaign: Campaign, blocks: int) -> None:
        """Count the trials of the blocks that a campaign has been given beyond what it had."""
        self._add(campaign, range(campaign.blocks, blocks), retry=False)

    def _add(self, campaign: Campaign, blocks: range, *, retry: bool) -> None:
        every = [*campaign.plan.cells, campaign.plan.canary]
        self._every |= {cell.key: cell for cell in every}
        for number in blocks:
            missing = campaign.progress.missing(campaign.block(number), retry=retry)
            self._left.update(trial.cell.key for trial in missing)
            self._total += len(missing)

    @property
    def total(self) -> int:
        """How many trials this run set out to measure."""
        return self._total

    def left(self) -> Estimate:
        """Estimate what is left from what the same cells took before, in this run or another."""
        left = [self._every[key] for key in self._left.elements()]
        return estimate(left, self._walls, list(self._every.values()))

    def __call__(self, campaign: Campaign, trial: Trial, record: Mapping[str, Any] | None) -> None:
        """Tell of a trial that begins (``record`` is None) or has ended."""
        if record is None:
            if self._terminal and not self._quiet:
                self._paint(campaign, trial)
            return
        self._done += 1
        self._walls[trial.cell.key] = record["wall"]
        self._left -= Counter([trial.cell.key])
        failed = record["status"] != "ok"
        again = failed and str(record["reason"]) in self._said
        if failed and not again:
            self._said.add(str(record["reason"]))
        if (failed and not again) or not (self._quiet or self._terminal):
            self._line(campaign, trial, "as above" if again else None, record)

    def _paint(self, campaign: Campaign, trial: Trial) -> None:
        name = campaign.plan.experiment.name
        text = f"[{self._done}/{self._total}] {name} block {trial.block}: {_label(trial)}"
        self._write(f"\r\x1b[2K{text[:90]}  {self.left().left}")

    def _line(
        self, campaign: Campaign, trial: Trial, instead: str | None, record: Mapping[str, Any]
    ) -> None:
        width = len(str(self._total))
        head = f"[{self._done:{width}}/{self._total}] {campaign.plan.experiment.name}"
        said = _said(record, instead)
        clear = "\r\x1b[2K" if self._terminal else ""
        left = self.left().left
        self._write(f"{clear}{head} b{trial.block} {_label(trial)}: {said}  {left}\n")

    def end(self, tally: Tally) -> None:
        """Say how the time of the run was spent."""
        if self._terminal and not self._quiet:
            self._write("\r\x1b[2K")
        if self._done:
            self._write(spent(tally, time.monotonic() - self._begun) + "\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def spent(tally: Tally, wall: float) -> str:
    """Return the one line that says where the wall time of a run went."""
    parts = {
        "timed": tally.timed,
        "warm-up": tally.warmup,
        "start-up": tally.start_up,
        "harness": max(0.0, wall - tally.timed - tally.warmup - tally.start_up),
    }
    shares = ", ".join(
        f"{name} {seconds:.1f} s ({100 * seconds / wall if wall else 0:.0f} %)"
        for name, seconds in parts.items()
    )
    return f"{minutes(wall)} spent: {shares}"


def _said(record: Mapping[str, Any], instead: str | None) -> str:
    if record["status"] != "ok":
        return f"{record['status'].upper()}: {instead or record['reason']}"
    response = record["response"] or {}
    if "capacity" in response:
        return f"capacity {response['capacity']:.2f} of {record['cell']['workers']}"
    if response.get("diagnostic"):
        return _watched(response["diagnostic"])
    seconds = sorted(v["seconds"] for v in response.get("values", []) if not v["warmup"])
    return f"{1e3 * seconds[len(seconds) // 2]:.1f} ms" if seconds else "no value"


def _watched(seen: Mapping[str, Any]) -> str:
    held, memory = seen["held"], seen["memory"]
    said = [f"GIL held {held['share']:.0%} of {held['samples']} samples"] if held else []
    if memory:
        said += [f"PSS {memory['open']['pss'] / 2**20:.0f} MiB"]
    return ", ".join(said) or "; ".join(seen["unavailable"].values())


def _label(trial: Trial) -> str:
    return f"{trial.cell}{f' ({trial.control})' if trial.control else ''}"
