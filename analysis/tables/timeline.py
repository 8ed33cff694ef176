"""Who held the GIL when, at the beginning of one value: a row per span of time."""

from typing import Any

import pandas as pd

from analysis.comparison import diagnostic, newest
from analysis.dataset.frames import records
from analysis.dataset.observations import spans
from analysis.dataset.schema import CELL
from analysis.tables import diagnostics
from harness.storage.schema import DIAGNOSTIC

PASS = DIAGNOSTIC  # the pass this table is made of


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the spans of the first trial of every cell of which the holders were seen.

    ``start`` and ``end`` are seconds from the first sample, ``holder`` is 1, 2, ... in the order
    in which threads were first seen with the lock, or 0 where nobody had it. Seen a thousand
    times a second: what is shorter may be missing.
    """
    done = diagnostic.trials(frame)
    shown = diagnostics.sessions(done)
    done = done[(done["status"] == "ok") & done["holders"].notna()].sort_values("block")
    first = done.drop_duplicates(list(CELL)).sort_values(list(CELL), kind="stable")
    rows: list[dict[str, Any]] = []
    for trial in records(first):
        cell = {name: trial[name] for name in (*CELL, "block")}
        cell["latest"] = shown[newest.identity(cell)] == cell["session"]
        rows += [
            {**cell, "start": start, "end": end, "holder": holder}
            for start, end, holder in spans(trial["holders"])
        ]
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))


_COLUMNS = [*CELL, "block", "start", "end", "holder", "latest"]
