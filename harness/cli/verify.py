"""Print the verdict on each claim of an experiment, from stored results."""

from pathlib import Path

import click

from harness.cli import DONE, FAILED, UNDECIDED, _options


@click.command(name="verify")
@click.argument("experiment")
@_options.results_option
@click.option("--strict", is_flag=True, help="Exit with 3 if a claim is undecided.")
def command(experiment: str, results: Path, *, strict: bool) -> int:
    """Print the verdict on each claim of an experiment, from stored results."""
    from analysis.report import terminal
    from harness import experiment as definitions
    from harness.experiment import lookup

    loaded = definitions.load(lookup.find(experiment))
    lines, outcomes = terminal.verdict_lines(results, loaded.name)
    for line in lines:
        click.echo(line)
    if "fails" in outcomes:
        return FAILED
    return UNDECIDED if strict and "undecided" in outcomes else DONE
