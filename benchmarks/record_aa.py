"""Record many trials of the cell in `aa.toml`, one after another, for `aa.py` to relabel.

Every trial goes the way of a real one: planned, started by `harness.execution.trial.measure` in a
fresh process in the target's own environment, its answer checked. Other programs may run meanwhile;
how many is recorded beside every trial.

    python benchmarks/record_aa.py --target cpython-3.13=/path/to/python3.13
"""

import argparse
import gzip
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import experiment, machine
from harness.execution import provenance
from harness.execution.trial import Bench, measure
from harness.planning import assemble
from harness.planning.plan import Trial

HERE = Path(__file__).parent
SCHEMA = 1
COLUMNS = ("started", "seconds", "cpu_seconds", "run_delay", "steal", "load")
SAVE_EVERY = 100  # trials: an interrupted recording keeps what it has


def main() -> int:
    """Record the trials and write them beside this file."""
    parser = argparse.ArgumentParser(description="Record trials of the cell in aa.toml")
    parser.add_argument("--target", action="append", default=[], help="NAME=PATH")
    parser.add_argument("--trials", type=int, default=1200)
    parser.add_argument("--out", type=Path, help="default: benchmarks/data/aa-MACHINE.json.gz")
    options = parser.parse_args()
    bench = _bench(options.target)
    out = options.out or HERE / "data" / f"aa-{bench.machine}.json.gz"
    recording = {**_header(bench), "trials": {name: [] for name in COLUMNS}, "failed": []}
    for number in range(options.trials):
        _add(recording, _record(bench, number))
        if (number + 1) % SAVE_EVERY == 0 or number + 1 == options.trials:
            save(recording, out)
            print(f"{number + 1} of {options.trials}, load {os.getloadavg()[0]:.1f}", flush=True)
    return 0


def save(recording: dict[str, Any], path: Path) -> None:
    """Write a recording; the same content gives the same bytes."""
    text = json.dumps(recording, sort_keys=True, separators=(",", ":"))
    part = path.with_suffix(".part")
    part.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    part.replace(path)


def _bench(requests: list[str]) -> Bench:
    asked = experiment.load(HERE / "aa.toml")
    assembled = assemble.assemble(asked, assemble.targets(requests), build=True)
    (cell,) = assembled.plan.cells
    if cell.skipped:
        sys.exit(f"{cell} cannot run here: {cell.skipped}")
    return Bench(
        plan=assembled.plan,
        places=assembled.places,
        workloads={level: facts.path for level, facts in assembled.workloads.items()},
        python=Path(sys.executable),
        machine=machine.name(machine.facts()),
        session=_now().strftime("%Y%m%dT%H%M%SZ"),
    )


def _header(bench: Bench) -> dict[str, Any]:
    (cell,) = bench.plan.cells
    target, environment = bench.places[cell.target, cell.workload]
    facts = provenance.collect()
    return {
        "schema": SCHEMA,
        "machine": bench.machine,
        "cell": {**cell.stored, "values": cell.values, "warmups": cell.warmups},
        "python": {
            name: target.build[name] for name in ("implementation", "version", "free_threaded")
        },
        "pyperf": environment.packages.get("pyperf"),
        "begun": _now().isoformat(timespec="seconds"),
        "gilscope": {name: facts[name] for name in ("git", "worker", "python", "system")},
        "cpus": machine.usable_cpus(),
        "units": {
            "started": "seconds since `begun`",
            "seconds": "wall time of each value",
            "cpu_seconds": "of the process, in each value",
            "run_delay": "seconds in each value in which the thread was ready and not run",
            "steal": "seconds in each value that the hypervisor gave to others, over all CPUs",
            "load": "of the last minute, before the trial, other programs included",
        },
    }


def _record(bench: Bench, number: int) -> dict[str, Any]:
    (cell,) = bench.plan.cells
    return measure(bench, Trial(cell, number, 0), 1, lambda *_: None)


def _add(recording: dict[str, Any], record: dict[str, Any]) -> None:
    begun = datetime.fromisoformat(recording["begun"])
    started = (datetime.fromisoformat(record["started"]) - begun).total_seconds()
    if record["status"] != "ok":
        recording["failed"].append([round(started, 3), record["status"], record["reason"]])
        return
    values = [value for value in record["response"]["values"] if not value["warmup"]]
    observed = [value["observations"] for value in values]
    row = {
        "started": round(started, 3),
        "seconds": [round(value["seconds"], 7) for value in values],
        "cpu_seconds": [_rounded(value["cpu_seconds"]) for value in values],
        "run_delay": [_rounded((each["threads"] or {}).get("run_delay")) for each in observed],
        "steal": [_rounded((each["machine"] or {}).get("steal")) for each in observed],
        "load": (record["noise"]["before"]["load"] or [None])[0],
    }
    for name, value in row.items():
        recording["trials"][name].append(value)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
