"""Print one stored trial, its raw pyperf document, or what it printed."""

import json
from pathlib import Path

import click

from harness.cli import _options
from harness.errors import GilscopeError


@click.command(name="show")
@click.argument("trial")
@click.option(
    "--pyperf", "part", flag_value="pyperf", help="Its pyperf document, which pyperf can compare."
)
@click.option("--log", "part", flag_value="log", help="What it printed, and its traceback.")
@_options.results_option
def command(trial: str, part: str | None, results: Path) -> int:
    """Print one stored trial, its raw pyperf document, or what it printed."""
    from harness.storage import export

    record = _only_one(results, trial)
    if part == "pyperf":
        if record["pyperf"] is None:
            raise GilscopeError(
                f"has no pyperf document: {record['status']}, {record['reason']}",
                where=record["trial"],
                hint="Run `gilscope show TRIAL --log` to see its output.",
            )
        click.echo(json.dumps(export.trial(record)))
    elif part == "log":
        response = record["response"] or {}
        for name, text in (
            ("reason", record["reason"]),
            ("traceback", response.get("traceback")),
            ("stdout", record["log"]["stdout"]),
            ("stderr", record["log"]["stderr"]),
        ):
            if text:
                # Whatever a stranger's trial printed must not steer this terminal.
                click.echo(f"== {name}\n{_harmless(text.rstrip())}")
    else:
        click.echo(json.dumps({**record, "pyperf": "..."}, indent=1, ensure_ascii=True))
    return 0


def _only_one(results: Path, trial: str) -> dict:
    from harness.storage import store

    found = store.find(results, trial)
    identities = {path.name.split("-")[1] for path in found}
    if len(identities) != 1:
        raise GilscopeError(
            f"{trial!r} names {len(identities) or 'no'} stored trials",
            where=str(results),
            hint="Give more of the id." if identities else "`gilscope list` shows them.",
        )
    try:
        return store.read_record(found[-1])
    except store.Damaged as problem:
        raise GilscopeError(
            problem.why, where=str(problem.path), hint="Restore the file from its source."
        ) from None


def _harmless(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)
