"""What a worker noted of the work: facts that are no failure, but qualify a speed-up."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis import formatting
from analysis.dataset.schema import SESSION
from harness.storage.schema import SEQUENTIAL

Row = dict[str, Any]
FEW, SKEWED, CACHED, PRINTED = "few-items", "skewed-items", "cached", "printed"
# With one of these, how long a pass takes says nothing of how the work scales.
NO_VERDICT = (FEW, CACHED)
# What the sequential pass shows of the work holds for whoever does it.
_OF_THE_WORK = (CACHED, SKEWED)
_LENGTH = 300  # characters of each note
_END = "; "  # between two notes


def of_response(response: Mapping[str, Any]) -> Row:
    """Return the columns of one trial's notes; empty where there are none.

    Raises
    ------
    ValueError
        They are not a list of codes with texts.
    """
    found = response.get("notes") or []
    if not isinstance(found, list) or not all(_is_note(each) for each in found):
        raise ValueError(f"notes are {found!r:.60}, not codes with texts")
    skews = [each["share"] for each in found if each["code"] == SKEWED and "share" in each]
    if any(type(each) not in (int, float) or not 0 < each <= 1 for each in skews):
        raise ValueError(f"the share of an item is {skews[0]!r:.60}")
    return {
        "note_codes": " ".join(each["code"] for each in found) or None,
        "notes": _END.join(_line(each["text"]) for each in found) or None,
        "skew": max(skews, default=None),
    }


def marked(rows: pd.DataFrame) -> pd.DataFrame:
    """Return trials, each with what the sequential pass of its workload and target showed."""
    codes, texts, skews = list(rows["note_codes"]), list(rows["notes"]), list(rows["skew"])
    if not any(isinstance(each, str) for each in codes):
        return rows
    keys = [*SESSION, "workload", "target"]
    places = list(zip(*(rows[name] for name in keys), strict=True))
    shown: dict[Any, Row] = {}
    for place, model, code, text, skew in zip(
        places, rows["model"], codes, texts, skews, strict=True
    ):
        if model == SEQUENTIAL:
            known = {c: t for c, t in _pairs(code, text) if c in _OF_THE_WORK}
            shown.setdefault(place, {}).update({c: (t, skew) for c, t in known.items()})
    for at, place in enumerate(places):
        own = dict(_pairs(codes[at], texts[at]))
        for code, (text, skew) in shown.get(place, {}).items():
            own.setdefault(code, text)
            skews[at] = skew if code == SKEWED else skews[at]
        codes[at], texts[at] = " ".join(own) or None, _END.join(own.values()) or None
    made = {"note_codes": codes, "notes": texts, "skew": skews}
    return rows.assign(**{name: pd.Series(each, rows.index) for name, each in made.items()})


def of_cell(trials: pd.DataFrame) -> Row:
    """Return the notes on any trial of a cell, as columns."""
    found: dict[str, str] = {}
    for code, text in zip(trials["note_codes"], trials["notes"], strict=True):
        found |= dict(_pairs(code, text))
    return {
        "note_codes": " ".join(found) or None,
        "notes": _END.join(found.values()) or None,
        "skew": float(trials["skew"].astype("float64").max()),
    }


def unfit(row: Mapping[str, Any]) -> str | None:
    """Return why the speed-up of a row says nothing of how the work scales, or None."""
    found = dict(_pairs(row["note_codes"], row["notes"]))
    return next((found[code] for code in NO_VERDICT if code in found), None)


def beside(row: Mapping[str, Any]) -> list[str]:
    """Return what is to be said beside a speed-up, whatever its verdict."""
    found = dict(_pairs(row["note_codes"], row["notes"]))
    texts = [text for code, text in found.items() if code not in (*NO_VERDICT, SKEWED)]
    if SKEWED in found:
        texts.insert(0, _skewed(row) if row["skew"] > 0 else found[SKEWED])
    return texts


def best(row: Mapping[str, Any]) -> float:
    """Return the greatest speed-up that the workers of a row can give."""
    ideal = float(row["workers"]) if row["cores"] is None else min(row["workers"], row["cores"])
    return min(ideal, 1 / row["skew"]) if row["skew"] > 0 else ideal


def _skewed(row: Mapping[str, Any]) -> str:
    workers, part = int(row["workers"]), f"one item is {100 * row['skew']:.0f} % of the work"
    if workers < 2:
        return part
    most = formatting.times(min(workers, 1 / row["skew"]))
    return f"{part}, the best that {workers} workers can give is {most}"


def _pairs(codes: Any, texts: Any) -> list[tuple[str, str]]:
    if not isinstance(codes, str) or not isinstance(texts, str):
        return []
    return list(zip(codes.split(" "), texts.split(_END), strict=False))


def _is_note(note: Any) -> bool:
    return (
        isinstance(note, dict)
        and isinstance(note.get("text"), str)
        and isinstance(note.get("code"), str)
        and note["code"].replace("-", "").isalnum()
    )


def _line(text: str) -> str:
    """Return a note without what separates two of them."""
    return " ".join(text.split())[:_LENGTH].replace(_END, ", ").rstrip("; ")
