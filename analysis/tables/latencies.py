"""How long the measuring members of a group waited for each call, by cell."""

from typing import Any

import pandas as pd

from analysis.comparison.contrasts import Contrast
from analysis.dataset.schema import CELL
from analysis.inference import metrics
from analysis.quality import contamination
from analysis.tables import _rows
from analysis.tables._rows import reading

QUANTILES = ("latency_p50", "latency_p90", "latency_p99", "latency_max")


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell and session that measured latencies: means over blocks, in seconds.

    A quantile is that of all calls of one pass, its median over the passes of a process, its mean
    over blocks. ``missed`` are the slots per pass that went by while a call was busy: they have
    no latency, so where there are many the quantiles say too little. Blocks in which the machine
    was busy are left out if there are others.
    """
    rows = _rows.rows(frame, _row, lambda each: bool(each.trials["latency_count"].notna().any()))
    made = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return made.astype({"workers": "Int64", "chunk": "Int64", "gil": "boolean"})


def _row(cell: Contrast, dirty: pd.DataFrame) -> dict[str, Any]:
    clean = bool(cell.blocks(clean=True))
    found = {name: metrics.mean(name, cell, clean=clean) for name in QUANTILES}
    return {
        **cell.cell,
        **{
            name: value for key, each in found.items() for name, value in reading(key, each).items()
        },
        "missed": metrics.mean("missed", cell, clean=clean).estimate,
        "count": metrics.mean("latency_count", cell, clean=clean).estimate,
        "n": found["latency_p50"].n,
        **contamination.of_blocks(cell.blocks(clean=clean), dirty),
    }


_COLUMNS = [*CELL, *(f"{name}{end}" for name in QUANTILES for end in ("", "_low", "_high"))]
_COLUMNS += ["missed", "count", "n", "contaminated_share", "worst_run_delay", "latest"]
