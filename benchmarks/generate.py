"""Sets of results of any size, in the stored format and through the store itself.

Times are drawn, nothing is measured. ``python -m benchmarks.generate FOLDER --trials 20000``.
"""

import argparse
import hashlib
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.storage import store

Json = dict[str, Any]
TARGETS = ("cpython-3.13", "cpython-3.13t")
MODELS = ("threads", "processes-spawn", "interpreters", "asyncio-to-thread")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a set is; every session has as many blocks and cells."""

    machines: int = 1
    sessions: int = 1  # per machine
    blocks: int = 10
    workloads: int = 2  # of 10 cells each: five models on two targets
    values: int = 3  # after one warm-up

    @property
    def trials(self) -> int:
        """Return how many records there are: in each block all cells, two duplicates, a canary."""
        return self.machines * self.sessions * self.blocks * (len(cells(self)) + 3)


def generate(results: Path, size: Size, seed: int = 1) -> int:
    """Write a set of results to ``results`` and return the number of its trials."""
    draw = random.Random(seed)
    written = 0
    for machine in range(size.machines):
        name = f"made-up-{machine:04d}"
        facts = store.write_machine(results, name, {"cpu": {"model": f"Made-up {machine}"}})
        for number in range(size.sessions):
            made = session(name, number, size) | {"machine_facts": facts}
            stored = store.write_session(results, made)
            for record in records(made, size, draw):
                store.write_record(stored, record)
                written += 1
    return written


def session(machine: str, number: int, size: Size) -> Json:
    """Return the session.json of one session."""
    return {
        "schema": 1,
        "machine": machine,
        "experiment": "made_up",
        "session": f"20260101T{number:06d}Z-{number:04x}",
        "started": "2026-01-01T00:00:00Z",
        "plan": "0" * 16,
        "preset": "core",
        "definition": "",
        "question": "How long does it take to read this?",
        "claims": [],
        "design": {"blocks": size.blocks, "values": size.values, "warmups": 1, "seed": 1},
        "cells": [{**each, "skipped": None} for each in cells(size)],
        "blocks": size.blocks,
        "targets": {name: _build(name) for name in TARGETS},
        "provenance": {},
    }


def cells(size: Size) -> list[Json]:
    """Return the cells of every session."""
    made = []
    for workload in range(size.workloads):
        for target in TARGETS:
            for model in ("sequential", *MODELS):
                levels = (f"work_{workload}", model, target)
                key = hashlib.sha256("/".join(levels).encode()).hexdigest()[:16]
                made.append(_cell(*levels, key))
    return made


def records(made: Json, size: Size, draw: random.Random) -> Iterator[Json]:
    """Yield the records of one session in running order."""
    plain = cells(size)
    twice = [plain[0], plain[1]]
    for block in range(size.blocks):
        order = [(each, None) for each in plain] + [(each, "a/a") for each in twice]
        draw.shuffle(order)
        yield _record(made, _canary_cell(), "canary", (block, 0), _canary(draw))
        for position, (each, control) in enumerate(order, 1):
            response = _response(each, size, draw)
            yield _record(made, each, control, (block, position), response)


def _record(
    made: Json, cell: Json, control: str | None, place: tuple[int, int], response: Json
) -> Json:
    block, position = place
    names = {name: made[name] for name in ("machine", "experiment", "session")}
    return {
        "schema": 1,
        "trial": store.digest([*names.values(), cell["key"], control, block])[:16],
        **names,
        "block": block,
        "position": position,
        "attempt": 1,
        "control": control,
        "cell": cell,
        "status": "ok",
        "reason": None,
        "started": "2026-01-01T00:00:00Z",
        "wall": 1.5,
        "request": {"python": "python3.13", "timeout": 60, "workload": cell["workload"]},
        "response": response,
        "pyperf": _document(response),
        "log": {"stderr": "", "stderr_bytes": 0, "stdout": "", "stdout_bytes": 0},
        "exit": {"code": 0, "signal": None},
    }


def _response(cell: Json, size: Size, draw: random.Random) -> Json:
    free = cell["target"].endswith("t")
    speed = {"sequential": 1.0, "threads": 1.9 if free else 1.0}.get(cell["model"], 1.7)
    values = []
    for index in range(-1, size.values):
        seconds = 0.2 / speed * draw.lognormvariate(0, 0.03)
        values.append(_value(max(index, 0), seconds, cell["workers"], index < 0, draw))
    return {
        "contract": 1,
        "values": values,
        "units": 16,
        "baseline_seconds": None,
        "engine": "direct",
        "start_method": None,
        "pool_engine": None,
        "cpu_bound": True,
        "io_seconds": None,
        "observations": {"schema": 1, "unavailable": {}, "workers": cell["workers"]},
        "state": {"start": {"gil": not free}, "end": {"gil": not free, "cpus": [0, 1]}},
    }


def _value(index: int, seconds: float, workers: int, warmup: bool, draw: random.Random) -> Json:
    wall = seconds * workers
    shares = {"utilisation": draw.random(), "run_delay": draw.random() / 50}
    shares["blocked"] = 1 - shares["utilisation"] - shares["run_delay"]
    cpu, delay = shares["utilisation"] * wall, shares["run_delay"] * wall
    threads = {"count": workers, "wall": wall, "cpu": cpu, "run_delay": delay, "voluntary": 30}
    threads |= {"involuntary": 4, "each": [[cpu / workers, delay / workers, 15, 2]] * workers}
    state = {"gil": True, "jit": None, "gc": [700, 10, 10], "switch_interval": 0.005}
    seen = {
        "cpu": {"self": cpu, "reaped": 0.0, "living": None},
        "threads": threads,
        "handoffs": {"count": draw.randrange(100)},
        "machine": {"steal": 0.0, "pressure": {"cpu": 0.01, "io": None, "memory": 0.0}},
        "state": {"before": state, "after": state},
        "derived": {**shares, "steal": 0.0},
    }
    found = {"index": index, "warmup": warmup, "seconds": seconds, "status": "ok", "reason": None}
    return {**found, "observed": None, "cpu_seconds": cpu, "observations": seen}


def _document(response: Json) -> Json | None:
    """Return what pyperf would have written: it is stored as well, and takes its time to read."""
    if "values" not in response:
        return None
    metadata = {f"metadata_{number}": f"a text of pyperf's {number}" for number in range(30)}
    values = [each["seconds"] for each in response["values"] if not each["warmup"]]
    run = {"metadata": {"date": "2026-01-01 00:00:00", "load_avg_1min": 0.5}, "values": values}
    return {"benchmarks": [{"runs": [run]}], "metadata": metadata, "version": "1.0"}


def _cell(workload: str, model: str, target: str, key: str) -> Json:
    levels = {"workload": workload, "model": model, "target": target, "lifecycle": "warm"}
    levels |= {"workers": 1 if model == "sequential" else 2, "chunk": 1, "gc": "on"}
    return {**levels, "switch_interval": 0.005, "params": {}, "env": {}, "key": key}


def _canary_cell() -> Json:
    return {**_cell("canary", "canary", "", "c" * 16), "workers": 2}


def _canary(draw: random.Random) -> Json:
    together = [draw.uniform(90, 98) for _ in range(2)]
    capacity = sum(together) / 100
    return {"contract": 1, "single": 100.0, "together": together, "capacity": capacity}


def _build(target: str) -> Json:
    free = target.endswith("t")
    about = {"implementation": "cpython", "version": "3.13.5", "free_threaded": free}
    return {**about, "pgo": True, "lto": True, "optimisation": "-O3", "twin": TARGETS[not free]}


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=20_000)
    parser.add_argument("--values", type=int, default=3)
    asked = parser.parse_args()
    # A set that can be made again needs not survive a power loss.
    os.fsync = lambda _: None
    one = Size(values=asked.values)
    size = Size(sessions=max(1, round(asked.trials / one.trials)), values=asked.values)
    print(generate(asked.folder, size), "trials")


if __name__ == "__main__":
    _main()
