"""Checks of both servers: connections, setup, clocks, migrations and live credentials."""

from __future__ import annotations

from collections.abc import Iterator

from argosy.cli.stack.checks.clock import clock, read_clock
from argosy.cli.stack.checks.model import Check
from argosy.cli.stack.checks.redis import redis_server
from argosy.core.clock import SystemClock
from argosy.errors import ArgosyError
from argosy.infrastructure.servers import Endpoints

OLDEST_POSTGRES = 14


def check_servers(endpoints: Endpoints | None) -> Iterator[Check]:
    """Yield the checks of Redis and PostgreSQL; skip them if the stack is not running."""
    if endpoints is None:
        for name in ("redis", "postgres", "migrations"):
            yield Check(name, "skip", "the stack is not running", "`argosy up` starts it")
        return
    yield from redis_server(endpoints)
    yield from postgres_server(endpoints.database_url)


def postgres_server(url: str) -> Iterator[Check]:
    """Yield the checks of PostgreSQL.

    They connect in every way that processes do: as a pool, as beat, and as the recorder.
    """
    from argosy.infrastructure.storage.engine import health
    from argosy.infrastructure.storage.engine.database import Database

    try:
        database = Database(url, pool_size=1)
        try:
            facts = database.run(health.facts())  # connects, so that the next call measures an answer alone
            reading = read_clock(SystemClock(), lambda: database.run(health.now()))
        finally:
            database.engine.dispose()
    except ArgosyError as error:
        yield Check(
            "postgres", "fail", f"does not answer: {error.found or error.message}",
            "start it, or correct ARGOSY_DATABASE_URL",
        )  # fmt: skip
        return
    major = int(facts.version.split(".")[0].split()[0])
    old = major < OLDEST_POSTGRES
    yield Check(
        "postgres", "fail" if old else "ok", f"PostgreSQL {facts.version}",
        f"install version {OLDEST_POSTGRES} or newer" if old else "",
    )  # fmt: skip
    if facts.read_only:
        yield Check(
            "postgres writes", "fail", "read-only: a standby, or default_transaction_read_only is on",
            "name the primary, or add ?target_session_attrs=read-write to ARGOSY_DATABASE_URL",
        )  # fmt: skip
    crowded = facts.connections > 0.8 * facts.max_connections
    yield Check(
        "postgres connections", "warn" if crowded else "ok", f"{facts.connections} of {facts.max_connections}",
        "raise max_connections, or run fewer workers" if crowded else "",
    )  # fmt: skip
    yield clock("postgres clock", reading)
    yield from sessions(url)
    yield migrations(url)


def sessions(url: str) -> Iterator[Check]:
    from argosy.infrastructure.storage.catalog import schedules
    from argosy.infrastructure.storage.engine.leadership import Leadership
    from argosy.infrastructure.storage.history.recording import HistoryWriter

    beat, recorder = Leadership(url, channel=schedules.CHANNEL), HistoryWriter(url)
    for name, connect, close in (
        ("postgres by beat", beat.verify, beat.resign),
        ("postgres by the recorder", recorder.verify, recorder.close),
    ):
        try:
            connect()
        except ArgosyError as error:
            found = f"no session: {error.found or error.message}"
            yield Check(name, "fail", found, "correct ARGOSY_DATABASE_URL: without it no bot runs")
        else:
            yield Check(name, "ok", "connected")
        finally:
            close()


def migrations(url: str) -> Check:
    from argosy.infrastructure.storage.engine import migrate

    problems, at = migrate.check(url), migrate.current(url)
    if problems:
        remedy = "run `argosy db upgrade`" if at != migrate.head() else "run `argosy db repair`"
        return Check("migrations", "fail", "; ".join(problems), remedy)
    return Check("migrations", "ok", f"at revision {at}")


def credentials(endpoints: Endpoints | None) -> Iterator[Check]:
    """Check that every bot in live mode has a key for a venue of its domain."""
    from argosy.cli._shared.sections import domain_sections
    from argosy.infrastructure.config import load_section
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.engine.database import Database

    if endpoints is None:
        yield Check("credentials", "skip", "the stack is not running", "`argosy up` starts it")
        return
    database = Database(endpoints.database_url, pool_size=1)
    try:
        live = [bot for bot in database.run(bots.every()) if bot.mode == "live"]
    except Exception as error:  # noqa: BLE001 - tables are missing before the first migration
        yield Check(
            "credentials", "skip", f"bots cannot be read: {type(error).__name__}", "run `argosy db upgrade`"
        )
        return
    finally:
        database.engine.dispose()
    if not live:
        yield Check("credentials", "ok", "no bot is in live mode: none are needed")
        return
    sections = dict(domain_sections())
    for bot in live:
        section = sections.get(bot.domain)
        if section is None:
            yield Check(
                f"credentials of {bot.id}", "fail", f"there is no domain {bot.domain}", "install its plug-in"
            )
            continue
        secrets = list(present(load_section(section, bot.domain)))
        if any(there for _, there in secrets):
            yield Check(f"credentials of {bot.id}", "ok", ", ".join(name for name, there in secrets if there))
        else:
            yield Check(
                f"credentials of {bot.id}", "fail", f"live mode, but no key of {bot.domain} is set",
                "set " + " or ".join(name for name, _ in secrets),
            )  # fmt: skip


def present(model: object, prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the name of every secret in a section, and True if it is set.

    Nested sections are included; their names are joined by dots.
    """
    from pydantic import BaseModel, SecretStr

    if not isinstance(model, BaseModel):
        return
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from present(value, f"{prefix}{name}.")
        elif isinstance(value, SecretStr) or "SecretStr" in repr(field.annotation):
            yield f"{prefix}{name}", value is not None
