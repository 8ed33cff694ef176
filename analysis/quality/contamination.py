"""What else used the machine: one row per block, by what was read beside the times."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import formatting
from analysis.comparison.capacity import canary, canary_threshold
from analysis.comparison.trials import trials
from analysis.dataset import frames, thresholds
from analysis.dataset.frames import of_session, session_ids
from analysis.dataset.schema import SESSION
from harness.storage import limits
from harness.storage.schema import CANARY, SEQUENTIAL

_MENTIONED = 0.01  # least run delay that is said


@frames.per_frame
def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per block that ran: canary, steal, run delay, pressure and what they say.

    Shares are of the time of all values of a block, warm-ups and controls included. ``busy`` is
    the canary's word alone, which decides what a verdict may use; ``contaminated`` is that of
    any of the three; both are missing where nothing was read.
    """
    canaries = canary(trials(frame[frame["control"] == CANARY]))
    rows = []
    for session in session_ids(frame):
        here = of_session(frame, session)
        threshold, source = canary_threshold(here)
        capacity = of_session(canaries, session).groupby("block")["capacity"].min()
        for block, values in here[here["status"] != "skipped"].groupby("block"):
            read = {
                "capacity": float(capacity.get(block, np.nan)),
                "threshold": threshold,
                "source": source,
                **_shares(values),
            }
            head = {**dict(zip(SESSION, session, strict=True)), "block": block}
            rows.append({**head, **read, **_judged(read)})
    made = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return made.astype({"block": "Int64", "busy": "boolean", "contaminated": "boolean"})


def of_blocks(blocks: Iterable[int], here: pd.DataFrame) -> dict[str, float]:
    """Return how far to trust a number of these ``blocks``; ``here`` is the table of its session.

    The share that was contaminated, of those of which something is known, and the worst run
    delay among them.
    """
    own = np.isin(here["block"].to_numpy(dtype=np.int64), list(blocks))
    known = here["contaminated"].to_numpy(dtype=np.float64, na_value=np.nan)[own]
    known = known[~np.isnan(known)]
    delays = here["run_delay"].to_numpy(dtype=np.float64)[own]
    return {
        "contaminated_share": float(known.mean()) if len(known) else float("nan"),
        "worst_run_delay": float(np.fmax.reduce(delays, initial=np.nan)),
    }


def note(row: dict[str, Any] | Any) -> str | None:
    """Return in words that something else used the machine meanwhile, and what to do; or None."""
    share = row["contaminated_share"]
    if not share > 0:
        return None
    where = "every block" if share == 1 else f"{formatting.percent(share)} of its blocks"
    text = f"other programs used the machine in {where}{_sign(row)}"
    return f"{text}: stop it and measure again" if share > thresholds.DIRTY else text


def by_waiting(row: dict[str, Any] | Any) -> bool:
    """Tell whether sequential passes waited for a CPU for long enough to speak of it."""
    return bool(row["worst_run_delay"] >= _MENTIONED)


def _sign(row: dict[str, Any] | Any) -> str:
    """Return, in brackets, by what it is known: a delay too small to be the sign is not said."""
    if by_waiting(row):
        waited = formatting.percent(row["worst_run_delay"])
        return f" (a sequential pass waited for a CPU up to {waited} of its time)"
    short = row.get("busy_blocks", 0) > 0
    return " (the canary fell short)" if short else " (by the canary or by steal)"


def _shares(values: pd.DataFrame) -> dict[str, float]:
    sequential = (values["model"] == SEQUENTIAL).to_numpy(dtype=np.bool_)
    names = ("steal_share", "run_delay_seconds", "threads_wall", "pressure_cpu")
    steal, delay, threads, pressure = (values[name].to_numpy(np.float64) for name in names)
    passed = values["wall"].fillna(values["seconds"]).to_numpy(np.float64)
    return {
        "steal": _share(steal * passed, passed),
        "run_delay": _share(delay[sequential], threads[sequential]),
        "pressure_cpu": _share(pressure, passed),
    }


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> float:
    """Return the sum of the parts over that of the wholes to which a part is known."""
    total = float(np.nansum(whole[~np.isnan(part)]))
    return float(np.nansum(part)) / total if total > 0 else float("nan")


def _judged(read: dict[str, Any]) -> dict[str, Any]:
    found = []
    if read["capacity"] < read["threshold"]:
        found.append(f"canary {read['capacity']:.3g} below {read['threshold']:g}")
    if read["steal"] > limits.STEAL:
        found.append(f"steal {formatting.percent(read['steal'])}")
    if read["run_delay"] > thresholds.RUN_DELAY:
        found.append(f"run delay of sequential cells {formatting.percent(read['run_delay'])}")
    known = np.isfinite([read["capacity"], read["steal"], read["run_delay"]]).any()
    canaried = np.isfinite(read["capacity"])
    return {
        "busy": bool(read["capacity"] < read["threshold"]) if canaried else pd.NA,
        "contaminated": bool(found) if known else pd.NA,
        "why": "; ".join(found) or None,
    }


_COLUMNS = [*SESSION, "block", "capacity", "threshold", "source", "steal", "run_delay"]
_COLUMNS += ["pressure_cpu", "busy", "contaminated", "why"]
