"""From which size a model is worth it, and what data cost to send: a sentence per model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.dataset.frames import records
from analysis.stats import Worth
from analysis.tables.sizes import TASK


@dataclass(frozen=True, slots=True)
class Size:
    """What the sizes of one workload say of one model on one interpreter."""

    machine: str
    workload: str
    labels: Sequence[str]  # under which it was measured
    model: str
    target: str
    text: str


def lines(table: pd.DataFrame) -> list[Size]:
    """Return a sentence per row of the newest sessions; break-even sizes first."""
    rows = records(table[table["latest"].astype("bool")])
    rows.sort(key=lambda row: (row["kind"] != TASK, row["workload"], row["target"]))
    return [
        Size(
            machine=row["machine"],
            workload=row["workload"],
            labels=row["labels"].split(),
            model=row["model"],
            target=row["target"],
            text=_text(row),
        )
        for row in rows
        if row["model"] != "sequential"
    ]


def _text(row: Mapping[str, Any]) -> str:
    model = f"{formatting.model(row)} x{row['workers']}"
    each = f"{formatting.seconds(row['per_item'])} {_bounds(row, 'per_item')}".rstrip()
    if row["kind"] == TASK:
        return f"{model} is {_worth(row)}; an item more costs {each}"
    kind = f" of {row['variant']}" if row["variant"] else ""
    per_mib = f"{formatting.seconds(row['per_mib'])} {_bounds(row, 'per_mib')}".rstrip()
    return f"{model} takes {each} for an item{kind}, and {per_mib} for each MiB of it"


def _worth(row: Mapping[str, Any]) -> str:
    return _SENTENCES[row["worth"]].format(f"{formatting.seconds(row['worth_at'])} per item")


_SENTENCES: Mapping[str, str] = {
    Worth.FROM: "worth it from {}",
    Worth.EVERYWHERE: "worth it at every measured size, from {}",
    Worth.NOWHERE: "not worth it at any measured size, up to {}",
    Worth.UP_TO: "worth it only up to {}",
    Worth.MIXED: "worth it at some measured sizes, without one break-even size",
}


def _bounds(row: Mapping[str, Any], name: str) -> str:
    return formatting.within(row[f"{name}_low"], row[f"{name}_high"], formatting.SECONDS)
