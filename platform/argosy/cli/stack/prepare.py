"""`argosy prepare`: database contents that the processes need before they start."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def prepare() -> None:
    """Migrate the database and add the first bots; harmless to repeat."""
    from loguru import logger

    from argosy.bootstrap import open_runtime
    from argosy.bootstrap.seed import seed
    from argosy.cli._shared.actor import actor
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.logging import configure
    from argosy.infrastructure.storage.catalog import venue_domains
    from argosy.infrastructure.storage.engine import migrate
    from argosy.infrastructure.storage.money import reconciliations

    settings = load_settings()
    configure(settings, process="prepare")
    runtime = open_runtime(settings)
    revision = migrate.upgrade(runtime.endpoints.database_url, actor=actor())
    logger.info("database at revision {}", revision)
    seeded = seed(runtime.database, runtime.clock)
    logger.info("{} workflows and {} bots new", seeded.workflows, seeded.bots)
    runtime.database.run(venue_domains.keep(runtime.venue_domains()))
    runtime.database.run(reconciliations.forget())
    logger.info("{} emergency flags restored", runtime.restore_flags())
    runtime.close()
