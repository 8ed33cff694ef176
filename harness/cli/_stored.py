"""Which stored sessions a command is about, and what their records say."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from harness.cli import _options
from harness.errors import GilscopeError
from harness.storage.store import Damaged, StoredSession


def session_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what chooses stored sessions: ``--session``, ``--machine``."""
    for option in (
        click.option("--machine", metavar="NAME", help="Only results from this machine."),
        click.option("--session", metavar="ID", help="This session instead of the newest."),
    ):
        command = option(command)
    return command


def sessions(
    results: Path,
    words: Sequence[str],
    *,
    machine: str | None,
    session: str | None,
    timed: bool = False,
) -> list[StoredSession]:
    """Return the newest session of each experiment on each machine, or the one asked for.

    Those whose own file is missing or damaged are named on stderr.

    ``timed`` leaves out those that were watched and not timed.

    Raises GilscopeError where nothing stored fits.
    """
    from harness.errors import did_you_mean
    from harness.storage import store

    _options.say_damage(results, machine or "*")
    every = list(store.sessions(results))
    known = sorted({each.experiment for each in every})
    names = [_experiment(word) for word in words]
    for word, name in zip(words, names, strict=True):
        if name not in known:
            raise GilscopeError(
                f"there is no result of experiment {name!r}{did_you_mean(name, known)}",
                where=word,
                hint=f"Stored in {results}: {', '.join(known) or 'nothing'}.",
            )
    fit = [
        each
        for each in every
        if (not names or each.experiment in names)
        and machine in (None, each.machine)
        and session in (None, each.session)
        and not (timed and each.data.get("pass") == "diagnostic")
    ]
    if not fit:
        asked = [*words, *([f"session {session}"] if session else [])]
        asked += [f"machine {machine}"] if machine else []
        raise GilscopeError(
            f"no session is stored for {', '.join(asked) or 'anything'}",
            where=str(results),
            hint="`gilscope list` shows what is stored; --results chooses another folder.",
        )
    newest = {(each.machine, each.experiment): each for each in fit}  # by age: the last one stays
    return list(newest.values())


def records(stored: StoredSession) -> Iterator[dict[str, Any]]:
    """Yield a session's records in running order; name what is damaged, and go on."""
    from harness.storage import store

    for path in store.record_files(stored):
        try:
            yield store.read_record(path)
        except Damaged as problem:
            click.echo(f"left out, damaged: {problem.path}: {problem.why}", err=True)


def _experiment(word: str) -> str:
    """Return the name under which an experiment's results are kept: of a file, its stem."""
    return Path(word).stem if word.endswith(".toml") else Path(word).name
