"""What a known answer is compared with: numbers out of stored records, and nothing derived."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
Row = Mapping[str, Any]  # what the analysis says of a cell


@dataclass(frozen=True, slots=True)
class Reading:
    """One number beside what it should be."""

    where: str
    value: float
    low: float
    high: float
    unit: str = ""

    @property
    def passes(self) -> bool:
        """Whether the number lies where it should."""
        return self.low <= self.value <= self.high

    def __str__(self) -> str:
        mark = "ok " if self.passes else "BAD"
        return f"{mark} {self.where}: {self.value:.4g}{self.unit}"


def ok(records: Iterable[Record]) -> list[Record]:
    """Return the records of trials that ended well."""
    return [record for record in records if record["status"] == "ok"]


def of(records: Iterable[Record], **levels: Any) -> list[Record]:
    """Return the records whose cell has these levels; ``gil`` is the state they ended in."""
    gil = levels.pop("gil", None)
    return [
        record
        for record in records
        if all(record["cell"][name] == level for name, level in levels.items())
        and (gil is None or gil_of(record) is gil)
    ]


def gil_of(record: Record) -> bool | None:
    """Return whether the GIL was on when the trial ended."""
    return ((record["response"] or {}).get("state", {}).get("end") or {}).get("gil")


def version_of(record: Record) -> tuple[int, int]:
    """Return the version of the language, as pyperf wrote it: "3.15.2 (64-bit)"."""
    major, minor = record["pyperf"]["metadata"]["python_version"].split(".")[:2]
    return int(major), int(minor)


def values(record: Record) -> list[Mapping[str, Any]]:
    """Return the values that are no warm-ups."""
    return [value for value in record["response"]["values"] if not value["warmup"]]


def median(record: Record, *path: str) -> float | None:
    """Return the median over the values of what lies at ``path`` below ``observations``."""
    found: list[float] = []
    for value in values(record):
        at: Any = value["observations"]
        for name in path:
            at = None if at is None else at.get(name)
        if at is not None:
            found.append(at)
    return statistics.median(found) if found else None


def named(record: Record) -> str:
    """Return the cell in a few words."""
    cell = record["cell"]
    gil = {True: "GIL on", False: "GIL off", None: "GIL unknown"}[gil_of(record)]
    return f"{cell['workload']} {cell['model']} {cell['workers']}w {cell['target']} ({gil})"


def readings(
    records: Sequence[Record], path: Sequence[str], low: float, high: float, unit: str = ""
) -> list[Reading]:
    """Return a reading for each record in which there is something at ``path``."""
    found = [(record, median(record, *path)) for record in records]
    return [
        Reading(named(record), value, low, high, unit)
        for record, value in found
        if value is not None
    ]
