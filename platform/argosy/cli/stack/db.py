"""`argosy db`: migrations of the database."""

from __future__ import annotations

import typer

from argosy.cli._shared.actor import actor
from argosy.cli._shared.output import ExitCode, JsonFlag, print_json

app = typer.Typer(help="Database migrations.", no_args_is_help=True)


@app.command()
def upgrade(as_json: JsonFlag = False) -> None:
    """Bring the database to the newest revision; harmless to repeat."""
    from argosy.infrastructure.storage.engine import migrate

    url = _url()
    before = migrate.current(url)
    after = migrate.upgrade(url, actor=actor())
    if as_json:
        print_json({"before": before, "revision": after, "changed": before != after})
    elif before == after:
        typer.echo(f"already at revision {after}")
    else:
        typer.echo(f"upgraded from {before or 'nothing'} to revision {after}")


@app.command()
def repair(as_json: JsonFlag = False) -> None:
    """Add tables, columns and indexes that this version needs; remove nothing."""
    from argosy.infrastructure.storage.engine import migrate

    added = migrate.repair(_url(), actor=actor())
    if as_json:
        print_json({"added": added})
    else:
        typer.echo("\n".join(added) if added else "nothing is missing")


@app.command()
def current(as_json: JsonFlag = False) -> None:
    """Show the revision of the database, and the newest revision of this version."""
    from argosy.infrastructure.storage.engine import migrate

    at, newest = migrate.current(_url()), migrate.head()
    if as_json:
        print_json({"revision": at, "newest": newest, "upToDate": at == newest})
    else:
        typer.echo(f"at {at or 'no revision'}, newest {newest}")


@app.command()
def check(as_json: JsonFlag = False) -> None:
    """Compare the database with this version, and list every difference.

    Exit code 1 when there is one.
    """
    from argosy.infrastructure.storage.engine import migrate

    problems = migrate.check(_url())
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    elif problems:
        for problem in problems:
            typer.echo(problem)
    else:
        typer.echo(f"no difference from revision {migrate.head()}")
    if problems:
        raise typer.Exit(ExitCode.FAILED)


def _url() -> str:
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.supervisor.runtime import endpoints

    return endpoints(load_settings()).database_url
