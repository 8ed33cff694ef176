"""Options and steps that several commands share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from harness.errors import GilscopeError
from harness.experiment import Experiment

RESULTS = Path("results")
PRESETS = ("smoke", "core", "full")


def target_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--target``."""
    return click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="NAME[,ENV=VALUE...] | NAME=PATH",
        help="Use only this interpreter, with these switches; NAME=PATH defines one. Repeatable.",
    )(command)


def results_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--results``."""
    return click.option(
        "--results",
        type=click.Path(path_type=Path, file_okay=False),
        default=RESULTS,
        show_default=True,
        help="Folder of stored results.",
    )(command)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what chooses and bends an experiment: ``--preset``, ``--only``, ``--blocks`` ..."""
    for option in reversed(
        [
            click.option("--preset", type=click.Choice(PRESETS), help="Size of the experiment."),
            click.option(
                "--only",
                multiple=True,
                metavar="FACTOR=LEVEL",
                help="Only cells with this level. Repeatable; the same factor twice means either.",
            ),
            click.option("--blocks", type=click.IntRange(1, 10_000), help="Blocks to measure."),
            click.option("--values", type=click.IntRange(1, 1_000), help="Values per trial."),
            click.option(
                "--timeout", type=click.FloatRange(0.1, 86_400), help="Seconds per trial."
            ),
        ]
    ):
        command = option(command)
    return command


def load_experiments(
    paths: Sequence[Path],
    *,
    preset: str | None,
    blocks: int | None,
    values: int | None,
    timeout: float | None,
) -> list[Experiment]:
    """Return the experiments named, or all of ours, bent as the options say."""
    from harness import experiment

    chosen = []
    for path in paths or own_experiments():
        loaded = experiment.with_preset(experiment.load(path), preset)
        if loaded is not None:
            bent = experiment.with_design(loaded, blocks=blocks, values=values, timeout=timeout)
            chosen.append(bent)
    names = [each.name for each in chosen]
    for name in names:
        if names.count(name) > 1:
            raise GilscopeError(
                f"two experiments are called {name!r}",
                where=", ".join(str(each.path) for each in chosen if each.name == name),
                hint="Results are kept by name: rename one of the files.",
            )
    if not chosen:
        raise GilscopeError(
            "no experiment is left to run",
            where=f"--preset {preset}" if preset else "EXPERIMENT",
            hint="Name an experiment file, such as experiments/cpu_scaling.toml.",
        )
    return chosen


def own_experiments() -> list[Path]:
    """Return the experiment files that come with gilscope."""
    from harness.workload import experiments_folder

    return sorted(experiments_folder().glob("*.toml"))


def parse_only(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return ``FACTOR=LEVEL`` texts as a mapping of factors to the levels wanted."""
    import difflib

    factors = ("workload", "model", "workers", "target")
    factors += ("lifecycle", "chunk", "switch_interval", "gc")
    wanted: dict[str, list[str]] = {}
    for text in texts:
        name, equals, level = text.partition("=")
        if not equals or name not in factors:
            near = difflib.get_close_matches(name, factors, 1)
            raise GilscopeError(
                f"{text!r} is no FACTOR=LEVEL" if not equals else f"no factor is called {name!r}",
                where="--only",
                hint=f"Did you mean {near[0]!r}?" if near else f"Factors: {', '.join(factors)}.",
            )
        wanted.setdefault(name, []).append(level)
    return wanted


def narrow(plans: list[Any], wanted: dict[str, list[str]]) -> list[Any]:
    """Return the plans with only the wanted cells; refuse a level that none of them has."""
    from harness import plan

    for name, levels in wanted.items():
        known = sorted({str(cell.levels[name]) for each in plans for cell in each.cells})
        for level in levels:
            if level not in known:
                raise GilscopeError(
                    f"no cell has {name} = {level}",
                    where="--only",
                    hint=f"Levels here: {', '.join(known)}.",
                )
    return [plan.only(each, wanted) for each in plans] if wanted else plans


def say_damage(results: Path, machine: str = "*") -> None:
    """Name the stored sessions that cannot be gone on with, since their own file is damaged."""
    from harness import store

    for problem in store.damaged_sessions(results, machine=machine):
        click.echo(f"note: left out, damaged: {problem}", err=True)
