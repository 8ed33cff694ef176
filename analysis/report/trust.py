"""How far to trust a session: what the same cell differs by from itself, and the canary."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.dataset.frames import records


def lines(controls: pd.DataFrame, canary: pd.DataFrame) -> list[str]:
    """Return what the controls of one session say, a sentence for each."""
    return [*_floor(controls), _canary(records(canary)[0])]


def _floor(controls: pd.DataFrame) -> list[str]:
    if not len(controls):
        return ["Noise floor: unknown, nothing was measured twice."]
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
            text += f" A difference under {formatting.number(percent)} % is no news here."
        found.append(text + (" The session is void: it is not 1." if row["void"] else ""))
    return found


def _canary(row: Mapping[str, Any]) -> str:
    if not row["read"]:
        return f"Canary: {row['why']}."
    text = (
        f"Canary: {row['workers']} spinning processes got {formatting.number(row['capacity'])} "
        "of what as many CPUs of one's own would give (lowest block "
        f"{formatting.number(row['lowest'])}); "
        f"below {row['threshold']:g} ({row['source']}) in {row['busy']} of "
        f"{formatting.plural(row['read'], 'block')}."
    )
    return f"{text} {str(row['why'])[0].upper()}{row['why'][1:]}." if row["why"] else text
