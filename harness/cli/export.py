"""Write a stored session as pyperf suites, one file per target."""

import json
from pathlib import Path

import click

from harness.cli import DONE, _options, _stored
from harness.errors import GilscopeError


@click.command(name="export")
@click.argument("experiment")
@_stored.session_options
@_options.results_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("pyperf"),
    show_default=True,
    help="Folder to write to.",
)
def command(
    experiment: str, session: str | None, machine: str | None, results: Path, out: Path
) -> int:
    r"""Write a stored session as pyperf suites, one file per target.

    EXPERIMENT is an experiment file, or the name that `gilscope list` prints. A benchmark is
    called workload/model/workers, so that pyperf compares two targets:

    \b
        python -m pyperf compare_to pyperf/cpython-3.13.json pyperf/cpython-3.13t.json
    """
    from harness.storage import atomic, export

    found = _stored.sessions(results, [experiment], machine=machine, session=session, timed=True)
    if len(found) > 1:
        raise GilscopeError(
            f"{experiment} was measured on {len(found)} machines",
            where="--machine",
            hint=f"Name one of them: {', '.join(each.machine for each in found)}.",
        )
    suites = export.by_target(_stored.records(found[0]))
    if not suites:
        raise GilscopeError(
            "none of its trials finished with a time",
            where=str(found[0].path),
            hint=f"`gilscope list {experiment}` says how each trial ended.",
        )
    files = {target: out / f"{target}.json" for target in suites}
    for path in files.values():
        if path.exists():
            hint = "Remove it, or name another folder with --out."
            raise GilscopeError("already exists", where=str(path), hint=hint)
    for target, path in files.items():
        atomic.publish(path, json.dumps(suites[target]).encode() + b"\n")
        click.echo(f"{path}: {len(suites[target]['benchmarks'])} benchmarks")
    return DONE
