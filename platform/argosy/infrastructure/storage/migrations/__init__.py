"""Alembic environment and schema versions; used by `storage.engine.migrate`."""
