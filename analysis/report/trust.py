"""Data quality of a session: by how much identical cells differ, and what the canary read."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.dataset.frames import records
from analysis.quality.controls import VOID_LEVEL


def lines(controls: pd.DataFrame, canary: pd.DataFrame) -> list[str]:
    """Return what the controls of one session say, a sentence for each."""
    return [*_floor(controls), _canary(records(canary)[0])]


_REJECTED = f"Session rejected: identical cells differ at the {100 * VOID_LEVEL:g} % level"


def _floor(controls: pd.DataFrame) -> list[str]:
    if not len(controls):
        return ["Noise floor: unknown, no cell was measured twice."]
    found = []
    for row in records(controls):
        interval = formatting.bounds(row["low"], row["high"])
        known = interval or f"({row['why']})"
        text = (
            f"Noise floor, {row['workload']} {row['model']} x{row['workers']} on {row['target']} "
            f"measured twice: {formatting.number(row['ratio'])} {known}; 1 is perfect."
        )
        if interval:
            percent = (row["floor"] - 1) * 100
            text += (
                f" Differences below {formatting.number(percent)} % are within the noise of this "
                "machine."
            )
        found.append(text + (f" {_REJECTED}." if row["void"] else ""))
    return found


def _canary(row: Mapping[str, Any]) -> str:
    if not row["read"]:
        return f"CPU check (canary): {row['why']}."
    text = (
        f"CPU check (canary): {row['workers']} spinners reached "
        f"{formatting.percent(row['capacity'])} of {row['workers']} idle CPUs (worst block "
        f"{formatting.percent(row['lowest'])}); "
        f"below {100 * row['threshold']:g} % ({row['source']}) in {row['busy']} of "
        f"{formatting.plural(row['read'], 'block')}."
    )
    return f"{text} {str(row['why'])[0].upper()}{row['why'][1:]}." if row["why"] else text
