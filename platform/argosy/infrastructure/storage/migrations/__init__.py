"""Alembic environment and schema versions; used by `argosy.infrastructure.storage.engine.migrate`."""
