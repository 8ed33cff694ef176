"""What a report says, before it is HTML or Markdown: numbers in words, nothing computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import formatting, parallel, tables
from analysis.comparison import newest
from analysis.dataset import builds
from analysis.dataset import notes as remarks
from analysis.dataset.frames import of_session, records
from analysis.dataset.records import pilot_blocks
from analysis.dataset.tidy import Damage, Reading, Session
from analysis.figures import ALL, MACHINE, SESSION
from analysis.inference import verdicts
from analysis.quality import canary, contamination
from analysis.report import advice, cautions, origins, pictures, sizes, spent
from analysis.report.advice import Group
from analysis.report.advice import Line as Advice
from analysis.report.answers import Answer, answers
from analysis.report.machines import Machine, describe
from analysis.report.pictures import Picture
from analysis.report.sizes import Size
from analysis.report.spent import Spent

Line = Mapping[str, str]
Drawn = Mapping[tuple[str, str], Sequence[Picture]]
# The tables that are written as they are; a page shows no more than the newest sessions of them.
CSV = (
    *("advice", "speedups", "ratios", "sizes", "scaling", "waiting", "latencies", "tax"),
    *("contamination", "diagnostics", "timeline"),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with its verdict and what was found in each cell it speaks of."""

    id: str
    text: str
    verdict: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """One experiment on one machine, by its latest session."""

    slug: str
    experiment: str
    machine: str
    session: str
    started: str
    question: str
    preset: str
    blocks: str
    answers: Sequence[Answer]
    claims: Sequence[Claim]
    pictures: Sequence[Picture]
    lines: Sequence[Line]
    both_readings: str
    spent: Spent
    controls: Sequence[str]
    failures: Sequence[Line]
    cautions: Sequence[str]
    older: Sequence[str]


@dataclass(frozen=True, slots=True)
class Content:
    """A whole report."""

    groups: Sequence[Group]
    advice: Sequence[Advice]
    sizes: Sequence[Size]
    together: Sequence[Picture]  # of all machines
    pictures: Mapping[str, Sequence[Picture]]  # by machine
    choices: Mapping[str, Sequence[str]]  # what the page can be filtered by
    sections: Sequence[Section]
    machines: Sequence[Machine]
    targets: Sequence[Line]
    no_free_threading: bool
    damaged: Sequence[Damage]
    csv: Mapping[str, pd.DataFrame]  # by name, what is written beside the page

    @property
    def overview(self) -> bool:
        """Return whether there is any picture of a whole machine."""
        return bool(self.together) or any(self.pictures.values())

    @property
    def every_picture(self) -> list[Picture]:
        """Return all pictures, in the order of the page."""
        groups = [
            self.together,
            *self.pictures.values(),
            *(section.pictures for section in self.sections),
        ]
        return [picture for group in groups for picture in group]


def gather(reading: Reading) -> Content:
    """Return all that the report of some results says."""
    made = tables.make_all(reading)
    judged = verdicts.table(reading)
    main = newest.main_sessions(reading.frame)
    shown = [
        each
        for each in reading.sessions
        if main.get((each.machine, each.experiment)) == each.session
    ]
    shown.sort(key=lambda each: (each.machine, each.experiment))
    every = {name: facts for each in shown for name, facts in _targets(each).items()}
    machines = sorted({each.machine for each in shown})
    drawn = pictures.drawn(pictures.sketches(made, shown), parallel.cpus())
    sections = [_section(each, made, judged, reading.frame, drawn) for each in shown]
    return Content(
        groups=advice.groups(made["advice"]),
        advice=advice.lines(made["advice"]),
        sizes=sizes.lines(made["sizes"]),
        together=drawn.get((ALL, pictures.TOGETHER), []),
        pictures={name: drawn.get((MACHINE, name), []) for name in machines},
        choices=_choices(sections),
        sections=sections,
        machines=[describe(name, shown) for name in machines],
        targets=[_target(name, every[name]) for name in sorted(every)],
        no_free_threading=not builds.free_threaded(every),
        damaged=reading.damaged,
        csv={name: made[name] for name in CSV} | {"verdicts": judged},
    )


def _choices(sections: Sequence[Section]) -> dict[str, list[str]]:
    """Return the names that occur in the page, by what they name."""
    lines = [line for section in sections for line in section.lines]
    found = {name: {line[name] for line in lines} for name in ("workload", "model", "target")}
    found["machine"] = {section.machine for section in sections}
    return {name: sorted(values) for name, values in found.items()}


def _section(
    session: Session,
    made: Mapping[str, pd.DataFrame],
    judged: pd.DataFrame,
    frame: pd.DataFrame,
    drawn: Drawn,
) -> Section:
    here, slug = pictures.rows_of(session, made), pictures.slug(session)
    speedups, data = here["speedups"], session.data
    sessions = sorted({session.session, *speedups["session"]}, reverse=True)
    return Section(
        slug=slug,
        experiment=session.experiment,
        machine=session.machine,
        session=session.session,
        started=str(data.get("started", "")),
        question=str(data.get("question", "")),
        preset=str(data.get("preset") or ""),
        blocks=_blocks(of_session(frame, session.id), data),
        answers=answers(speedups),
        claims=_claims(origins.of_experiment(judged, session)),
        pictures=drawn.get((SESSION, slug), []),
        lines=[_line(row) for row in records(speedups)],
        both_readings=_both_readings(speedups),
        spent=spent.describe(session, made),
        controls=origins.controls(session, sessions, made),
        failures=[_failure(row) for row in origins.failures(session, made["failures"], speedups)],
        cautions=cautions.cautions(_targets(session)),
        older=origins.older(session, frame),
    )


