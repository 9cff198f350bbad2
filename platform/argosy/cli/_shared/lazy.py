"""A group of commands; a sub-command is imported when it is called, not for the help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_command_name, get_group


@dataclass(frozen=True, slots=True)
class Lazy:
    """One top-level command: the module of its `app` (a Typer), and its line in the help."""

    module: str
    help: str


class LazyGroup(TyperGroup):
    """Group of lazily imported commands; subclasses set `table`."""

    table: ClassVar[Mapping[str, Lazy]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Stand-ins with name and help, for help, completion and suggestions.
        for name, lazy in self.table.items():
            self.commands[name] = TyperCommand(name, help=lazy.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the real command in place of its stand-in."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.table:
            command = load(name, self.table[name])
        return name, command, rest


def load(name: str, lazy: Lazy) -> Any:
    """Import a command.

    An `app` whose only command has the same name becomes that command; any other becomes a group.
    """
    return command_of(name, import_module(lazy.module).app, lazy.help)


def command_of(name: str, app: typer.Typer, text: str) -> Any:
    """Return the command of an `app`, with `text` as its help unless it has one."""
    commands = app.registered_commands
    alone = len(commands) == 1 and not app.registered_groups and app.registered_callback is None
    if (
        alone
        and (commands[0].name or get_command_name(getattr(commands[0].callback, "__name__", ""))) == name
    ):
        command: Any = get_command(app)
        # Completion is installed by `argosy`, not by each of its commands.
        command.params = [
            p for p in command.params if p.name not in ("install_completion", "show_completion")
        ]
    else:
        command = get_group(app)
    command.name = name
    command.help = command.help or text
    return command
