"""What the time of the workers went to: computing, waiting for a CPU, waiting for the GIL, I/O."""

from typing import Any

import pandas as pd

from analysis.comparison.contrasts import Contrast
from analysis.dataset.schema import CELL
from analysis.inference import metrics
from analysis.quality import contamination
from analysis.tables import _rows
from analysis.tables._rows import reading

# Shares of the workers' wall time, which add up to 1 where all are known (undeclared I/O is 0).
SHARES = ("cpu", "run_delay", "blocked", "io")
_COLUMN_OF = {
    "cpu": "cpu_share",
    "run_delay": "run_delay",
    "blocked": "blocked",
    "gil_wait": "gil_wait",
    "io": "io_share",
    "utilisation": "utilisation",
    "handoffs": "handoff_rate",
}


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell and session that ran: means over its blocks with 95 % intervals.

    ``cpu``, ``run_delay``, ``blocked`` and ``io`` are shares of the workers' wall time;
    ``gil_wait`` is the part of ``blocked`` in which they waited for the GIL, where that is known.
    ``handoffs`` are per second. Blocks in which the machine was busy are left out if there are
    others.
    """
    rows = _rows.rows(frame, _row, lambda each: bool((each.trials["status"] != "skipped").any()))
    made = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return made.astype(_TYPES)


def _row(cell: Contrast, dirty: pd.DataFrame) -> dict[str, Any]:
    clean = bool(cell.blocks(clean=True))
    used = cell.blocks(clean=clean)
    found = {name: metrics.mean(stored, cell, clean=clean) for name, stored in _COLUMN_OF.items()}
    found["cpu_inflation"] = metrics.ratio("cpu_inflation", cell, clean=clean)
    bound = cell.trials["computes"].dropna()
    unobserved = cell.trials["unobserved"].dropna()
    return {
        **cell.cell,
        **{
            name: value for key, each in found.items() for name, value in reading(key, each).items()
        },
        "cpu_bound": bool(bound.iloc[0]) if len(bound) else None,
        "n": found["cpu"].n,
        "blocks": len(used),
        **contamination.of_blocks(used, dirty),
        "why": unobserved.iloc[-1] if len(unobserved) else None,
    }


_TYPES = {"workers": "Int64", "chunk": "Int64", "gil": "boolean", "cpu_bound": "boolean"}
_READ = [*_COLUMN_OF, "cpu_inflation"]
_COLUMNS = [*CELL, *(f"{name}{end}" for name in _READ for end in ("", "_low", "_high"))]
_COLUMNS += ["cpu_bound", "n", "blocks", "contaminated_share", "worst_run_delay", "why", "latest"]
