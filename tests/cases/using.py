"""Bring somebody's file to the tool as its owner would; read what was said and what was stored."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from cli_tool import gilscope, stored

import analysis
from analysis.tables import advice, speedups

HERE = Path(__file__).parent
BROUGHT, BLIND = HERE / "brought", HERE / "blind"

ONE = "cpython-3.13"
OTHERS = ("cpython-3.13t", "cpython-3.15", "pypy-3.9")
# One of each sort: who works alone, who shares the items, who gets copies of them.
SORTS = ("sequential", "threads", "processes-fork")


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended and all that it printed; spaces do not count, since lines are wrapped."""

    status: int
    text: str

    def says(self, *phrases: str) -> None:
        """Expect every regular expression in the output."""
        for phrase in phrases:
            assert self.times(phrase), f"not said: {phrase}\n{self.text}"

    def says_once(self, *phrases: str) -> None:
        """Expect every regular expression exactly once, however many cells it holds for.

        The running log is left out: it says a reason when it comes up, the end says it again.
        """
        lines = [line for line in self.text.splitlines() if not re.match(r"\[ *\d+/\d+\] ", line)]
        for phrase in phrases:
            times = occurrences(phrase, "\n".join(lines))
            assert times == 1, f"{times} times: {phrase}\n{self.text}"

    def never_says(self, *phrases: str) -> None:
        """Expect none of the regular expressions in the output."""
        for phrase in phrases:
            assert not self.times(phrase), f"said: {phrase}\n{self.text}"

    def times(self, phrase: str) -> int:
        """Return how often the regular expression occurs."""
        return occurrences(phrase, self.text)


def occurrences(phrase: str, text: str) -> int:
    """Count a regular expression in a text; spaces count in neither."""
    pattern = re.compile("".join(phrase.split()))
    return sum(1 for _ in pattern.finditer("".join(text.split())))


def check(path: Path, folder: Path) -> Told:
    """Ask whether a file keeps its contract."""
    ended = gilscope("check", path, cwd=folder)
    return _told(ended)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of one file: what it said, and where it stored what it measured."""

    told: Told
    folder: Path

    def records(self, model: str | None = None) -> list[dict]:
        """Return the stored trials of a model, or of all; the canary's is none of the file's."""
        return [
            each
            for each in stored(self.folder)
            if each["cell"]["model"] in ([model] if model else _models(each))
        ]

    def statuses(self, model: str) -> set[tuple[str, str]]:
        """Return the interpreters and statuses of a model's trials."""
        return {(each["cell"]["target"], each["status"]) for each in self.records(model)}

    def all_are(self, status: str, models: Iterable[str], *phrases: str) -> None:
        """Expect trials of every model, all with this status and the phrases in their reasons."""
        for model in models:
            found = self.records(model)
            assert found, f"no trial of {model} is stored\n{self.told.text}"
            for each in found:
                said = (model, each["cell"]["target"], each["status"], each["reason"])
                assert each["status"] == status, said
                for phrase in phrases:
                    assert occurrences(phrase, each["reason"] or ""), (phrase, said)

    def codes(self, model: str) -> list[set[str]]:
        """Return the codes that each trial of a model noted."""
        return [
            {note["code"] for note in (each["response"] or {}).get("notes") or ()}
            for each in self.records(model)
        ]

    def frame(self) -> pd.DataFrame:
        """Return what `analysis.load` makes of the stored trials, without the controls."""
        frame = analysis.load(self.folder / "results")
        return frame[frame["control"].isna()]

    def kinds(self) -> set[str]:
        """Return what kind of work the answers say that this is."""
        return set(advice.table(analysis.load(self.folder / "results"))["kind"])

    def no_verdicts(self) -> str:
        """Return every reason why a row may not be judged."""
        table = speedups.table(analysis.load(self.folder / "results"))
        return "\n".join(table.loc[table["model"] != "sequential", "no_verdict"])

    def of_threads(self, name: str) -> pd.Series:
        """Return an observation of two threads, a number per value that has one."""
        frame = self.frame()
        here = frame[(frame["model"] == "threads") & (frame["workers"] == 2) & ~frame["warmup"]]
        return here[name].dropna()


def run(path: Path, folder: Path, targets: dict[str, Path], only: Sequence[str] = ()) -> Ran:
    """Measure one block of a file under these models, or under all, on these interpreters."""
    words = ["--workload", path, "--blocks", 1, "--values", 1, "--machine", "m"]
    return ran(folder, targets, *words, *(w for name in only for w in ("--only", f"model={name}")))


def ran(folder: Path, targets: dict[str, Path], *words: object) -> Ran:
    """Start `gilscope run` with these words and interpreters."""
    chosen = [w for name, python in targets.items() for w in ("--target", f"{name}={python}")]
    return Ran(_told(gilscope("run", *words, *chosen, cwd=folder)), folder)


def here(pythons: dict[str, Path], *names: str) -> dict[str, Path]:
    """Return those of the named interpreters that this machine has; skip where it has none."""
    found = {name: pythons[name] for name in names if name in pythons}
    if not found:
        pytest.skip(f"none of {', '.join(names)} is on this machine")
    return found


def _told(ended) -> Told:
    told = Told(ended.returncode, f"{ended.stdout}\n{ended.stderr}")
    told.never_says("Traceback")
    return told


def _models(record: dict) -> list[str]:
    model = record["cell"]["model"]
    return [] if model == "canary" else [model]
