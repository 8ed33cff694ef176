"""Measure what is not measured yet; go on where a stopped run left off."""

import signal
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli import DONE, FAILED, _options
from harness.errors import GilscopeError


@dataclass(frozen=True, slots=True)
class Place:
    """Where results go, and the computer they are of."""

    results: Path
    machine: str
    facts: dict[str, Any]


@click.command(name="run")
@click.argument("experiments", nargs=-1, type=click.Path(path_type=Path), metavar="[EXPERIMENT]...")
@click.option(
    "--workload",
    type=click.Path(path_type=Path),
    metavar="FILE.py",
    help="Run your own code, without an experiment file, under every model it fits.",
)
@_options.choice_options
@_options.target_option
@_options.results_option
@click.option("--machine", metavar="NAME", help="Name of this machine in the results.")
@click.option(
    "--diagnose",
    is_flag=True,
    help="Watch how long the GIL is held, and the memory, instead of timing; kept apart.",
)
@click.option("--fresh", is_flag=True, help="Begin a new session even where one is finished.")
@click.option("--retry-failed", is_flag=True, help="Try trials again that failed or timed out.")
@click.option("--quiet", is_flag=True, help="Say only what went wrong, and the last line.")
@click.option("--engine", type=click.Choice(["direct", "official"]), hidden=True)
def command(experiments: tuple[Path, ...], **options: Any) -> int:
    """Measure what is not measured yet; go on where a stopped run left off."""
    from harness import launch, lock, machine, process, publish, store

    chosen = _chosen(experiments, options)
    results: Path = options["results"]
    publish.try_writing(results)
    # An orphan of a killed run is looked for before anything else is started.
    with lock.held() as (held, left):
        signal.signal(signal.SIGTERM, _interrupt)
        process.become_subreaper()
        if killed := launch.orphan(left):
            click.echo(f"ended {killed} processes that a killed run had left behind", err=True)
        facts = machine.facts()
        name = store.checked_name(options["machine"] or machine.name(facts), where="--machine")
        _warn(facts, quiet=options["quiet"])
        _options.say_damage(results, machine=name)
        campaigns = _campaigns(chosen, Place(results, name, facts), options)
        tally = _measure(campaigns, held, options)
    _say_skips(campaigns, quiet=options["quiet"])
    _say_failures(tally)
    if options["workload"] and not options["diagnose"]:
        _say_table(results, name, campaigns)
    return FAILED if tally.failures or _failed_before(campaigns) else DONE


def _chosen(experiments: tuple[Path, ...], options: dict[str, Any]) -> list[Any]:
    """Return the experiments to run: files, or one made around the user's own workload."""
    from harness import experiment, machine
    from harness.experiment import own

    bends = {key: options[key] for key in ("blocks", "values", "timeout")}
    if options["workload"] is None:
        return _options.load_experiments(experiments, preset=options["preset"], **bends)
    if experiments or options["preset"]:
        raise GilscopeError(
            "takes no experiment file and no --preset beside it",
            where="--workload",
            hint="Use --blocks and --values to change how much is measured.",
        )
    workers = tuple(sorted({2, max(2, machine.usable_cpus())}))
    made = own.from_workload(options["workload"], workers=workers)
    return [experiment.with_design(made, **bends)]


def _campaigns(chosen: list[Any], place: Place, options: dict[str, Any]) -> list[Any]:
    """Prepare the targets, plan, and find or begin each experiment's session."""
    from harness import assemble, diagnose, store

    usable = assemble.targets(options["targets"])
    if not options["quiet"]:
        click.echo("preparing interpreters ...", err=True)
    assemble.prepare_all(chosen, usable)
    made = [assemble.assemble(each, usable, build=True) for each in chosen]
    plans = _options.narrow([each.plan for each in made], _options.parse_only(options["only"]))
    if options["diagnose"]:
        plans = [diagnose.plan_of(each, options["blocks"]) for each in plans]
    place = _calibrated(place, plans, options)
    store.write_machine(place.results, place.machine, place.facts)
    chosen = [replace(each, plan=plan) for each, plan in zip(made, plans, strict=True)]
    found = [_open_session(each, place, options) for each in chosen]
    return [
        _campaign(each, progress, place, options)
        for each, progress in zip(chosen, found, strict=True)
    ]


def _calibrated(place: Place, plans: list[Any], options: dict[str, Any]) -> Place:
    """Add to the machine's facts what its canary should find, where verdicts will rest on it."""
    from harness import calibrate

    judged = [plan for plan in plans if calibrate.is_worth_it(plan)]
    if not judged:
        return place
    spinners = max(plan.canary.workers for plan in judged)

    def say(text: str) -> None:
        if not options["quiet"]:
            click.echo(text, err=True)

    canary = calibrate.of_run(place.results, place.machine, spinners, say)
    return replace(place, facts={**place.facts, "canary": canary})


def _open_session(assembled: Any, place: Place, options: dict[str, Any]) -> Any:
    """Return the progress of the session to go on with; None to begin one."""
    from harness import precision, session

    if options["fresh"]:
        return None
    plan = assembled.plan
    size = partial(precision.size, design=plan.experiment.design, sizing=_sizing)
    return session.find(
        *(place.results, place.machine, plan),
        retry=options["retry_failed"],
        now=datetime.now(UTC),
        size=size,
    )


