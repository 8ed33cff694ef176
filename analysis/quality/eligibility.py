"""Why a cell may not be judged: lost trials, a rejected session, a pass too short."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.comparison.contrasts import Contrast
from analysis.comparison.trials import statuses
from analysis.dataset import notes
from analysis.dataset.frames import of_session
from analysis.dataset.thresholds import TOO_SHORT
from analysis.quality import canary, controls
from analysis.stats import MIN_BLOCKS, too_few
from harness.storage.schema import FAILED

# Lost blocks are rarely lost at random: what failed was often about to be slow.
MAX_LOST = 0.05


def no_verdict(
    contrast: Contrast, canary_row: Mapping[str, Any], pairs: pd.DataFrame, *, scaling: bool = True
) -> str | None:
    """Return why a cell may not be judged, or None.

    ``scaling`` adds what only a speed-up needs: a baseline, and a pass that is long enough.
    """
    if scaling and contrast.baseline == "itself":
        return contrast.why or "sequential is the baseline of the others"
    if contrast.why and (scaling or not contrast.of.is_done):
        return contrast.why
    return (
        # First what lies in the work itself: no quieter machine and no further block changes it.
        (_unfit_work(contrast) if scaling else None)
        or _session_unfit(contrast.session, canary_row, pairs)
        or lossy(contrast.trials)
        or (_unfit_to_scale(contrast) if scaling else None)
    )


def _session_unfit(
    session: tuple[str, str, str], canary_row: Mapping[str, Any], pairs: pd.DataFrame
) -> str | None:
    if canary_row["read"] and canary_row["busy_share"] > canary.MAX_BUSY:
        return str(canary_row["why"])
    here = of_session(pairs, session)
    if here["void"].astype("bool").any():
        level = f"{100 * controls.VOID_LEVEL:g} %"
        return f"session rejected: identical cells differ at the {level} level"
    return None


def _unfit_work(contrast: Contrast) -> str | None:
    if noted := notes.unfit(notes.of_cell(contrast.trials)):
        return noted
    if contrast.baseline_seconds < TOO_SHORT:
        milliseconds = contrast.baseline_seconds * 1e3
        return (
            f"too short: a sequential pass takes {milliseconds:.3g} ms, less than "
            f"{TOO_SHORT * 1e3:g} ms"
        )
    return None


def _unfit_to_scale(contrast: Contrast) -> str | None:
    done = len(contrast.blocks(clean=False))
    alone = done - len(contrast.paired)
    if alone > MAX_LOST * done:
        return f"its baseline failed in {alone} of {done} blocks"
    clean = len(contrast.paired.clean)
    return too_few(clean) if clean < MIN_BLOCKS else None


def lossy(trials: pd.DataFrame) -> str | None:
    """Return that too many trials failed for what is left to be judged, or None."""
    counts = statuses(trials)
    lost = sum(counts[status] for status in FAILED)
    every = counts["ok"] + lost
    if lost > MAX_LOST * every:
        return f"{lost} of {every} trials failed: {first_reason(trials)}"
    return None


def first_reason(trials: pd.DataFrame) -> str | None:
    """Return the reason of the first trial that did not end well, or None."""
    pairs = zip(trials["status"].to_list(), trials["reason"].to_list(), strict=True)
    return next((why for status, why in pairs if status != "ok" and isinstance(why, str)), None)
