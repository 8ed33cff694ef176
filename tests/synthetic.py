"""Make sessions whose answers are known: dictionaries in the stored format, no process started."""

import base64
import hashlib
import json
import math
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import tables
from analysis.dataset import tidy
from harness.storage import store

Json = dict[str, Any]
GIL = "cpython-3.13"
FREE = "cpython-3.13t"
FACTS = {"cpu": {"model": "Made-up 3000"}, "cores": {"logical": 2, "physical": 2}}
# Two threads take turns of 5 ms, and nobody has the GIL for the last millisecond.
STRIP = {
    "microseconds": [0, 2_000, 5_000, 9_000, 10_000, 14_000, 15_000, 16_000],
    "holders": [1, 1, 2, 2, 1, 1, 0, 0],
}
CLAIM = {
    "id": "threads-scale",
    "text": "Two threads are at least 1.5 times as fast.",
    "where": {"model": "threads", "workers": 2, "gil": False},
    "metric": "speedup",
    "expect": {"at_least": 1.5},
    "source": None,
}


def cell(model: str, workers: int = 2, target: str = GIL, **levels: Any) -> Json:
    """Return one level of every factor; sequential has one worker."""
    made = {
        "workload": "int_loop",
        "model": model,
        "workers": 1 if model == "sequential" else workers,
        "target": target,
        "lifecycle": "warm",
        "chunk": 1,
        "switch_interval": 0.005,
        "gc": "on",
        "params": {},
        **levels,
    }
    key = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]
    return {**made, "key": key}


def facts(target: str, **more: Any) -> Json:
    """Return what a probe would say of a build; twins of each other by default."""
    free = target.partition(",")[0].endswith("t")
    twin = target.removesuffix("t") if free else target + "t"
    known = {
        "implementation": "cpython",
        "version": "3.13.5",
        "free_threaded": free,
        "pgo": True,
        "lto": True,
        "compiler": "GCC 12.2.0",
        "optimisation": "-O3",
        "jit": {"available": False, "enabled": False},
        "debug": False,
        "twin": twin,
        "build_id": "0" * 16,
    }
    return {**known, **more}


def session(cells: Iterable[Json], **more: Any) -> Json:
    """Return a session of ``cells``; ``skipped`` in a cell is the reason it did not run."""
    every = [{"skipped": None, **each} for each in cells]
    made = {
        "schema": 1,
        "session": "20261123T140501Z-3f2a",
        "machine": "box",
        "experiment": "scaling",
        "started": "2026-11-23T14:05:01Z",
        "plan": "0" * 16,
        "preset": "core",
        "definition": "",
        "question": "Do more workers help?",
        "claims": [],
        "design": {"blocks": 10, "values": 3, "warmups": 1, "seed": 1, "timeout": 60, "gil": None},
        "cells": every,
        "blocks": 10,
        "targets": {each["target"]: facts(each["target"]) for each in every},
        "machine_facts": "",
        "provenance": {},
    }
    return {**made, **more}


def record(made: Json, which: Json, block: int, seconds: Any = None, **more: Any) -> Json:
    """Return a trial of cell ``which``: ``seconds`` are its timed values, after one warm-up of 9 s.

    ``more`` replaces keys of the record; ``response`` in it those of the response.
    """
    cold = which["lifecycle"] == "cold"
    series = [seconds] if isinstance(seconds, int | float) else list(seconds or [])
    control = more.get("control")
    warmups = [] if cold or not series else [value(0, 9.0, warmup=True)]
    response = {
        "contract": 1,
        "values": warmups + [value(index, each) for index, each in enumerate(series)],
        "units": 16,
        "baseline_seconds": None,
        "engine": "direct",
        "start_method": None,
        "pool_engine": None,
        "state": {"end": {"gil": not which["target"].endswith("t"), "cpus": [0, 1]}},
        **more.pop("response", {}),
    }
    identity = [made["session"], made["experiment"], which["key"], block, control]
    return {
        "schema": 1,
        "trial": store.digest([*identity, more.get("attempt", 1)])[:16],
        **{name: made[name] for name in ("machine", "experiment", "session")},
        "block": block,
        "position": 0,
        "attempt": 1,
        "control": None,
        "cell": which,
        "status": "ok",
        "reason": None,
        "response": response if series or "values" in response else None,
        "wall": 1.0,
        **more,
    }


