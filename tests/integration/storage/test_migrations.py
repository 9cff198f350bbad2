"""The schema: what the migrations make is what the models say, from any state, by several at once."""

from __future__ import annotations

import threading

import psycopg
import pytest

from argosy.errors import Conflict, Unavailable
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.storage import migrate
from argosy.infrastructure.storage.database import libpq_url

pytestmark = pytest.mark.integration


@pytest.fixture
def bare_url(servers: EmbeddedServers, empty_database_url: str):
    with psycopg.connect(libpq_url(empty_database_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
        yield servers.postgres.database_url("bare")
        connection.execute("DROP DATABASE bare WITH (FORCE)")


def test_upgrade_from_nothing_leaves_no_drift(bare_url: str) -> None:
    assert migrate.current(bare_url) is None
    assert "argosy db upgrade" in migrate.check(bare_url)[0]
    assert migrate.upgrade(bare_url) == migrate.head() == migrate.current(bare_url)
    assert migrate.check(bare_url) == []


def test_drift_is_found(bare_url: str) -> None:
    migrate.upgrade(bare_url)
    with psycopg.connect(libpq_url(bare_url), autocommit=True) as connection:
        connection.execute("ALTER TABLE bots DROP COLUMN base_currency")
        connection.execute("DROP INDEX ix_runs_newest")
        connection.execute(
            "CREATE TABLE node_executions_p20260202 PARTITION OF node_executions "
            "FOR VALUES FROM ('2026-02-02') TO ('2026-02-03')"
        )
    problems = migrate.check(bare_url)
    assert len(problems) == 2
    assert any("base_currency" in problem for problem in problems)
    assert any("ix_runs_newest" in problem for problem in problems)


def test_two_upgrades_at_once(bare_url: str) -> None:
    reached: list[str] = []
    threads = [threading.Thread(target=lambda: reached.append(migrate.upgrade(bare_url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reached == [migrate.head()] * 3


def test_a_database_of_a_newer_version_is_refused(bare_url: str) -> None:
    migrate.upgrade(bare_url)
    with psycopg.connect(libpq_url(bare_url), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Conflict, match="newer version"):
        migrate.upgrade(bare_url)


def test_downgrade_takes_everything_away(bare_url: str) -> None:
    from alembic import command

    migrate.upgrade(bare_url)
    with migrate._connection(bare_url) as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
        left = connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).scalars()
        assert list(left) == ["alembic_version"]


def test_no_server_is_said_plainly() -> None:
    with pytest.raises(Unavailable, match="Postgres does not answer"):
        migrate.current("postgresql://nobody@127.0.0.1:1/none")
