"""What a build without the GIL costs: every cell against the same one of its twin with a GIL."""

import pandas as pd

from analysis.comparison.contrasts import Contrast
from analysis.dataset.schema import CELL
from analysis.inference import metrics
from analysis.quality import contamination
from analysis.stats import LEVEL
from analysis.tables import _rows

_COLUMNS = [*CELL, "tax", "tax_low", "tax_high", "n", "twin", "contaminated_share"]
_COLUMNS += ["worst_run_delay", "why", "latest"]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell whose twin was measured beside it.

    ``tax`` is seconds per unit of work over those of the twin, paired within blocks: 1.2 means
    that it takes 1.2 times as long. Blocks in which the machine was busy are left out.
    """
    rows = _rows.rows(frame, _row, lambda each: len(each.ratio("tax")) > 0)
    made = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return made.astype({"workers": "Int64", "chunk": "Int64", "gil": "boolean"})


def _row(cell: Contrast, dirty: pd.DataFrame) -> dict[str, object]:
    found = metrics.interval("tax", cell, LEVEL)
    twins = cell.trials["twin"].dropna()
    return {
        **cell.cell,
        "tax": found.estimate,
        "tax_low": found.low,
        "tax_high": found.high,
        "n": found.n,
        "twin": twins.iloc[0] if len(twins) else None,
        **contamination.of_blocks(cell.blocks(clean=True), dirty),
        "why": found.why,
    }