def value(index: int, seconds: float, *, warmup: bool = False, **more: Any) -> Json:
    """Return one value as a worker reports it."""
    common = {"index": index, "warmup": warmup, "seconds": seconds, "status": "ok"}
    return {**common, "reason": None, "observed": None, "cpu_seconds": seconds, **more}


def observations(
    seconds: float,
    *,
    count: int = 2,
    cpu: float = 0.5,
    delay: float = 0.1,
    io: float = 0.0,
    steal: float = 0.0,
    switches: int = 100,
) -> Json:
    """Return what a worker observes of ``count`` threads; the rest are shares of their time.

    All of them do the same, each with so many voluntary ``switches``.
    """
    wall = seconds * count
    blocked = 1 - cpu - delay - io
    threads = {"count": count, "wall": wall, "cpu": cpu * wall, "run_delay": delay * wall}
    return {
        "cpu": {"self": cpu * wall, "reaped": 0.0, "living": None},
        "threads": {
            **threads,
            "voluntary": switches * count,
            "involuntary": 2 * count,
            "each": [[cpu * seconds, delay * seconds, switches, 2]] * count,
        },
        "handoffs": {"count": 50},
        "machine": {
            "steal": steal * seconds * 2,
            "pressure": {"cpu": 0.2 * seconds, "io": None, "memory": 0.0},
        },
        "state": {"before": {}, "after": {}},
        "derived": {"utilisation": cpu, "blocked": blocked, "run_delay": delay, "steal": steal},
    }


def observed(made: Json, which: Json, block: int, seconds: float, **shares: Any) -> Json:
    """Return a trial of CPU-bound work with one value and its observations.

    ``io``, a share as well, is declared by the workload; other shares as in ``observations``.
    """
    cpu_bound, control = shares.pop("cpu_bound", True), shares.pop("control", None)
    seen = observations(seconds, **{"count": which["workers"], **shares})
    used = seen["threads"]["cpu"]
    response = {
        "values": [value(0, seconds, observations=seen, cpu_seconds=used)],
        "cpu_bound": cpu_bound,
        "io_seconds": shares["io"] * seen["threads"]["wall"] if "io" in shares else None,
        "observations": {"schema": 1, "unavailable": {}, "workers": which["workers"]},
    }
    return record(made, which, block, response=response, control=control)


def encoded(latencies: Iterable[float]) -> Json:
    """Return latencies as a worker stores them."""
    found = list(latencies)
    data = base64.b64encode(struct.pack(f"<{len(found)}d", *found)).decode()
    return {"encoding": "f8le-base64", "count": len(found), "data": data}


def diagnosed(made: Json, which: Json, block: int, held: int = 700, pss: int = 5 * 2**20) -> Json:
    """Return a trial of the diagnostic pass that also claims to have been very fast."""
    memory = {
        "workers": which["workers"],
        "before": {"pss": 10 * 2**20, "uss": 2**20},
        "open": {"pss": 10 * 2**20 + which["workers"] * pss, "uss": 2**20 + pss},
        "after": {"pss": 2**20, "uss": 2**20},
    }
    sampled = {"samples": 1000, "held": held, "share": held / 1000, "seconds": 1.0}
    sampled |= {"strip": STRIP}
    found = {"schema": 1, "held": sampled, "memory": memory, "unavailable": {}}
    response = {"diagnostic": found}
    return record(made, which, block, [1e-6] * 3, control="diagnostic", response=response)


def failed(made: Json, which: Json, block: int, status: str = "error", **more: Any) -> Json:
    """Return a trial that ended without an answer."""
    reason = {"reason": f"{status} for the test", **more}
    return {**record(made, which, block, status=status, **reason), "response": None}


def canary(made: Json, block: int, capacity: float = 0.95, workers: int = 2) -> Json:
    """Return a reading in which one spinner does 100 a second and several ``capacity`` of that."""
    levels = {"workload": "canary", "model": "canary", "workers": workers}
    which = {**cell("canary", workers, "", workload="canary"), **levels}
    response = {"single": 100.0, "together": [100.0 * capacity] * workers, "seconds": 1.0}
    response["capacity"] = capacity * workers
    return {**record(made, which, block, control="canary"), "response": response}


