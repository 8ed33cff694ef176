"""Install CPython 3.14 with and without the GIL by uv, where the network allows."""

import click

from harness.cli import DONE


@click.command(name="install-pythons")
def command() -> int:
    """Install CPython 3.14 with and without the GIL by uv, where the network allows."""
    from harness import target

    target.install_free_threaded(click.echo)
    return DONE
