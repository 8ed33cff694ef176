"""Options and steps that several commands share."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from harness.errors import GilscopeError
from harness.experiment import Experiment
from harness.experiment.lookup import load_experiments

RESULTS = Path("results")
PRESETS = ("smoke", "core", "full")
DEFAULT_PRESET = "core"


def target_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--target``."""
    return click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="NAME[,ENV=VALUE...] | NAME=PATH",
        help="Measure only this interpreter, with these switches; NAME=PATH defines one. "
        "Repeatable.",
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


def only_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--only``."""
    return click.option(
        "--only",
        multiple=True,
        metavar="FACTOR=LEVEL",
        help="Only cells with this level. Repeatable; the same factor twice means either.",
    )(command)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what chooses and bends an experiment: ``--preset``, ``--only``, ``--blocks`` ..."""
    for option in reversed(
        [
            click.option("--preset", type=click.Choice(PRESETS), help="Size of the experiment."),
            only_option,
            click.option("--blocks", type=click.IntRange(1, 10_000), help="Blocks to measure."),
            click.option("--values", type=click.IntRange(1, 1_000), help="Values per trial."),
            click.option(
                "--timeout", type=click.FloatRange(0.1, 86_400), help="Seconds per trial."
            ),
        ]
    ):
        command = option(command)
    return command


def workload_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--workload``."""
    return click.option(
        "--workload",
        type=click.Path(path_type=Path),
        metavar="FILE.py",
        help="Measure your own code, without an experiment file, under every suitable model.",
    )(command)


def chosen(experiments: Sequence[str], options: Mapping[str, Any]) -> list[Experiment]:
    """Return the experiments asked for: files or names, or one made around the user's own code."""
    from harness import experiment, machine
    from harness.experiment import from_workload

    bends = {key: options[key] for key in ("blocks", "values", "timeout")}
    if options["workload"] is None:
        return load_experiments(experiments, preset=preset_of(experiments, options), **bends)
    if experiments or options["preset"]:
        raise GilscopeError(
            "cannot be combined with an experiment file or --preset",
            where="--workload",
            hint="Use --blocks and --values to change how much is measured.",
        )
    workers = tuple(sorted({2, max(2, machine.usable_cpus())}))
    made = from_workload.from_workload(options["workload"], workers=workers)
    return [experiment.with_design(made, **bends)]


def preset_of(experiments: Sequence[str], options: Mapping[str, Any]) -> str | None:
    """Return the preset to use: what is asked for, and of all experiments at once the core."""
    alone = not experiments and options["workload"] is None
    return options["preset"] or (DEFAULT_PRESET if alone else None)


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
                f"{text!r} is not of the form FACTOR=LEVEL"
                if not equals
                else f"no factor is called {name!r}",
                where="--only",
                hint=f"Did you mean {near[0]!r}?" if near else f"Factors: {', '.join(factors)}.",
            )
        wanted.setdefault(name, []).append(level)
    return wanted


def say_damage(results: Path, machine: str = "*") -> None:
    """Name the stored sessions that cannot be gone on with, since their own file is damaged."""
    from harness.storage import store

    for problem in store.damaged_sessions(results, machine=machine):
        click.echo(f"note: left out, damaged: {problem}", err=True)
