"""Speed-up of every cell against sequential on the same target, with all that qualifies it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison import newest
from analysis.comparison.contrasts import Contrast
from analysis.comparison.trials import statuses
from analysis.dataset import frames, notes
from analysis.dataset.schema import SESSION
from analysis.dataset.thresholds import TOO_SHORT
from analysis.inference import causes, evidence
from analysis.quality import canary, contamination, controls
from analysis.quality.eligibility import first_reason, no_verdict
from analysis.stats import Paired, karp_flatt
from analysis.tables import _rows
from harness.storage.schema import SEQUENTIAL

_COUNTS = ("workers", "chunk", "cores", "ideal", "items")
_TYPES = dict.fromkeys(_COUNTS, "Int64") | {"gil": "boolean", "variant": "str"}


@frames.per_frame
def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell of every session, ran or not.

    Speed-ups are ratios of sequential seconds to the cell's, above 1 is faster, paired within
    blocks. ``speedup`` uses every whole block, ``speedup_clean`` those in which the canary was
    content; ``low`` and ``high`` are the 95 % t interval, ``median...`` the exact one.
    ``no_verdict`` says why a row may not be judged, empty where it may.
    """
    canaries = canary.by_session(frame)
    pairs = controls.table(frame)
    origins = newest.of_cells(frame)
    floors = {session: _floor(pairs, session) for session in canaries}

    def of_cell(each: Contrast, dirty: pd.DataFrame) -> _rows.Row:
        found = row(each, canaries[each.session], pairs) | floors[each.session]
        told = {"origin": newest.note(origins, each.cell)}
        return found | _contamination(each, dirty) | told

    rows = _rows.rows(frame, of_cell)
    rows.sort(key=lambda each: each["model"] != SEQUENTIAL)
    made = pd.DataFrame(rows)
    # The sort is stable: sequential comes before what is compared with it.
    order = [*SESSION, "workload", "target"]
    return (
        made.astype(_TYPES).sort_values(order, kind="stable", ignore_index=True) if rows else made
    )


def row(contrast: Contrast, canary_row: Mapping[str, Any], pairs: pd.DataFrame) -> dict[str, Any]:
    """Return what is known of one cell."""
    paired, trials = contrast.paired, contrast.trials
    every = evidence.of_pairs(paired, contrast).paired()
    clean = evidence.of_pairs(paired.clean, contrast).paired()
    counts = statuses(trials)
    seconds = _median(contrast.values("seconds", clean=False))
    units = _median(contrast.of.numbers("units"))
    workers = int(contrast.cell["workers"])
    cores = trials["cores"].max()
    itself = contrast.baseline == "itself"
    return {
        **contrast.cell,
        **_reading(every, ""),
        "rare_slow_mode": every.rare_slow_mode,
        **_reading(clean, "_clean"),
        "rare_slow_mode_clean": clean.rare_slow_mode,
        "busy_blocks": int(paired.busy.sum()),
        "why": contrast.why or ("the baseline" if itself else every.mean.why),
        "baseline": contrast.baseline,
        "baseline_lifecycle": contrast.baseline_lifecycle,
        "baseline_seconds": contrast.baseline_seconds,
        "seconds": seconds,
        "units": units,
        "seconds_per_unit": seconds / units if units > 0 else float("nan"),
        "items": trials["items"].max(),
        "item_size": _median(contrast.of.numbers("item_size")),
        "variant": trials["variant"].iloc[0],
        "serial_fraction": karp_flatt(every.mean.estimate, workers),
        "cores": int(cores) if pd.notna(cores) else pd.NA,
        "ideal": min(workers, int(cores)) if pd.notna(cores) else pd.NA,
        "blocks": len(np.unique(contrast.of.blocks)),
        "void_blocks": int((~contrast.of.whole).sum()),
        **{f"n_{status}": count for status, count in counts.items()},
        "reason": first_reason(trials),
        **notes.of_cell(trials),
        "cause": causes.of_cell(contrast),
        "build": trials["build"].iloc[0],
        "too_short": bool(contrast.baseline_seconds < TOO_SHORT),
        "canary": canary_row["capacity"],
        "canary_busy_share": canary_row["busy_share"],
        "no_canary": not canary_row["read"],
        "no_verdict": no_verdict(contrast, canary_row, pairs),
    }


def _reading(paired: Paired, suffix: str) -> dict[str, Any]:
    mean, median = paired.mean, paired.median
    return {
        f"speedup{suffix}": mean.estimate,
        f"low{suffix}": mean.low,
        f"high{suffix}": mean.high,
        f"median{suffix}": median.estimate,
        f"median_low{suffix}": median.low,
        f"median_high{suffix}": median.high,
        f"n{suffix}": mean.n,
    }


def _median(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _floor(pairs: pd.DataFrame, session: tuple[str, str, str]) -> dict[str, Any]:
    found = {}
    for name, alone in (("aa_sequential", True), ("aa_workers", False)):
        reading = controls.reading(pairs, session, alone=alone)
        nan = float("nan")
        found[name] = reading.get("ratio", nan)
        found[f"{name}_low"] = reading.get("low", nan)
        found[f"{name}_high"] = reading.get("high", nan)
    return found


def _contamination(contrast: Contrast, dirty: pd.DataFrame) -> dict[str, Any]:
    return contamination.of_blocks(contrast.blocks(clean=False), dirty)
