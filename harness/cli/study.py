"""Say whether timed values are steady, and how many warm-ups, values and blocks they need."""

import json
from typing import Any

import click

from harness.cli import DONE, _options, _stored


@click.command(name="study")
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@_stored.session_options
@_options.results_option
@click.option(
    "--precision",
    type=click.FloatRange(min=0, min_open=True),
    default=0.02,
    show_default=True,
    help="Half-width of a ratio that the number of blocks is for.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def command(experiments: tuple[str, ...], *, precision: float, as_json: bool, **where: Any) -> int:
    """Say whether timed values are steady, and how many warm-ups, values and blocks they need.

    Of the newest session of each EXPERIMENT, or of all that are stored; runs nothing. With 50
    passes per process or more the answer comes from change points, with fewer from comparing each
    pass with the last one.
    """
    from analysis.report import study

    results = where.pop("results")
    chosen = _stored.sessions(results, experiments, timed=True, **where)
    ids = [(each.machine, each.session, each.experiment) for each in chosen]
    found = study.of_sessions(results, ids, precision)
    if as_json:
        click.echo(json.dumps(study.document(found, precision), indent=1, allow_nan=False))
        return DONE
    for line in study.lines(found, precision):
        click.echo(line)
    return DONE
