"""Print the cells and trials of experiments, and how long they take; runs nothing."""

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from harness.cli import _options


@click.command(name="plan")
@click.argument("experiments", nargs=-1, type=click.Path(path_type=Path), metavar="[EXPERIMENT]...")
@_options.choice_options
@_options.target_option
@_options.results_option
@click.option("--machine", metavar="NAME", help="Name of this machine in the results.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def command(experiments: tuple[Path, ...], **options: Any) -> int:
    """Print the cells and trials of experiments, and how long they take; runs nothing."""
    from harness import assemble

    chosen = _options.load_experiments(
        experiments, **{k: options[k] for k in ("preset", "blocks", "values", "timeout")}
    )
    usable = assemble.targets(options["targets"])
    plans = [assemble.assemble(each, usable, build=False).plan for each in chosen]
    plans = _options.narrow(plans, _options.parse_only(options["only"]))
    _options.say_damage(options["results"])
    walls = _known_walls(options["results"], options["machine"], plans)
    described = [_describe(each, walls) for each in plans]
    if options["as_json"]:
        click.echo(json.dumps({"version": 1, "experiments": described}, indent=1))
    else:
        _print(described)
    return 0


def _describe(plan: Any, walls: dict[str, float]) -> dict[str, Any]:
    """Return one experiment's plan as plain data."""
    blocks = plan.experiment.design.blocks
    per_block = plan.block("", 0)
    typical = sum(walls.values()) / len(walls) if walls else _NEW_TRIAL
    seconds = sum(walls.get(trial.cell.key, typical) for trial in per_block) * blocks
    return {
        "experiment": plan.experiment.name,
        "question": plan.experiment.question,
        "blocks": blocks,
        "precision": plan.experiment.design.precision,
        "max_blocks": plan.experiment.design.max_blocks,
        "trials": len(per_block) * blocks,
        "seconds": round(seconds, 1),
        "cells": [{**cell.stored, "skipped": cell.skipped} for cell in plan.cells],
        "controls": Counter(trial.control for trial in per_block if trial.control),
    }


# Seconds assumed for a trial of a cell that has no record here yet.
_NEW_TRIAL = 1.2


def _known_walls(results: Path, machine_name: str | None, plans: list[Any]) -> dict[str, float]:
    """Return what each cell's trial took when it last ran on this machine."""
    from harness import machine, store

    name = machine_name or machine.name(machine.facts())
    walls: dict[str, float] = {}
    for plan in plans:
        newest = list(store.sessions(results, machine=name, experiment=plan.experiment.name))[-1:]
        for session in newest:
            # One block tells what every cell takes; reading all of them would cost seconds.
            for path in store.record_files(session)[: 2 * len(plan.cells) + 3]:
                with suppress(store.Damaged):
                    record = store.read_record(path)
                    if record["status"] != "skipped":
                        walls[record["cell"]["key"]] = record["wall"]
    return walls


def _print(described: list[dict[str, Any]]) -> None:
    for one in described:
        click.echo(f"{one['experiment']}: {one['question']}")
        for cell in one["cells"]:
            names = ("workload", "model", "workers", "target", "lifecycle")
            text = "  ".join(f"{cell[name]!s}" for name in names)
            skipped = f"   skipped: {cell['skipped']}" if cell["skipped"] else ""
            click.echo(f"  {text}{skipped}")
        runnable = sum(cell["skipped"] is None for cell in one["cells"])
        controls = ", ".join(f"{count} {name}" for name, count in one["controls"].items())
        if one["precision"] is not None:
            click.echo(
                f"  the blocks are a pilot for a precision of {one['precision']:g}; "
                f"at most {one['max_blocks']} in all"
            )
        click.echo(
            f"  {runnable} cells and {controls or 'no controls'} x {one['blocks']} blocks "
            f"= {one['trials']} trials, about {one['seconds'] / 60:.1f} min\n"
        )
    minutes = sum(one["seconds"] for one in described) / 60
    trials = sum(one["trials"] for one in described)
    click.echo(f"{trials} trials in all, about {minutes:.0f} min")
