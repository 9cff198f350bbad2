"""`argosy config`: the settings in force."""

from __future__ import annotations

import typer

from argosy.cli._shared.output import ExitCode, JsonFlag, print_json, print_table
from argosy.cli._shared.sections import domain_sections

app = typer.Typer(help="Show and check the settings.", no_args_is_help=True)


@app.command()
def show(as_json: JsonFlag = False) -> None:
    """Show every setting with its value and its origin; secrets are masked."""
    from argosy.infrastructure.config.known import refuse_unknown_names
    from argosy.infrastructure.config.reference import show as settings_in_force
    from argosy.infrastructure.config.schema import toml
    from argosy.infrastructure.config.sources import config_file

    shown = settings_in_force(domain_sections())
    if as_json:
        refuse_unknown_names(config_file())
        print_json([{"name": s.name, "value": s.value, "origin": s.origin} for s in shown])
        return
    print_table(["setting", "value", "set by"], [(s.name, toml(s.value), s.origin) for s in shown])
    refuse_unknown_names(config_file())


@app.command()
def check(as_json: JsonFlag = False) -> None:
    """Check every setting, and list settings that nothing reads.

    Exit code 3 when a setting is wrong or unread.
    """
    from argosy.infrastructure.config.known import unknown_names
    from argosy.infrastructure.config.reference import show as settings_in_force
    from argosy.infrastructure.config.sources import config_file

    sections = domain_sections()
    settings = settings_in_force(sections)
    file = config_file()
    unknown = unknown_names(file)
    if as_json:
        print_json(
            {
                "ok": not unknown,
                "file": None if file is None else str(file),
                "settings": len(settings),
                "unknown": [{"name": each.name, "setBy": each.where, "near": each.near} for each in unknown],
            }
        )
    elif unknown:
        print_table(
            ["nothing reads", "set by", "nearest"], [(each.name, each.where, each.near) for each in unknown]
        )
    else:
        changed = sum(s.origin != "default" for s in settings)
        typer.echo(
            f"{len(settings)} settings are right, {changed} of them not the default (file: {file or 'none'})"
        )
    if unknown:
        raise typer.Exit(ExitCode.CONFIG)
