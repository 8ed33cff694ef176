"""Whether work computes or waits: as it was declared, or else by its sequential passes."""

import numpy as np
import pandas as pd

from analysis.dataset import gil
from analysis.dataset.schema import SESSION
from harness.storage.schema import SEQUENTIAL

# Of a sequential pass, on a CPU or waiting for one: from the one on it computes, up to the other
# it waits.
COMPUTING, WAITING = 0.9, 0.5
# To read the clocks around a shorter pass takes a share of its time.
SHORTEST = 1e-3  # seconds


def share(rows: pd.DataFrame) -> pd.Series:
    """Return of each trial the share of its time on a CPU, or about to be.

    The delay in the run queue is added, so that a busy machine does not look like waiting.
    """
    ran = rows["cpu_seconds"] / rows["seconds"] + rows["run_delay"].fillna(0)
    ran = ran.where(rows["threads_wall"].fillna(rows["seconds"]) >= SHORTEST)
    # Of a baseline that was computed and not run, what is not declared as I/O.
    said = 1 - rows["io_seconds"] / rows["baseline_seconds"]
    return ran.where(rows["model"] == SEQUENTIAL, said).clip(upper=1.0)


def marked(rows: pd.DataFrame) -> pd.DataFrame:
    """Return trials with ``computes``, and ``gil_wait`` wherever its bound is what it says.

    ``computes`` is missing where nothing was declared and no sequential pass was measured.
    """
    measured = _measured(rows)
    computes = (measured >= COMPUTING).astype("boolean").mask(measured.isna())
    rows = rows.assign(computes=rows["cpu_bound"].fillna(computes))
    known = rows["computes"].fillna(False).astype("bool") & _told_apart(rows)
    return rows.assign(gil_wait=rows["gil_wait_most"].where(known))


def _measured(rows: pd.DataFrame) -> pd.Series:
    """Return of each trial the share of the sequential passes of its session and workload.

    Of its own target where there are any.
    """
    found = share(rows).where(rows["control"].isna())
    here = [rows[name] for name in (*SESSION, "workload")]
    own = found.groupby([*here, rows["target"]], dropna=False).transform("median")
    return own.fillna(found.groupby(here, dropna=False).transform("median"))


def _told_apart(rows: pd.DataFrame) -> pd.Series:
    """Return for each trial whether its cell can distinguish the GIL from other locks.

    Where the work is declared to compute, there is no other lock.
    """
    cell = [rows[name] for name in (*SESSION, "key", "gil")]
    wait, switches, handoffs = (
        rows[name].groupby(cell, dropna=False).transform("median")
        for name in ("gil_wait_most", "voluntary", "handoffs")
    )
    told = [gil.is_told_apart(*each) for each in zip(wait, switches, handoffs, strict=True)]
    return rows["cpu_bound"].fillna(False).astype("bool") | np.array(told, dtype=np.bool_)
