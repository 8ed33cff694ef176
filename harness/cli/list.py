"""List stored trials: id, status, seconds, block and cell."""

import json
from collections.abc import Mapping
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from harness.cli import DONE, _options, _stored

if TYPE_CHECKING:
    from pathlib import Path

STATUSES = ("ok", "wrong", "error", "timeout", "skipped")


@click.command(name="list")
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@_options.only_option
@click.option(
    "--status", multiple=True, type=click.Choice(STATUSES), help="Only trials with this status."
)
@_stored.session_options
@_options.results_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def command(experiments: tuple[str, ...], **options: Any) -> int:
    """List stored trials: id, status, seconds, block and cell.

    Of the newest session of each experiment, or of the one that --session names.
    """
    results: Path = options["results"]
    found = _stored.sessions(
        results, experiments, machine=options["machine"], session=options["session"]
    )
    wanted = _options.parse_only(options["only"])
    listed = []
    for stored in found:
        rows = [_row(each) for each in _stored.records(stored) if _fits(each, wanted)]
        rows = [row for row in rows if row["status"] in (options["status"] or STATUSES)]
        listed += rows
        if rows and not options["as_json"]:
            click.echo(f"{stored.experiment}, session {stored.session} on {stored.machine}")
            for row in rows:
                click.echo(f"  {_line(row)}")
    if options["as_json"]:
        click.echo(json.dumps({"version": 1, "trials": listed}, indent=1))
    elif not listed:
        click.echo("no stored trial matches")
    return DONE


def _fits(record: Mapping[str, Any], wanted: Mapping[str, list[str]]) -> bool:
    return all(str(record["cell"][name]) in levels for name, levels in wanted.items())


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    head = ("trial", "status", "reason", "machine", "experiment", "session", "block", "position")
    values = (record["response"] or {}).get("values") or []
    timed = [value["seconds"] for value in values if not value["warmup"]]
    return {
        **{name: record[name] for name in (*head, "attempt", "control")},
        "seconds": median(timed) if timed else None,
        "cell": record["cell"],
    }


def _line(row: Mapping[str, Any]) -> str:
    from harness.storage.export import benchmark_name

    seconds = "-" if row["seconds"] is None else f"{row['seconds']:.6g} s"
    cell = f"{benchmark_name(row['cell'])} {row['cell']['target']}".strip()
    marks = f" ({row['control']})" if row["control"] else ""
    marks += f" attempt {row['attempt']}" if row["attempt"] > 1 else ""
    return f"{row['trial']}  {row['status']:<7}  b{row['block']:<3}  {seconds:>12}  {cell}{marks}"
