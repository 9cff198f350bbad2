"""Alembic environment, run for each command. `storage.migrate` provides the connection."""

from __future__ import annotations

from alembic import context

from argosy.infrastructure.storage.engine.schema import belongs
from argosy.infrastructure.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=belongs,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
