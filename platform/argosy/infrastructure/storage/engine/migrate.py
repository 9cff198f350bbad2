"""Schema migrations: apply them, show the revision, find differences from the models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from argosy.core.safety.audit import Actor, AuditEntry
from argosy.errors import Conflict, Unavailable
from argosy.infrastructure.storage.engine import schema
from argosy.infrastructure.storage.engine.database import perform, sqlalchemy_url
from argosy.infrastructure.storage.safety import audit

_FOLDER = Path(__file__).parents[1] / "migrations"
_LOCK = 0x6172676F7379
"""Advisory lock ("argosy") under which migrations run: only one upgrade runs at a time."""


def upgrade(url: str, revision: str = "head", *, actor: Actor | None = None) -> str:
    """Bring the schema to `revision` and return the new revision.

    Safe to run from several processes at once. With an `actor`, an upgrade that changed the revision adds an audit
    row.

    Raises Unavailable if Postgres does not answer. Raises Conflict if the database is newer than this code, or
    differs from the models at the newest revision: such a database would make statements fail later.
    """
    with _connection(url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            _refuse_newer(connection)
            before = _revision(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            after = _revision(connection) or ""
            if actor is not None and after != before and inspect(connection).has_table("audit_log"):
                entry = AuditEntry(
                    actor=actor,
                    action="database.upgrade",
                    subject="database",
                    before={"revision": before},
                    after={"revision": after},
                )
                perform(audit.append(entry, datetime.now(UTC)), connection)
            connection.commit()
            if after == head():
                _refuse_different(connection)
            return after
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def current(url: str) -> str | None:
    """Return the database's revision, or None before the first upgrade. Raises Unavailable."""
    with _connection(url) as connection:
        return _revision(connection)


def head() -> str:
    """Return the newest revision that this code has."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise AssertionError("the package ships migrations")
    return found


def check(url: str) -> list[str]:
    """Return the differences between database and models as sentences.

    Empty if there are none. If the revision differs, that is the only sentence.
    """
    with _connection(url) as connection:
        at = _revision(connection)
        if at != head():
            return [f"the database is at revision {at}, this code needs {head()}: run `argosy db upgrade`"]
        return schema.differences(connection).all


def repair(url: str, *, actor: Actor | None = None) -> list[str]:
    """Add missing tables, columns, indexes and triggers of the newest revision.

    Returns the added items; nothing is changed or removed. Raises Unavailable. Raises Conflict if the database is
    not at the newest revision or still differs afterwards.
    """
    with _connection(url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            if _revision(connection) != head():
                raise Conflict(
                    "the database is not at the newest revision",
                    expected=head(),
                    found=_revision(connection) or "none",
                    remedy="run `argosy db upgrade`",
                )
            added = schema.add_missing(connection)
            if added and actor is not None:
                entry = AuditEntry(
                    actor=actor,
                    action="database.repair",
                    subject="database",
                    before={},
                    after={"added": added},
                )
                perform(audit.append(entry, datetime.now(UTC)), connection)
            connection.commit()
            _refuse_different(connection)
            return added
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def _refuse_different(connection: Connection) -> None:
    found = schema.differences(connection)
    if not found.harmful:
        return
    remedy = (
        "run `argosy db repair`, which adds what is missing"
        if found.addable
        else "restore a backup that this version made, or start with a new database: it was changed by hand"
    )
    raise Conflict(
        "the database differs from what this version needs",
        expected=f"the tables of revision {head()}",
        found="; ".join(found.harmful),
        remedy=remedy,
    )


def _refuse_newer(connection: Connection) -> None:
    at = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if at is not None and at not in known:
        raise Conflict(
            "the database was migrated by a newer version of Argosy",
            expected=f"a revision up to {head()}",
            found=at,
            remedy="install that version, or point ARGOSY_DATABASE_URL at another database",
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = create_engine(
        sqlalchemy_url(url),
        poolclass=NullPool,
        connect_args={"connect_timeout": 5},
    )
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise Unavailable(
            "Postgres does not answer", found=str(error.orig).strip().partition("\n")[0]
        ) from error
    with connection:
        yield connection
    engine.dispose()
