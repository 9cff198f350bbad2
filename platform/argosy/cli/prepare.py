"""`argosy prepare`: what must be in the database before the processes start."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def prepare() -> None:
    """Migrate the database and put the first bots in; harmless to repeat."""
    from argosy import bootstrap
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.logging import configure
    from argosy.infrastructure.storage import migrate

    settings = load_settings()
    configure(settings, process="prepare")
    runtime = bootstrap.open_runtime(settings)
    revision = migrate.upgrade(runtime.endpoints.database_url)
    seeded = bootstrap.seed(runtime.database)
    restored = runtime.restore_flags()
    runtime.close()
    typer.echo(
        f"database at revision {revision}; new workflows: {seeded.workflows}, new bots: {seeded.bots}; "
        f"emergency flags restored: {restored}"
    )
