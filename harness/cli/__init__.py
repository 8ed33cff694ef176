"""The command line: one file per command, imported only when it is called.

``gilscope --help`` must not pay for what a command needs, so a command's file is imported by its
name alone, and its first docstring line is read without importing it.
"""

import ast
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.exceptions import NoSuchCommand

from harness import __version__
from harness.errors import GilscopeError

DONE, FAILED, FIX_IT, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
_FOLDER = Path(__file__).parent


class LazyGroup(click.Group):
    """Commands are the files of this folder; a file's `_` is a command's `-`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, in the order of a user's work."""
        del ctx
        first = ["run", "plan", "report", "verify", "study", "targets", "list", "show", "export"]
        found = {path.stem.replace("_", "-") for path in _FOLDER.glob("[!_]*.py")}
        return [name for name in first if name in found] + sorted(found - set(first))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file and return the command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return import_module(f"harness.cli.{_stem(cmd_name)}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of that name."""
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            raise NoSuchCommand(args[0], possibilities=self.list_commands(ctx), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the first line of their files."""
        rows = [(name, _first_line(name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete the names of commands without importing any."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=_first_line(name)) for name in names]
        return items + click.Command.shell_complete(self, ctx, incomplete)


def _stem(name: str) -> str:
    return name.replace("-", "_")


def _first_line(name: str) -> str:
    tree = ast.parse((_FOLDER / f"{_stem(name)}.py").read_text())
    return (ast.get_docstring(tree) or "").split("\n")[0]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gilscope")
def cli() -> None:
    """Measure what the GIL costs a workload, and what other execution models would give."""


def main() -> None:
    """Run the command line; a problem the user can fix ends with status 2 and no traceback."""
    try:
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except GilscopeError as problem:
        click.echo(f"gilscope: {problem}", err=True)
        status = FIX_IT
    except click.ClickException as problem:
        problem.show()
        status = FIX_IT
    except (click.Abort, KeyboardInterrupt):
        click.echo("gilscope: interrupted; results so far are safe", err=True)
        status = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader closed the pipe: there is no one to report to
        status = DONE
    except OSError as problem:
        if not _cannot_write(problem):
            raise
        click.echo(f"gilscope: standard output cannot be written: {problem.strerror}", err=True)
        status = FIX_IT
    sys.exit(status if isinstance(status, int) else DONE)


def _cannot_write(problem: OSError) -> bool:
    """Tell whether it was a standard stream that failed; if so, write no more to standard output.

    What is left in its buffer would fail once more when Python ends.
    """
    *_, last = traceback.walk_tb(problem.__traceback__)
    if last[0].f_code not in (click.echo.__code__, main.__code__):  # there it is flushed
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return True
