"""Print the cells and trials of experiments, and how long they take; runs nothing."""

import json
from collections import Counter
from typing import Any

import click

from harness.cli import _options


@click.command(name="plan")
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@_options.workload_option
@_options.choice_options
@_options.target_option
@_options.results_option
@click.option("--machine", metavar="NAME", help="Name of this machine in the results.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def command(experiments: tuple[str, ...], **options: Any) -> int:
    """Print the cells and trials of experiments, and how long they take; runs nothing.

    What an interpreter cannot run is known from the last time it was prepared.
    """
    from harness import machine
    from harness.planning import assemble, durations, plan, refusals

    chosen = _options.chosen(experiments, options)
    usable = assemble.targets(options["targets"])
    made = [assemble.assemble(each, usable, build=False).plan for each in chosen]
    plans = plan.narrowed(made, _options.parse_only(options["only"]))
    for line in [*usable.not_measured(plans), *refusals.require_something(plans)]:
        click.echo(line, err=True)
    _options.say_damage(options["results"])
    name = options["machine"] or machine.name(machine.facts())
    walls = durations.recorded(options["results"], name, plans)
    described = [_describe(each, walls) for each in plans]
    if options["as_json"]:
        click.echo(json.dumps({"version": 1, "experiments": described}, indent=1))
        return 0
    for one, each in zip(described, plans, strict=True):
        _print(one, refusals.skips([each]), _estimate([each], walls))
    trials = sum(one["trials"] for one in described)
    click.echo(f"{trials} trials in all, {_estimate(plans, walls)}")
    return 0


def _estimate(plans: list[Any], walls: dict[str, float]) -> Any:
    """Return how long all blocks of these plans take."""
    from harness.planning import durations

    cells = [
        trial.cell for each in plans for trial in each.block("", 0) * each.experiment.design.blocks
    ]
    return durations.estimate(cells, walls, [cell for each in plans for cell in each.cells])


def _describe(plan: Any, walls: dict[str, float]) -> dict[str, Any]:
    """Return one experiment's plan as plain data."""
    blocks = plan.experiment.design.blocks
    per_block = plan.block("", 0)
    estimate = _estimate([plan], walls)
    return {
        "experiment": plan.experiment.name,
        "question": plan.experiment.question,
        "blocks": blocks,
        "precision": plan.experiment.design.precision,
        "max_blocks": plan.experiment.design.max_blocks,
        "trials": len(per_block) * blocks,
        "seconds": round(estimate.seconds, 1),
        "seconds_unknown": list(estimate.unknown),  # workloads that `seconds` leaves out
        "cells": [{**cell.stored, "skipped": cell.skipped} for cell in plan.cells],
        "controls": Counter(trial.control for trial in per_block if trial.control),
    }


def _print(one: dict[str, Any], skips: list[str], estimate: Any) -> None:
    click.echo(f"{one['experiment']}: {one['question']}")
    for cell in one["cells"]:
        names = ("workload", "model", "workers", "target", "lifecycle")
        text = "  ".join(f"{cell[name]!s}" for name in names)
        click.echo(f"  {text}{'  skipped' if cell['skipped'] else ''}")
    for line in skips:
        click.echo(f"  {line}")
    runnable = sum(cell["skipped"] is None for cell in one["cells"])
    controls = ", ".join(f"{count} {name}" for name, count in one["controls"].items())
    if one["precision"] is not None:
        click.echo(
            f"  the blocks are a pilot for a precision of {one['precision']:g}; "
            f"no more than {one['max_blocks']} in all"
        )
    click.echo(
        f"  {runnable} cells and {controls or 'no controls'} x {one['blocks']} blocks "
        f"= {one['trials']} trials, {estimate}\n"
    )
