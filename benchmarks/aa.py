"""Identical code against itself: how often each way of comparing finds a difference.

``make aa`` relabels the trials that `record_aa.py` recorded and prints the tables of
docs/findings.md. Every comparison is made by the code in use: ours by `analysis.stats`, pyperf's
by pyperf.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import (
    blocks_for_power,
    paired_ratio,
    stein_interval,
    stein_plan,
    width_for_power,
)

DATA = Path(__file__).parent / "data"
BLOCKS = (6, 10, 20)
INJECTED = (1.00, 1.05, 1.10)
EFFECT = 0.10  # what the pilot asks to be found
PILOT = 10
SEED = 20261124
DRAWS = 50  # relabellings of every window
QUANTITIES = ("seconds", "cpu_seconds")

Floats = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Recording:
    """Trials of one cell in the order they ran."""

    facts: dict[str, Any]
    values: dict[str, Floats]  # by quantity, (trials, values)
    load: Floats

    def medians(self, quantity: str) -> Floats:
        """Return the logarithm of each process's median."""
        return np.log(np.median(self.values[quantity], axis=1))


@dataclass(frozen=True, slots=True)
class Rates:
    """Share of comparisons of identical code that found a difference, by method."""

    blocks: int
    windows: int
    shares: dict[str, float]


@dataclass(frozen=True, slots=True)
class Power:
    """What became of slow-downs injected into windows as long as their pilots asked for."""

    asked: Floats  # blocks, one number per pilot
    misfits: int  # pilots that asked for more than was recorded
    found: dict[float, float]  # injected: share of windows in which it was found


def load(path: Path) -> Recording:
    """Return a recording made by `record_aa.py`."""
    stored = json.loads(gzip.decompress(path.read_bytes()))
    trials = stored.pop("trials")
    values = {name: np.array(trials[name], dtype=float) for name in QUANTITIES}
    return Recording(stored, values, np.array(trials["load"], dtype=float))


def windows(trials: int, blocks: int) -> range:
    """Return where windows of so many blocks of two trials start; none overlap."""
    return range(0, trials - 2 * blocks + 1, 2 * blocks)


def relabelled(medians: Floats, rng: Rng) -> Floats:
    """Return log ratios of consecutive trials, either of which may have been drawn as A."""
    pairs = rng.permuted(medians.reshape(-1, 2), axis=1)
    return pairs[:, 1] - pairs[:, 0]


def randomised(medians: Floats, blocks: int, draws: int) -> dict[str, float]:
    """Return how often our comparison calls two halves of randomised blocks different."""
    rng = np.random.default_rng([SEED, blocks])
    found = []
    for start in windows(len(medians), blocks):
        for _ in range(draws):
            paired = paired_ratio(relabelled(medians[start : start + 2 * blocks], rng))
            found.append((paired.mean.excludes(1), paired.median.excludes(1)))
    t, median = np.mean(found, axis=0)
    return {"paired t": float(t), "exact median": float(median)}


def in_turn(values: Floats, blocks: int) -> dict[str, float]:
    """Return how often all of A, then all of B, is called different."""
    import pyperf
    from pyperf import _compare

    pooled, welch = [], []
    for start in windows(len(values), blocks):
        a, b = values[start : start + blocks], values[start + blocks : start + 2 * blocks]
        pooled.append(_compare.is_significant_benchs(_bench(pyperf, a), _bench(pyperf, b))[0])
        sides = np.log(np.median(a, axis=1)), np.log(np.median(b, axis=1))
        test: Any = stats.ttest_ind(*sides, equal_var=False)
        welch.append(test.pvalue < 0.05)
    return {"pyperf": float(np.mean(pooled)), "Welch": float(np.mean(welch))}


