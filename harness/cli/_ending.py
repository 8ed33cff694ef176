"""The end of a run: what was excluded or failed, the results, and what to do next."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness.execution.launch import Campaign, Tally


def say(campaigns: Sequence[Campaign], tally: Tally, results: Path, *, quiet: bool) -> None:
    """Print the end of a run: reasons and failures once each, then the table of this run alone."""
    from harness.planning import refusals

    for campaign in campaigns:
        _say_session(campaign)
    plans = [campaign.plan for campaign in campaigns]
    for line in [] if quiet else refusals.skips(plans):
        click.echo(line, err=True)
    for line in refusals.failures(tally.failures, plans):
        click.echo(line, err=True)
    if tally.failures:
        click.echo("Run `gilscope show TRIAL --log` to see a trial's output.", err=True)
    if never_began(campaigns, tally):
        click.echo(f"  {refusals.CURES['workload']}", err=True)
    timed = [each for each in campaigns if not (each.plan.diagnostic or each.is_hopeless)]
    if quiet:  # of their own file, users asked for the table
        timed = [campaign for campaign in timed if campaign.plan.experiment.is_own]
    if timed:
        _say_tables(timed, results)
    if not quiet:
        _say_next(campaigns, results)


def never_began(campaigns: Sequence[Campaign], tally: Tally) -> bool:
    """Return whether no trial reached its work: the user's files or environment are at fault."""
    steps = {(record["response"] or {}).get("step") for record in tally.failures}
    hopeless = all(campaign.is_hopeless for campaign in campaigns)
    return bool(steps) and steps <= {"the worker", "make_items"} and hopeless


def _say_session(campaign: Campaign) -> None:
    assert campaign.progress.stored is not None
    name = campaign.plan.experiment.name
    resumed = " (resumed)" if campaign.progress.resumed else ""
    click.echo(f"{name}: {campaign.progress.stored.path}{resumed}")
    if campaign.stopped:
        click.echo(f"{name}: {campaign.stopped}")


def _say_tables(campaigns: Sequence[Campaign], results: Path) -> None:
    """Print the speed-ups of this run's sessions: of one in full, of several the most telling."""
    from analysis.report import terminal

    keys = [_key(campaign) for campaign in campaigns]
    whole = all(campaign.plan.experiment.is_own for campaign in campaigns)
    for lines in terminal.summaries(results, keys, whole=whole):
        click.echo()
        click.echo("\n".join(lines))


def _key(campaign: Campaign) -> tuple[str, str, str]:
    stored = campaign.progress.stored
    assert stored is not None
    return stored.machine, stored.experiment, stored.session


def _say_next(campaigns: Sequence[Campaign], results: Path) -> None:
    """Name the commands that show more of what was measured."""
    from harness.experiment import lookup

    where = "" if results == Path("results") else f" --results {results}"
    words = [f"gilscope report{where}"]
    claimed: list[Any] = [each for each in campaigns if each.plan.experiment.claims]
    if len(claimed) == 1:
        words.append(f"gilscope verify {lookup.word(claimed[0].plan.experiment.path)}{where}")
    elif claimed:
        words.append(f"gilscope verify EXPERIMENT{where}")
    click.echo(f"\nnext: {'   '.join(words)}")
