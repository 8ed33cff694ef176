"""Measure what is not measured yet; resume where a stopped run ended."""

import signal
import sys
from pathlib import Path
from typing import Any

import click

from harness.cli import DONE, FAILED, FIX_IT, _options


@click.command(name="run")
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@_options.workload_option
@_options.choice_options
@_options.target_option
@_options.results_option
@click.option("--machine", metavar="NAME", help="Name of this machine in the results.")
@click.option(
    "--diagnose",
    is_flag=True,
    help="Diagnostic pass: sample GIL hold time and memory; stored separately, never timed.",
)
@click.option("--fresh", is_flag=True, help="Start a new session even if one is finished.")
@click.option("--retry-failed", is_flag=True, help="Repeat trials that failed or timed out.")
@click.option("--quiet", is_flag=True, help="Print errors and the final summary only.")
@click.option("--engine", type=click.Choice(["direct", "official"]), hidden=True)
def command(experiments: tuple[str, ...], **options: Any) -> int:
    """Measure what is not measured yet; resume where a stopped run ended.

    EXPERIMENT is a file, or the name of an experiment that comes with gilscope. The default is
    every experiment of the preset `core`.
    """
    from harness import machine
    from harness.cli import _ending
    from harness.execution import campaign, launch, lock
    from harness.process import supervisor
    from harness.storage import atomic, store

    chosen = _options.chosen(experiments, options)
    results: Path = options["results"]
    atomic.try_writing(results)
    quiet: bool = options["quiet"]
    # An orphan of a killed run is looked for before anything else is started.
    with lock.held() as (held, left):
        signal.signal(signal.SIGTERM, _interrupt)
        supervisor.become_subreaper()
        if killed := launch.orphan(left):
            click.echo(f"ended {killed} leftover processes of a killed run", err=True)
        facts = machine.facts()
        name = store.checked_name(options["machine"] or machine.name(facts), where="--machine")
        _warn(facts, quiet=quiet)
        _options.say_damage(results, machine=name)
        campaigns = campaign.campaigns(
            chosen,
            campaign.Place(results, name, facts),
            _asked(experiments, options),
            _sizing,
            lambda text: None if quiet else click.echo(text, err=True),
        )
        tally = _measure(campaigns, held, results, options)
    _ending.say(campaigns, tally, results, quiet=quiet)
    if _ending.never_began(campaigns, tally):
        return FIX_IT
    return FAILED if tally.failures or _failed_before(campaigns) else DONE


def _asked(experiments: tuple[str, ...], options: dict[str, Any]) -> Any:
    from harness.execution import campaign

    return campaign.Asked(
        targets=options["targets"],
        only=_options.parse_only(options["only"]),
        preset=_options.preset_of(experiments, options),
        blocks=options["blocks"],
        diagnose=options["diagnose"],
        fresh=options["fresh"],
        retry=options["retry_failed"],
        engine=options["engine"],
    )


def _measure(campaigns: list[Any], held: Any, results: Path, options: dict[str, Any]) -> Any:
    from harness.cli._progress import Progress
    from harness.execution import launch, precision
    from harness.planning import durations

    retry, quiet = options["retry_failed"], options["quiet"]
    machine = campaigns[0].bench.machine
    walls = durations.recorded(results, machine, [campaign.plan for campaign in campaigns])
    progress = Progress(campaigns, sys.stderr, walls, quiet=quiet, retry=retry)
    if progress.total:
        click.echo(f"{progress.total} trials, {progress.left()}", err=True)
    else:
        click.echo("Nothing to do: every trial is stored. Use --fresh to measure again.")

    def piloted(campaign: Any) -> None:
        stage = precision.begin_second(campaign, _sizing)
        progress.extend(campaign, stage["blocks"])
        campaign.blocks = stage["blocks"]
        if stage["limit"] or not quiet:
            click.echo(f"{campaign.plan.experiment.name}: {precision.said(stage)}")

    tally = launch.run(
        campaigns, held, progress, unreadable=_reader(), retry=retry, piloted=piloted
    )
    progress.end(tally)
    return tally


def _reader() -> Any:
    """Return the report's own reader, which says why it could not read a record."""
    from analysis.dataset import reader

    return reader.unreadable


def _sizing(*pilot: Any) -> dict[str, Any]:
    """Ask the statistics, which only an experiment with a precision needs before the report."""
    from analysis.inference import sizing

    return sizing.second_stage(*pilot)


def _failed_before(campaigns: list[Any]) -> bool:
    """Return whether the sessions contain failed trials, from this run or an earlier one."""
    bad = {"wrong", "error", "timeout"}
    return any(
        status in bad for campaign in campaigns for status, _ in campaign.progress.attempts.values()
    )


def _warn(facts: dict[str, Any], *, quiet: bool) -> None:
    from harness import machine

    for warning in [] if quiet else machine.warnings(facts, machine.noise()):
        click.echo(f"note: {warning}", err=True)


def _interrupt(number: int, frame: Any) -> None:
    """End as Ctrl-C does: the trial in flight is killed, what is stored stays."""
    del number, frame
    raise KeyboardInterrupt
