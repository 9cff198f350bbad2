"""Run Celery's commands with their own options: `python -m workers worker|beat|flower …`.

`celery -A workers.app …` does the same, but loads all commands and plug-ins (Flower, a shell) in each
process.
"""

from __future__ import annotations

from importlib import import_module

import click
from celery.bin.base import CLIContext

from argosy.errors import ArgosyError
from argosy.infrastructure.config import load_settings
from argosy.infrastructure.supervisor.runtime import endpoints

_HOMES = {"beat": "celery.bin.beat", "flower": "flower.command", "worker": "celery.bin.worker"}


class ProcessCommands(click.Group):
    """Command group that imports only the requested command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        home = _HOMES.get(cmd_name)
        return None if home is None else getattr(import_module(home), cmd_name)


@click.group(cls=ProcessCommands)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Run a process of the Celery application."""
    try:
        from workers.app import app
    except ArgosyError as error:
        raise click.ClickException(str(error)) from error
    if ctx.invoked_subcommand == "flower":
        from workers.broker_page import read_socket
        from workers.flower_page import guard

        settings = load_settings()
        read_socket(endpoints(settings).redis_url)
        guard(settings)
    ctx.obj = CLIContext(app=app, no_color=None, workdir=None, quiet=False)


if __name__ == "__main__":
    main(prog_name="python -m workers")
