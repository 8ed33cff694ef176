"""Stored trials as documents that pyperf's own commands read and compare. Pure.

In a record the name of a benchmark tells every cell from every other, so that nothing is ever
merged by accident. Whoever compares two of them with `pyperf compare_to` wants them merged: only
here are they renamed. The stored name stays in the metadata, as ``gilscope_name``.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

Document = dict[str, Any]
Record = Mapping[str, Any]

NAME = "gilscope_name"
_USUAL = {"lifecycle": "warm", "chunk": 1, "switch_interval": 0.005, "gc": "on"}


def trial(record: Record) -> Document:
    """Return the document of one trial, its benchmark named by the workload alone."""
    return _suite({record["cell"]["workload"]: [record]})


def by_target(records: Iterable[Record]) -> dict[str, Document]:
    """Return a suite per target, with a benchmark per cell and a run per trial.

    Only what was timed and gave the right answer is in it: of the cells themselves, not of the
    controls, and of each trial the last attempt.
    """
    last: dict[tuple[int, str], Record] = {}
    for record in records:
        if record["control"] is None and record["pyperf"] is not None:
            slot = (record["block"], record["cell"]["key"])
            if slot not in last or record["attempt"] > last[slot]["attempt"]:
                last[slot] = record
    cells: dict[str, dict[str, list[Record]]] = {}
    for record in last.values():
        if record["status"] == "ok":
            benchmarks = cells.setdefault(record["cell"]["target"], {})
            benchmarks.setdefault(benchmark_name(record["cell"]), []).append(record)
    return {target: _suite(benchmarks) for target, benchmarks in sorted(cells.items())}


def benchmark_name(cell: Mapping[str, Any]) -> str:
    """Return ``workload/model/workers``, and each further level that is not the usual one."""
    parts = [cell["workload"], cell["model"], str(cell["workers"])]
    parts += [f"{name}={cell[name]}" for name, usual in _USUAL.items() if cell[name] != usual]
    return "/".join(parts)


def _suite(benchmarks: Mapping[str, list[Record]]) -> Document:
    made = [_benchmark(name, records) for name, records in sorted(benchmarks.items())]
    return {"version": "1.0", "benchmarks": made}


def _benchmark(name: str, records: list[Record]) -> Document:
    runs = [run for record in records for run in _runs(record["pyperf"])]
    common = dict(runs[0]["metadata"])
    for run in runs[1:]:
        own = run["metadata"]
        common = {key: value for key, value in common.items() if own.get(key) == value}
    for run in runs:
        run["metadata"] = {k: v for k, v in run["metadata"].items() if k not in common}
    return {"metadata": {**common, "name": name}, "runs": runs}


def _runs(document: Mapping[str, Any]) -> list[Document]:
    """Return the runs of a document, each with all of its metadata, the name among it renamed."""
    found = []
    for benchmark in document["benchmarks"]:
        for run in benchmark["runs"]:
            metadata = {
                **document.get("metadata", {}),
                **benchmark.get("metadata", {}),
                **run.get("metadata", {}),
            }
            if "name" in metadata:
                metadata[NAME] = metadata.pop("name")
            found.append({**deepcopy(dict(run)), "metadata": metadata})
    return found
