"""Alembic's environment and the versions of the schema; driven by `argosy.infrastructure.storage.migrate`."""
