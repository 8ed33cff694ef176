"""List the interpreters found, their builds, and the execution models each offers."""

import json
from typing import Any

import click

from harness.cli import _options


@click.command(name="targets")
@_options.target_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def command(targets: tuple[str, ...], *, as_json: bool) -> int:
    """List the interpreters found, their builds, and the execution models each offers."""
    from harness import target

    wanted = target.parse_named(targets)
    found = target.discover(wanted.paths)
    target.require(found, wanted.levels)
    rows = [_row(each, found) for each in found]
    if as_json:
        click.echo(json.dumps({"version": 1, "targets": rows}, indent=1))
        return 0
    for row in rows:
        _print(row)
    if not any(row["gil"] is False for row in rows):
        click.echo(
            "No free-threaded build was found. One would show what your code does without the "
            "GIL:\n  `gilscope install-pythons` or `uv python install 3.14t` installs one."
        )
    return 0


def _row(each: Any, found: list[Any]) -> dict[str, Any]:
    """Ask one interpreter what it offers; a failure is a row with a reason."""
    from harness import target

    try:
        environment = target.prepare(each, (), ())
    except target.Unavailable as problem:
        return {**target.describe(each, None, found), "unavailable": str(problem)}
    return target.describe(each, environment, found)


def _print(row: dict[str, Any]) -> None:
    twin = f", twin of {row['twin']}" if row.get("twin") else ""
    click.echo(f"{row['name']}  {row['path']}")
    click.echo(f"    {row['version']}, {row['build']}{twin}")
    if row.get("unavailable"):
        click.echo(f"    cannot be used: {row['unavailable']}")
        return
    offered = [name for name, why in row["models"].items() if why is None]
    click.echo(f"    offers {', '.join(offered)}")
    for name, why in row["models"].items():
        if why is not None:
            click.echo(f"    not {name}: {why}")
