"""Every cell against others than its sequential one: what the GIL, the lock, the pool cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.comparison import newest
from analysis.comparison.contrasts import Contrast, contrasts
from analysis.dataset import frames
from analysis.dataset.frames import of_session
from analysis.dataset.schema import CELL
from analysis.inference import metrics
from analysis.quality import canary, contamination, controls
from analysis.quality.eligibility import no_verdict
from analysis.stats import FASTER, SLOWER, effect

USER = "speedup_user"


@dataclass(frozen=True, slots=True)
class Ratio:
    """What a ratio is of, and what a number above and below 1 means."""

    text: str
    above: str
    below: str


RATIOS = {
    USER: Ratio("speed-up over sequential on the build with the GIL", FASTER, SLOWER),
    "speedup_self": Ratio("speed-up over one worker of the same model", FASTER, SLOWER),
    "gil_slowdown": Ratio("speed-up over that of the twin with the GIL", FASTER, SLOWER),
    "lock_effect": Ratio("time with the GIL on over off, same binary", SLOWER, FASTER),
    "convoy_factor": Ratio("median latency over that of the group alone", SLOWER, FASTER),
}


@frames.per_frame
def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell and ratio that any of its blocks has.

    ``estimate``, ``low`` and ``high`` are of the blocks in which the machine was not busy; of
    the median where a rare slow mode is. ``effect`` is the word that the interval allows.
    """
    dirty, pairs = contamination.table(frame), controls.table(frame)
    origins = {name: newest.of_ratio(frame, name) for name in RATIOS}
    canaries = canary.by_session(frame)
    rows = [
        _row(each, name, of_session(dirty, each.session))
        | {"no_verdict": _unfit(name, each, canaries[each.session], pairs)}
        | {"latest": newest.is_shown(origins[name], each.cell)}
        for each in contrasts(frame)
        for name in RATIOS
        if len(each.ratio(name))
    ]
    made = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return made.astype({"workers": "Int64", "chunk": "Int64", "gil": "boolean"})


def _row(cell: Contrast, name: str, dirty: pd.DataFrame) -> dict[str, Any]:
    found, ratio = metrics.ratio(name, cell), RATIOS[name]
    return {
        **cell.cell,
        "metric": name,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "effect": effect(found, above=ratio.above, below=ratio.below),
        "why": found.why,
        **contamination.of_blocks(cell.ratio(name).clean.block.tolist(), dirty),
    }


def _unfit(
    name: str, cell: Contrast, canary_row: Mapping[str, Any], pairs: pd.DataFrame
) -> str | None:
    scaling = name.startswith("speedup") and cell.baseline != "none"
    return no_verdict(cell, canary_row, pairs, scaling=scaling)


_COLUMNS = [*CELL, "metric", "estimate", "low", "high", "n", "effect", "why"]
_COLUMNS += ["contaminated_share", "worst_run_delay", "no_verdict", "latest"]
