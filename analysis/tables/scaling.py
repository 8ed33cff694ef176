"""How speed grows with workers, of work that computes: a row per series of worker counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison import newest
from analysis.comparison.contrasts import Contrast, contrasts
from analysis.dataset import frames
from analysis.dataset.frames import of_session
from analysis.dataset.schema import CELL
from analysis.inference import metrics
from analysis.quality import contamination
from analysis.stats import Scaling, fit_scaling, karp_flatt_interval
from harness.storage.schema import SEQUENTIAL

ONE_CPU = ("asyncio", SEQUENTIAL)  # models that never use more than one
_SERIES = [name for name in CELL if name != "workers"]
_PARAMETERS = ("contention", "coherency")


@frames.per_frame
def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model that shared CPU work among 2 workers or more, up to the CPUs.

    ``counts`` are the worker counts measured up to the usable CPUs, ``workers`` the largest of
    them; ``speedup``, against sequential, and ``serial_fraction`` (Karp and Flatt) are there.
    ``curve`` is linear, amdahl or usl, with its parameters, or missing with the reason ``why``.
    Blocks in which the machine was busy are left out.
    """
    origins, dirty = newest.of_cells(frame), contamination.table(frame)
    rows = [
        row | {"latest": newest.is_shown(origins, row)}
        for series in _series(frame)
        if (row := _row(series, dirty)) is not None
    ]
    made = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return made.astype({"workers": "Int64", "chunk": "Int64", "gil": "boolean"})


def _series(frame: pd.DataFrame) -> list[list[Contrast]]:
    found: dict[tuple[str, ...], list[Contrast]] = {}
    for each in contrasts(frame):
        computes = each.trials["computes"].iloc[0]
        if each.cell["model"] not in ONE_CPU and pd.notna(computes) and computes:
            # As text, in which one missing level is like another.
            key = tuple(str(each.cell[name]) for name in _SERIES)
            found.setdefault(key, []).append(each)
    return list(found.values())


def _row(series: Sequence[Contrast], dirty: pd.DataFrame) -> dict[str, Any] | None:
    cores = max((each.of.median("cores") for each in series), default=float("nan"))
    fitting = [each for each in series if each.cell["workers"] <= cores and each.of.is_done]
    last = max(fitting, key=lambda each: each.cell["workers"], default=None)
    if last is None or last.cell["workers"] < 2:
        return None
    workers, speedup = int(last.cell["workers"]), metrics.ratio("speedup", last)
    fraction, curve = karp_flatt_interval(speedup, workers), _curve(fitting, int(cores))
    fitted = {name: getattr(curve, name) for name in _PARAMETERS}
    return {
        **last.cell,
        "counts": " ".join(
            str(count) for count in sorted(each.cell["workers"] for each in fitting)
        ),
        "cores": int(cores),
        "speedup": speedup.estimate,
        "low": speedup.low,
        "high": speedup.high,
        "serial_fraction": fraction.estimate,
        "serial_fraction_low": fraction.low,
        "serial_fraction_high": fraction.high,
        "n": speedup.n,
        "curve": curve.model,
        **{
            f"{name}{end}": float("nan") if each is None else getattr(each, at)
            for name, each in fitted.items()
            for end, at in (("", "estimate"), ("_low", "low"), ("_high", "high"))
        },
        "peak": curve.peak,
        "lack_of_fit": curve.lack_of_fit,
        "why": curve.why,
        **contamination.of_blocks(last.blocks(clean=True), of_session(dirty, last.session)),
    }


def _curve(series: Sequence[Contrast], cores: int) -> Scaling:
    """Fit the work per second of every process of the series."""
    speeds = [1 / each.values("seconds_per_unit", clean=True) for each in series]
    counts = [
        np.full(len(each), of.cell["workers"]) for each, of in zip(speeds, series, strict=True)
    ]
    values = np.concatenate(speeds)
    if not len(values):
        return Scaling(None, "no block in which the machine was quiet")
    return fit_scaling(np.concatenate(counts), values, cores=cores)


_COLUMNS = [*CELL, "counts", "cores", "speedup", "low", "high", "serial_fraction"]
_COLUMNS += ["serial_fraction_low", "serial_fraction_high", "n", "curve"]
_COLUMNS += [f"{name}{end}" for name in _PARAMETERS for end in ("", "_low", "_high")]
_COLUMNS += ["peak", "lack_of_fit", "why", "contaminated_share", "worst_run_delay", "latest"]