def compared_to(values: Floats, blocks: int, start: int) -> bool:
    """Return whether the command ``pyperf compare_to`` calls one window different."""
    import pyperf

    with tempfile.TemporaryDirectory() as name:
        files = [Path(name, "a.json"), Path(name, "b.json")]
        for number, file in enumerate(files):
            first = start + number * blocks
            _bench(pyperf, values[first : first + blocks]).dump(str(file))
        command = [sys.executable, "-P", "-m", "pyperf", "compare_to", *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    different = "Mean +- std dev" in done.stdout
    if different == ("not significant" in done.stdout):
        raise ValueError(f"pyperf answers otherwise than expected: {done.stdout}")
    return different


def rates(recording: Recording, quantity: str, blocks: int, draws: int = DRAWS) -> Rates:
    """Return the share of "different" of every method in windows of so many blocks."""
    values = recording.values[quantity]
    shares = {
        **randomised(recording.medians(quantity), blocks, draws),
        **in_turn(values, blocks),
    }
    return Rates(blocks, len(windows(len(values), blocks)), shares)


def power(recording: Recording, quantity: str, method: str, draws: int = DRAWS) -> Power:
    """Return how often injected slow-downs are found with as many blocks as a pilot asks for.

    A pilot starts at every 20th trial, so windows longer than a pilot overlap; those that reach
    the end of the recording go on at its beginning.

    Parameters
    ----------
    method : "t" or "stein"
        ``t``: the blocks of `blocks_for_power` with the pilot's spread, then the paired t.
        ``stein``: Stein's two stages with a width that gives the power.
    """
    medians = recording.medians(quantity)
    medians = medians[: len(medians) // 2 * 2]
    rng = np.random.default_rng([SEED, PILOT])
    asked, found, misfits = [], [], 0
    for start in windows(len(medians), PILOT):
        for _ in range(draws):
            differences = relabelled(np.roll(medians, -start), rng)
            blocks = _asked(differences[:PILOT], method)
            asked.append(blocks)
            if blocks > len(differences):
                misfits += 1
                continue
            found.append([_finds(differences[:blocks], by, method) for by in INJECTED])
    shares = np.mean(found, axis=0) if found else np.full(len(INJECTED), np.nan)
    return Power(
        np.array(asked, float), misfits, dict(zip(INJECTED, map(float, shares), strict=True))
    )


def _asked(pilot: Floats, method: str) -> int:
    if method == "stein":
        return stein_plan(pilot, width_for_power(EFFECT, len(pilot))).blocks
    return max(len(pilot), blocks_for_power(float(pilot.std(ddof=1)), EFFECT))


def _finds(differences: Floats, injected: float, method: str) -> bool:
    """Return whether the slow-down is found; without one, whether anything is."""
    slowed = differences + np.log(injected)
    if method == "stein":
        plan = stein_plan(slowed[:PILOT], width_for_power(EFFECT, PILOT))
        interval = stein_interval(slowed, plan)
    else:
        interval = paired_ratio(slowed).mean
    return interval.excludes(1) if injected == 1 else interval.low > 1


def _bench(pyperf: Any, values: Floats) -> Any:
    runs = [
        pyperf.Run(list(map(float, each)), metadata={"name": "cell"}, collect_metadata=False)
        for each in values
    ]
    return pyperf.Benchmark(runs)


def main() -> int:
    """Print the tables of every recording."""
    parser = argparse.ArgumentParser(description="Compare identical code with itself")
    parser.add_argument("recordings", nargs="*", type=Path, help="default: all in benchmarks/data")
    parser.add_argument("--draws", type=int, default=DRAWS, help="relabellings of every window")
    parser.add_argument("--commands", type=int, default=30, help="windows for pyperf compare_to")
    options = parser.parse_args()
    for path in options.recordings or sorted(DATA.glob("aa-*.json.gz")):
        recording = load(path)
        print(f"{path.name}: {describe(recording)}")
        for quantity in QUANTITIES:
            print_rates(recording, quantity, options.draws)
            print_power(recording, quantity, options.draws)
        print_commands(recording, options.commands)
    return 0


def describe(recording: Recording) -> str:
    """Return in a few lines what was recorded and how noisy it is."""
    facts, lines = recording.facts, []
    cell, load_average = facts["cell"], recording.load
    lines.append(
        f"{len(load_average)} trials of {cell['workload']} {cell['model']} on {cell['target']} "
        f"({facts['python']['version']}), begun {facts['begun']}, {len(facts['failed'])} failed; "
        f"load {load_average.min():.1f} to {load_average.max():.1f} on {facts['cpus']} CPUs"
    )
    for quantity in QUANTITIES:
        logs, medians = np.log(recording.values[quantity]), recording.medians(quantity)
        inside = np.sqrt(logs.var(axis=1, ddof=1).mean())
        pairs = np.diff(medians[: len(medians) // 2 * 2].reshape(-1, 2), axis=1).std(ddof=1)
        follows = np.corrcoef(medians[:-1], medians[1:])[0, 1]
        lines.append(
            f"  {quantity}: median {1000 * np.exp(np.median(medians)):.0f} ms; SD of logarithms "
            f"{inside:.1%} within processes, {medians.std(ddof=1):.1%} between, {pairs:.1%} of "
            f"pairs; autocorrelation {follows:.2f}"
        )
    return "\n".join(lines)


def print_rates(recording: Recording, quantity: str, draws: int) -> None:
    """Print the share of "different" at 5 % as a Markdown table."""
    found = [rates(recording, quantity, blocks, draws) for blocks in BLOCKS]
    heads = [f"{each.blocks} blocks ({each.windows} windows)" for each in found]
    print(f'\n| identical code, {quantity}: "different" at 5 % | {" | ".join(heads)} |')
    print("|---" * (1 + len(found)) + "|")
    names = {
        "paired t": "randomised blocks, paired t",
        "exact median": "randomised blocks, exact median",
        "pyperf": "all A then all B, pyperf's comparison",
        "Welch": "all A then all B, Welch on process medians",
    }
    for name, words in names.items():
        print(f"| {words} | {' | '.join(f'{each.shares[name]:.1%}' for each in found)} |")


def print_power(recording: Recording, quantity: str, draws: int) -> None:
    """Print how often injected slow-downs are found as a Markdown table."""
    heads = [f"{by - 1:.0%}" for by in INJECTED]
    print(f"\n| slow-down injected, {quantity} | blocks asked for | {' | '.join(heads)} |")
    print("|---" * (2 + len(heads)) + "|")
    for method, words in {"stein": "Stein's two stages", "t": "pilot's spread, paired t"}.items():
        found = power(recording, quantity, method, draws)
        low, middle, high = np.quantile(found.asked, [0.05, 0.5, 0.95])
        shares = " | ".join(f"{share:.1%}" for share in found.found.values())
        misfits = f"; {found.misfits / len(found.asked):.0%} did not fit" if found.misfits else ""
        print(f"| {words} | {middle:.0f} ({low:.0f} to {high:.0f}{misfits}) | {shares} |")


def print_commands(recording: Recording, most: int) -> None:
    """Print what the command ``pyperf compare_to`` says of some of the windows."""
    values = recording.values["seconds"]
    starts = list(windows(len(values), BLOCKS[-1]))[:most]
    different = sum(compared_to(values, BLOCKS[-1], start) for start in starts)
    print(
        f"\nThe command pyperf compare_to calls {different} of the first {len(starts)} windows of "
        f"{BLOCKS[-1]} blocks different."
    )


if __name__ == "__main__":
    sys.exit(main())
