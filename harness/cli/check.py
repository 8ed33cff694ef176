"""Tell whether workload and experiment files keep their contracts."""

import sys
from pathlib import Path

import click

from harness.cli import DONE, FIX_IT


@click.command(name="check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(paths: tuple[Path, ...]) -> int:
    """Tell whether workload and experiment files keep their contracts."""
    from harness.conformance import check

    bad = 0
    for path in paths:
        found = check.examine(path, Path(sys.executable))
        for remark in found.remarks:
            click.echo(remark)
        for problem in found.problems:
            click.echo(problem, err=True)
        bad += bool(found.problems)
        if not found.problems:
            click.echo(f"{path}: keeps its contract")
    return FIX_IT if bad else DONE