def fill(
    made: Json, seconds: Callable[[Json, int], float], *, blocks: int = 10, controls: bool = True
) -> list[Json]:
    """Return complete blocks of a session: ``seconds(cell, block)`` is what each trial took.

    With controls, the first sequential and the first two-worker cell are measured twice.
    """
    run = [{k: v for k, v in each.items() if k != "skipped"} for each in made["cells"]]
    run = [each for each, planned in zip(run, made["cells"], strict=True) if not planned["skipped"]]
    twice = [each for each in run if each["model"] == "sequential"][:1]
    twice += [each for each in run if each["workers"] == 2][:1]
    found = [
        record(made, {k: v for k, v in each.items() if k != "skipped"}, 0, status="skipped")
        | {"response": None, "reason": each["skipped"]}
        for each in made["cells"]
        if each["skipped"]
    ]
    for block in range(blocks):
        found += [record(made, each, block, seconds(each, block)) for each in run]
        if controls:
            found.append(canary(made, block))
            # A duplicate that differs by 1 % in turn: level on average, with an interval.
            wobble = 1.01 if block % 2 else 1 / 1.01
            for each in twice:
                again = seconds(each, block) * wobble
                found.append(record(made, each, block, again, control="a/a"))
    return found


def write(results: Path, made: Json, records: Iterable[Json]) -> store.StoredSession:
    """Store a session as a run would."""
    short = store.write_machine(results, made["machine"], FACTS)
    stored = store.write_session(results, {**made, "machine_facts": short})
    for each in records:
        # As good as random, as in a run: blocks that all ran in one order carry no interval.
        store.write_record(stored, {**each, "position": int(each["trial"][:4], 16)})
    return stored


NOISE = (0.0, 0.01, -0.02, 0.015, -0.01, 0.02, -0.015, 0.005, 0.01, -0.015)  # sums to zero
LIKE = {  # speed-ups of the standard campaign, by (model, target)
    ("threads", GIL): 1.0,
    ("threads", FREE): 1.9,
    ("processes-spawn", GIL): 1.8,
    ("processes-spawn", FREE): 1.7,
}


def took(which: Json, block: int) -> float:
    """Return seconds of the standard campaign: one common drift, and noise of 2 % per cell."""
    drift = 0.2 * (1 + 0.05 * block)
    if which["model"] == "sequential":
        return drift
    return drift / LIKE[which["model"], which["target"]] * math.exp(NOISE[block % 10])


def standard(blocks: int = 10, **more: Any) -> tuple[Json, list[Json]]:
    """Return the standard campaign: two targets, two models, a cell that cannot run."""
    cells = [
        cell(model, target=target)
        for target in (GIL, FREE)
        for model in ("sequential", "threads", "processes-spawn")
    ]
    cells.append({**cell("interpreters"), "skipped": "InterpreterPoolExecutor is new in 3.14"})
    made = session(cells, **{"claims": [CLAIM], "blocks": blocks, **more})
    return made, fill(made, took, blocks=blocks)


def frame_of(made: Json, records: Iterable[Json], machine: Json | None = None) -> pd.DataFrame:
    """Return the tidy frame of one session, without a disk."""
    return tidy.frame_of_records(made, records, machine)


def frame_of_all(*sessions: tuple[Json, Iterable[Json]]) -> pd.DataFrame:
    """Return the tidy frame of several sessions, in the order given."""
    return pd.concat([frame_of(*each) for each in sessions], ignore_index=True)


def speedups(made: Json, records: Iterable[Json]) -> pd.DataFrame:
    """Return the table of speed-ups by model and target."""
    return tables.make("speedups", frame_of(made, records)).set_index(["model", "target"])


def two_cells(blocks: int = 10, **more: Any) -> tuple[Json, list[Json]]:
    """Return a session of sequential (0.2 s) and threads (0.1 s)."""
    made = session([cell("sequential"), cell("threads")], blocks=blocks, **more)
    took = {"sequential": 0.2, "threads": 0.1}
    return made, fill(made, lambda each, _: took[each["model"]], blocks=blocks)
