"""How long it takes to read results, and how much memory: ``make benchmark-load``.

Two sets: raw trials to the finished tables, and millions of values of many machines from the
cache. The second has no trials one could read: its records are empty files, and what they would
say is handed to the cache's own writer; so what is timed is the way from the cache alone.
"""

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

import analysis
from analysis import tables
from analysis.dataset import cache, tidy
from analysis.dataset.cache import Entry
from analysis.dataset.in_memory import tables_of_records
from benchmarks import generate
from benchmarks.generate import Size
from harness.storage import store

# All that names a value and says how it went, and what speed-ups and waiting are made of.
COLUMNS = (
    *("machine", "session", "experiment", "workload", "model", "workers", "target", "gil"),
    *("lifecycle", "chunk", "switch_interval", "gc", "key", "block", "position", "attempt"),
    *("trial", "control", "value_index", "warmup", "again", "seconds", "status", "reason", "void"),
    *("units", "cpu_seconds", "utilisation", "blocked", "run_delay", "handoff_rate"),
)
RAW = Size(sessions=87)  # 20 010 trials
CACHED = Size(machines=1000, blocks=10, values=45)  # 230 trials of 46 values each
_AT_ONCE = 50  # machines that are handed to the cache at a time


def main() -> None:
    """Make the sets where they are missing, and time each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/benchmark-load"))
    parser.add_argument("--only", choices=_TIMED)
    parser.add_argument("--time", choices=_TIMED, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    # Not the user's own: what is timed is made here.
    os.environ["GILSCOPE_CACHE"] = str((asked.folder / "cache").absolute())
    if asked.time:
        _TIMED[asked.time](asked.folder / asked.time)
        return
    # A set that can be made again needs not survive a power loss.
    os.fsync = lambda _: None
    for name in [asked.only] if asked.only else list(_TIMED):
        folder, whole = asked.folder / name, asked.folder / f"{name}-{cache.reader()[:16]}"
        # A cache belongs to the code that made it; the empty records behind this one say nothing.
        if not whole.exists():
            print(f"making the set {name!r} ...", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            _MADE[name](folder)
            whole.touch()
        again = [sys.executable, "-P", "-m", "benchmarks.load", "--folder", str(asked.folder)]
        subprocess.run([*again, "--time", name], check=True)


def make_cached(results: Path, size: Size = CACHED) -> None:
    """Write sessions whose records are empty files, and a cache that knows their values."""
    template = _template(size)
    machines = range(size.machines)
    for first in range(0, size.machines, _AT_ONCE):
        made = [_empty_session(results, number, size) for number in machines[first:][:_AT_ONCE]]
        found = [_rows(template, stored, number) for number, stored in enumerate(made, first)]
        entries, at = {}, 0
        for stored, table in zip(made, found, strict=True):
            place = "/".join((stored.machine, stored.experiment, stored.session))
            trace, _ = store.trace(stored.path / "session.json")
            trials = len(table.column("trial").unique())
            entries[place] = Entry(trace, "", at, len(table), 0, trials, (), (), listed=True)
            at += len(table)
        kept = cache.opened(results)
        cache.extend(kept, pa.concat_tables(found), entries, {*kept.entries, *entries})


def _template(size: Size) -> pa.Table:
    """Return the rows of one session, as they are read from its records."""
    made = generate.session("made-up", 0, size)
    timed, _ = tables_of_records(made, generate.records(made, size, random.Random(1)))
    return timed


def _empty_session(results: Path, number: int, size: Size) -> store.StoredSession:
    machine = f"made-up-{number:04d}"
    facts = store.write_machine(results, machine, {"cpu": {"model": machine}})
    made = generate.session(machine, number, size) | {"machine_facts": facts}
    stored = store.write_session(results, made)
    for block in range(size.blocks):
        for position in range(len(generate.cells(size)) + 3):
            trial = store.digest([machine, block, position])[:16]
            head = {"block": block, "position": position, "attempt": 1, "trial": trial}
            path = store.record_path(stored, head)
            path.parent.mkdir(exist_ok=True)
            path.touch()
    return stored


def _rows(template: pa.Table, stored: store.StoredSession, number: int) -> pa.Table:
    """Return the rows of the template as those of another session, with other times."""
    length = len(template)
    draw = np.random.default_rng(number)
    trials = template["trial"].combine_chunks().dictionary_encode()
    names = [store.digest([stored.machine, each])[:16] for each in trials.dictionary.to_pylist()]
    changed = {
        "machine": pa.repeat(stored.machine, length),
        "session": pa.repeat(stored.session, length),
        "trial": pa.array(names).take(trials.indices),
    }
    for name in ("seconds", "cpu_seconds", "utilisation", "blocked", "run_delay", "handoff_rate"):
        changed[name] = pa.array(template[name].to_numpy() * draw.lognormal(0, 0.03, length))
    for name, column in changed.items():
        template = template.set_column(template.schema.get_field_index(name), name, column)
    return template


def _time_raw(results: Path) -> None:
    for state in ("from raw files", "from the cache"):
        if state == "from raw files":
            cache.forget(results)
        start = time.perf_counter()
        reading = tidy.read(results)
        read = time.perf_counter()
        tables.make_all(reading)
        end = time.perf_counter()
        trials = reading.frame["trial"].nunique()
        print(
            f"{trials} trials {state}: read in {read - start:.1f} s, tables in {end - read:.1f} s, "
            f"together {end - start:.1f} s; {_peak()}",
            flush=True,
        )


def _time_cached(results: Path) -> None:
    start = time.perf_counter()
    frame = analysis.load(results, columns=COLUMNS, compact=True)
    seconds = time.perf_counter() - start
    machines = frame["machine"].nunique()
    print(
        f"{len(frame)} values of {machines} machines from the cache, {len(COLUMNS)} columns: "
        f"{seconds:.1f} s; {_peak()}"
    )


def _peak() -> str:
    """Return the memory used at most, and the CPU time, which a busy machine changes little."""
    spent = sum(os.times()[:4])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    of_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    helper = f", a helper {of_child:.2f} GB" if of_child else ""
    return f"at most {most:.2f} GB{helper}; CPU time so far, imports included, {spent:.1f} s"


_TIMED = {"raw": _time_raw, "cached": _time_cached}
_MADE = {"raw": lambda folder: generate.generate(folder, RAW), "cached": make_cached}


if __name__ == "__main__":
    main()
