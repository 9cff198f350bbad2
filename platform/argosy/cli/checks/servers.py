"""Checks of the two servers: reachable, set up as the engine needs, clocks, migrations, credentials."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from urllib.parse import unquote, urlsplit

from argosy.cli.checks.model import Check
from argosy.core.clock import SystemClock
from argosy.errors import ArgosyError, Unavailable
from argosy.infrastructure.servers import Endpoints

SKEW_WARN_S = 1.0
SKEW_FAIL_S = 5.0
OLDEST_POSTGRES = 14
OLDEST_REDIS = (7, 0)


def check_servers(endpoints: Endpoints | None) -> Iterator[Check]:
    """Nothing to ask when the embedded servers do not run."""
    if endpoints is None:
        for name in ("redis", "postgres", "migrations"):
            yield Check(name, "skip", "the stack is not running", "`argosy up` starts it")
        return
    yield from redis_server(endpoints.redis_url)
    yield from postgres_server(endpoints.database_url)


def reach(url: str) -> None:
    """One connection attempt, so that a server that is away is told at once. Raises `Unavailable`."""
    parts = urlsplit(url)
    path = unquote(parts.path) if parts.scheme == "unix" else ""
    try:
        if path:
            with closing(socket.socket(socket.AF_UNIX)) as connection:
                connection.settimeout(3)
                connection.connect(path)
        else:
            socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=3).close()
    except OSError as error:
        raise Unavailable(
            "no connection", found=f"{parts.hostname or path}: {error.strerror or error}"
        ) from None


def redis_server(url: str) -> Iterator[Check]:
    from argosy.infrastructure.redis import client

    try:
        reach(url)
        connection = client(url)
        began = SystemClock().now()
        seconds, micros = connection.time()
        info = connection.info()
    except Exception as error:  # noqa: BLE001 - whatever the client raises, the answer is the same
        found = error.found if isinstance(error, ArgosyError) and error.found else str(error)
        yield Check("redis", "fail", f"does not answer: {found}", "start it, or correct ARGOSY_REDIS_URL")
        return
    version = str(info.get("valkey_version") or info.get("redis_version"))
    kind = "Valkey" if "valkey_version" in info else "Redis"
    old = tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS
    yield Check(
        "redis", "fail" if old else "ok", f"{kind} {version}",
        f"install version {'.'.join(map(str, OLDEST_REDIS))} or newer" if old else "",
    )  # fmt: skip
    policy = str(info.get("maxmemory_policy"))
    if policy != "noeviction":
        yield Check(
            "redis eviction", "fail", f"maxmemory-policy is {policy}: queued work and flags could vanish",
            "set `maxmemory-policy noeviction` in its configuration",
        )  # fmt: skip
    else:
        yield Check("redis eviction", "ok", policy)
    if info.get("aof_enabled"):
        good = info.get("aof_last_write_status", "ok") == "ok"
        yield Check(
            "redis persistence", "ok" if good else "fail", "append-only file" if good else "the last write failed",
            "" if good else "free disk space for its data folder",
        )  # fmt: skip
    else:
        yield Check(
            "redis persistence", "warn", "no append-only file: queue and flags are lost with the process",
            "set `appendonly yes` in its configuration",
        )  # fmt: skip
    yield clock("redis clock", datetime.fromtimestamp(seconds + micros / 1e6, tz=began.tzinfo), began)


def postgres_server(url: str) -> Iterator[Check]:
    from argosy.infrastructure.storage import health
    from argosy.infrastructure.storage.database import Database

    database = Database(url, pool_size=1)
    try:
        began = SystemClock().now()
        facts = database.run(health.facts())
    except ArgosyError as error:
        yield Check(
            "postgres", "fail", f"does not answer: {error.found or error.message}",
            "start it, or correct ARGOSY_DATABASE_URL",
        )  # fmt: skip
        return
    finally:
        database.engine.dispose()
    major = int(facts.version.split(".")[0].split()[0])
    old = major < OLDEST_POSTGRES
    yield Check(
        "postgres", "fail" if old else "ok", f"PostgreSQL {facts.version}",
        f"install version {OLDEST_POSTGRES} or newer" if old else "",
    )  # fmt: skip
    crowded = facts.connections > 0.8 * facts.max_connections
    yield Check(
        "postgres connections", "warn" if crowded else "ok", f"{facts.connections} of {facts.max_connections}",
        "raise max_connections, or run fewer workers" if crowded else "",
    )  # fmt: skip
    yield clock("postgres clock", facts.now, began)
    yield migrations(url)


def migrations(url: str) -> Check:
    from argosy.infrastructure.storage import migrate

    problems = migrate.check(url)
    if problems:
        return Check("migrations", "fail", "; ".join(problems), "run `argosy db upgrade`")
    return Check("migrations", "ok", f"at revision {migrate.current(url)}")


def clock(name: str, theirs: datetime, ours: datetime) -> Check:
    """Schedules, time limits and claims compare times of several machines."""
    skew_s = (theirs - ours).total_seconds()
    found = f"{skew_s * 1000:+.0f} ms from ours"
    if abs(skew_s) >= SKEW_FAIL_S:
        return Check(name, "fail", found, "set both clocks by NTP")
    if abs(skew_s) >= SKEW_WARN_S:
        return Check(name, "warn", found, "set both clocks by NTP")
    return Check(name, "ok", found)


def credentials(endpoints: Endpoints | None) -> Iterator[Check]:
    """Does every bot in live mode have what its venues need?"""
    from argosy.cli.sections import domain_sections
    from argosy.infrastructure.config import load_section
    from argosy.infrastructure.storage import bots
    from argosy.infrastructure.storage.database import Database

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
    """(name, is it set) of every secret below a section."""
    from pydantic import BaseModel, SecretStr

    if not isinstance(model, BaseModel):
        return
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from present(value, f"{prefix}{name}.")
        elif isinstance(value, SecretStr) or "SecretStr" in repr(field.annotation):
            yield f"{prefix}{name}", value is not None
