"""The answer in a sentence per workload and target, by rule and not by eye."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import formatting
from analysis.dataset import notes
from analysis.dataset.frames import records
from analysis.inference.labels import BARE, LABELS, claimed, label, plain
from analysis.stats import EQUIVALENT, SMALLEST


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for one workload on one target."""

    workload: str
    target: str
    gil: str
    parts: Sequence[tuple[str, str]]  # a label and the models it applies to
    notes: Sequence[str]

    @property
    def text(self) -> str:
        """Return the whole answer as plain text."""
        found = [f"{label}: {items}" for label, items in self.parts]
        parts = [*(found or ["no execution model to compare with a plain loop"]), *self.notes]
        return f"{self.workload} on {self.target} (GIL {self.gil}): {'. '.join(parts)}"


def answers(table: pd.DataFrame) -> list[Answer]:
    """Return an answer per workload, target and GIL state of one session's speed-ups."""
    groups = table.groupby(["workload", "target"], sort=True)
    return [
        _answer(str(key[0]), str(key[1]), [plain(row) for row in records(rows)])
        for key, rows in groups
        if isinstance(key, tuple)
    ]


def _answer(workload: str, target: str, rows: list[dict[str, Any]]) -> Answer:
    models = [row for row in rows if row["model"] != "sequential"]
    done = [row for row in models if np.isfinite(row["speedup"])]
    shown = [row for group in _by_model(done) for row in _levels(group)]
    parts = []
    for each in LABELS:
        items = [row for row in shown if label(row) == each]
        items.sort(key=lambda row: -claimed(row)[0])
        if items:
            text = "; ".join(_item(row) for row in items)
            within = f" (within {100 * SMALLEST:g} %)" if each == EQUIVALENT else ""
            parts.append((each + within, text))
    states = {formatting.gil(row["gil"]) for row in rows} - {"unknown"}
    return Answer(
        workload, target, " and ".join(sorted(states)) or "unknown", parts, _notes(models)
    )


def _item(row: Mapping[str, Any]) -> str:
    point, low, high = claimed(row)
    workers = formatting.plural(int(row["workers"]), "worker")
    shown = f"{formatting.times(point)} {formatting.bounds(low, high)}".strip()
    return f"{formatting.model(row)} {shown} with {workers}"


def _by_model(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(formatting.model(row), []).append(row)
    return list(groups.values())


def _levels(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a model's row with most workers that fit the CPUs, and the one with most of all.

    Chosen by what was asked for and never by what came out: the best of many is best by luck.
    """
    rows = sorted(rows, key=lambda row: row["workers"])
    fitting = [row for row in rows if row["cores"] is not None and row["workers"] <= row["cores"]]
    chosen = (
        [*fitting[-1:], rows[-1]] if len(fitting[-1:]) and fitting[-1]["workers"] > 1 else rows[-1:]
    )
    return [row for index, row in enumerate(chosen) if row not in chosen[:index]]


def _notes(rows: list[dict[str, Any]]) -> list[str]:
    """Return why some have no label, or are missing, and what to know of the others; each once."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if label(row) == BARE:
            why = str(row["no_verdict"] or row["why"])
            reasons.setdefault(why, []).append(f"{formatting.model(row)} x{row['workers']}")
        for note in [*notes.beside(row), row["cause"], row["origin"]]:
            if not isinstance(note, str):
                continue
            reasons.setdefault(note, []).append(f"{formatting.model(row)} x{row['workers']}")
    if len(reasons) == 1 and len(rows) == len(*reasons.values()):
        return list(reasons)
    return sorted(f"{', '.join(names)}: {why}" for why, names in reasons.items())