def _targets(session: Session) -> Mapping[str, Any]:
    return session.data.get("targets") or {}


def _target(name: str, facts: Mapping[str, Any]) -> Line:
    built = "free-threaded" if facts.get("free_threaded") else "with the GIL"
    switches = ", ".join(f"{key}={value}" for key, value in (facts.get("env") or {}).items())
    return {
        "target": name,
        "version": str(facts.get("full_version") or facts.get("version") or "unknown"),
        "gil": f"{built}, {switches}" if switches else built,
        "build": builds.describe(facts) or "unknown",
        "compiler": str(facts.get("compiler") or "unknown"),
        "twin": str(facts.get("twin") or "none"),
    }


def _blocks(frame: pd.DataFrame, data: Mapping[str, Any]) -> str:
    ran = frame[(frame["status"] != "skipped") & frame["control"].isna()]
    count = ran["block"].nunique()
    void = ran.loc[ran["void"].astype("bool"), "block"].nunique()
    text = f"{formatting.plural(count, 'block')} of {data.get('blocks', '?')} planned"
    if length := pilot_blocks(data):
        text = f"{formatting.plural(count, 'block')}, {length} of them a pilot that set the number"
    return f"{text}, {void} of them incomplete and excluded" if void else text


def _claims(judged: pd.DataFrame) -> list[Claim]:
    return [
        Claim(
            str(name),
            str(rows["text"].iloc[0]),
            str(rows["verdict"].iloc[0]),
            [*verdicts.sentences(rows), *rows["origin"].dropna().unique()],
        )
        for name, rows in judged.groupby("claim", sort=False)
    ]


def _line(row: Mapping[str, Any]) -> Line:
    """Return one row of the table as text."""
    is_baseline = row["baseline"] == "itself"
    return {
        "workload": row["workload"],
        "target": row["target"],
        "gil": formatting.gil(row["gil"]),
        "model": formatting.model(row),
        "workers": str(row["workers"]),
        "speedup": "baseline" if is_baseline else formatting.reading(row),
        "median": "" if is_baseline else formatting.reading(row, median=True),
        "clean": "" if is_baseline else formatting.reading(row, "_clean"),
        "blocks": str(row["n_ok"]) if is_baseline else str(row["n"]),
        "seconds": formatting.seconds(row["seconds"]),
        "notes": "; ".join(notes(row)),
    }


def notes(row: Mapping[str, Any]) -> list[str]:
    """Return everything that qualifies a row of the table of speed-ups, in words."""
    found = []
    if isinstance(row["no_verdict"], str) and row["baseline"] != "itself":
        found.append(row["no_verdict"])
    elif isinstance(row["why"], str) and row["why"] != "the baseline":
        found.append(row["why"])
    counts = [f"{row['n_' + status]} {status}" for status in ("wrong", "error", "timeout")]
    counts = [text for text in counts if not text.startswith("0 ")]
    if counts and not found:
        found.append(f"{', '.join(counts)}: {row['reason']}")
    if row["rare_slow_mode"]:
        found.append("rare slow mode: mean and median disagree, trust the median")
    if row["baseline"] == "computed":
        found.append("compared with a computed sequential time")
    found += remarks.beside(row)
    if isinstance(row["cause"], str):
        found.append(row["cause"])
    if isinstance(row["origin"], str):
        found.append(row["origin"])
    said = any(note.startswith(canary.BUSY) for note in found)
    # What the canary alone says is said already where it keeps the cell from being judged.
    if (dirty := contamination.note(row)) and (contamination.by_waiting(row) or not said):
        found.append(dirty)
    lifecycle = row["baseline_lifecycle"]
    if isinstance(lifecycle, str) and lifecycle != row["lifecycle"]:
        found.append(f"compared with a {lifecycle} sequential run")
    return found


def _both_readings(speedups: pd.DataFrame) -> str:
    """Return what leaving out disturbed blocks changes; empty if there are any to leave out."""
    if speedups["busy_blocks"].sum():
        return ""
    return "No block was excluded because the machine was busy, so both readings are the same."


def _failure(row: Mapping[str, Any]) -> Line:
    control = f", {row['control']}" if isinstance(row["control"], str) else ""
    return {
        "workload": row["workload"],
        "model": formatting.model(row),
        "cell": f"{row['workload']}, {formatting.model(row)} x{row['workers']}{control}",
        "target": row["target"] or "this machine",
        "status": row["status"],
        "trials": "" if row["status"] == "skipped" else str(row["trials"]),
        "reason": row["reason"] if isinstance(row["reason"], str) else "no reason given",
        "trial": row["example"],
    }
