"""Check gilscope on this machine: measure workloads whose answers are known."""

from pathlib import Path
from typing import Any

import click

from harness.cli import DONE, FAILED, _options


@click.command(name="selftest")
@_options.target_option
@click.option("--only", multiple=True, metavar="CHECK", help="Only this check. Repeatable.")
def command(targets: tuple[str, ...], only: tuple[str, ...]) -> int:
    """Check gilscope on this machine: measure workloads whose answers are known."""
    from harness import selftest

    chosen = _chosen(only)
    failed = 0
    for number, check in enumerate(chosen, 1):
        click.echo(f"[{number}/{len(chosen)}] {check.title}")
        click.echo(f"    expected: {check.expected}")
        result = selftest.run(check, targets, _analysed)
        for line in _lines(result):
            click.echo(f"    {line}")
        failed += not result.passes
    click.echo(f"{len(chosen) - failed} of {len(chosen)} checks passed")
    return FAILED if failed else DONE


def _analysed(results: Path) -> list[dict[str, Any]]:
    """Return the analysis of where the workers' time went."""
    from analysis import tables
    from analysis.dataset import frames, tidy

    return frames.records(tables.make("waiting", tidy.read(results).frame))


def _chosen(only: tuple[str, ...]) -> list[Any]:
    from harness.errors import GilscopeError, did_you_mean
    from harness.selftest import CHECKS

    known = [check.experiment for check in CHECKS]
    for name in only:
        if name not in known:
            raise GilscopeError(
                f"no check is called {name!r}{did_you_mean(name, known)}",
                where="--only",
                hint=f"Checks: {', '.join(known)}.",
            )
    return [check for check in CHECKS if not only or check.experiment in only]


def _lines(result: Any) -> list[str]:
    if result.skipped is not None:
        return [f"not applicable: {result.skipped}"]
    lines = [str(reading) for reading in result.readings] + list(result.wrong)
    tries = f" on attempt {result.tries}" if result.tries > 1 else ""
    return [*lines, f"{'holds' if result.passes else 'FAILS'}{tries}"]