def _campaign(assembled: Any, progress: Any, place: Place, options: dict[str, Any]) -> Any:
    """Prepare a session to be measured, begun now unless it is gone on with."""
    from harness import launch, session, store
    from harness.trial import Bench

    plan = assembled.plan
    if progress is None:
        where = (place.results, place.machine, plan)
        beginning = _beginning(assembled, place, options)
        progress = session.begin(*where, beginning, datetime.now(UTC))
    assert progress.stored is not None
    store.clean(progress.stored)
    bench = Bench(
        plan=plan,
        places=assembled.places,
        workloads={level: facts.path for level, facts in assembled.workloads.items()},
        python=Path(sys.executable),
        machine=place.machine,
        session=progress.stored.session,
        engine=options["engine"],
    )
    return launch.Campaign(bench, progress)


def _beginning(assembled: Any, place: Place, options: dict[str, Any]) -> dict[str, Any]:
    """Return what a session keeps of its surroundings."""
    from harness import provenance, store

    experiment = assembled.plan.experiment
    built = {key[0]: found[0] for key, found in assembled.places.items()}
    return {
        "preset": options["preset"],
        "pass": "diagnostic" if assembled.plan.diagnostic else "timing",
        "claims": [asdict(claim) for claim in experiment.claims],
        "design": asdict(experiment.design),
        "targets": {name: _build(each) for name, each in sorted(built.items())},
        "machine_facts": store.digest(place.facts)[:8],
        "provenance": provenance.collect(),
    }


def _measure(campaigns: list[Any], held: Any, options: dict[str, Any]) -> Any:
    from harness import launch, precision
    from harness.progress import Progress

    retry = options["retry_failed"]
    progress = Progress(campaigns, sys.stderr, quiet=options["quiet"], retry=retry)
    if progress.total:
        minutes = progress.seconds_left() / 60
        click.echo(f"{progress.total} trials, about {minutes:.0f} min", err=True)
    elif any(campaign.plan.runnable for campaign in campaigns):
        click.echo("nothing to measure: every trial of this plan is stored (--fresh: again)")
    else:
        click.echo("nothing can be measured here: every cell is skipped")

    def piloted(campaign: Any) -> None:
        stage = precision.begin_second(campaign, _sizing)
        progress.extend(campaign, stage["blocks"])
        campaign.blocks = stage["blocks"]
        if stage["limit"] or not options["quiet"]:
            click.echo(f"{campaign.plan.experiment.name}: {precision.said(stage)}")

    tally = launch.run(
        campaigns, held, progress, unreadable=_reader(), retry=retry, piloted=piloted
    )
    progress.end(tally)
    for campaign in campaigns:
        stored = campaign.progress.stored
        resumed = " (went on)" if campaign.progress.resumed else ""
        click.echo(f"{campaign.plan.experiment.name}: {stored.path}{resumed}")
        if campaign.stopped:
            click.echo(f"{campaign.plan.experiment.name}: {campaign.stopped}")
    return tally


def _reader() -> Any:
    """Return what tells why the report could not read a record: its own reader, none beside it."""
    from analysis import raw

    return raw.unreadable


def _sizing(*pilot: Any) -> dict[str, Any]:
    """Ask the statistics, which only an experiment with a precision needs before the report."""
    from analysis import sizing

    return sizing.second_stage(*pilot)


def _say_skips(campaigns: list[Any], *, quiet: bool) -> None:
    """Name each reason for skipped cells once."""
    reasons: dict[str, int] = {}
    for campaign in campaigns:
        for cell in campaign.plan.cells:
            if cell.skipped is not None:
                reasons[cell.skipped] = reasons.get(cell.skipped, 0) + 1
    for reason, count in reasons.items():
        if not quiet:
            click.echo(f"skipped {count} cell{'s' if count > 1 else ''}: {reason}", err=True)


def _say_failures(tally: Any) -> None:
    for record in tally.failures:
        cell = record["cell"]
        names = ("workload", "model", "workers", "target")
        text = " ".join(str(cell[name]) for name in names)
        click.echo(f"{record['status']} {record['trial']} {text}: {record['reason']}", err=True)
    if tally.failures:
        click.echo("gilscope show TRIAL --log prints what one of them said", err=True)


def _say_table(results: Path, name: str, campaigns: list[Any]) -> None:
    """Print the speed-ups of a user's own workload."""
    from analysis.report import terminal

    for campaign in campaigns:
        stored = campaign.progress.stored
        click.echo(terminal.summary(results, name, stored.experiment, stored.session))


def _failed_before(campaigns: list[Any]) -> bool:
    """Tell whether the sessions hold trials that did not end well, from this run or before."""
    bad = {"wrong", "error", "timeout"}
    return any(
        status in bad for campaign in campaigns for status, _ in campaign.progress.attempts.values()
    )


def _warn(facts: dict[str, Any], *, quiet: bool) -> None:
    from harness import machine

    for warning in [] if quiet else machine.warnings(facts, machine.noise()):
        click.echo(f"note: {warning}", err=True)


def _build(target: Any) -> dict[str, Any]:
    from harness import scrub

    facts = {**target.build, "env": dict(target.env), "twin": target.twin, "gil": target.gil}
    return scrub.scrubber()({**facts, "build_id": target.build_id})


def _interrupt(number: int, frame: Any) -> None:
    """End as Ctrl-C does: the trial in flight is killed, what is stored stays."""
    del number, frame
    raise KeyboardInterrupt
