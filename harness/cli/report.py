"""Rebuild the report, HTML and Markdown with figures and CSV, from stored results alone."""

from pathlib import Path

import click

from harness.cli import _options


@click.command(name="report")
@_options.results_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("report"),
    show_default=True,
    help="Folder to write to.",
)
def command(results: Path, out: Path) -> int:
    """Rebuild the report, HTML and Markdown with figures and CSV, from stored results alone."""
    from analysis import report

    report.write(results, out)
    click.echo((out / "summary.txt").read_text())
    click.echo(f"report: {out / 'index.html'}")
    return 0
