"""The schema: what the migrations make is what the models say, from any state, by several at once."""

from __future__ import annotations

import threading

import psycopg
import pytest

from argosy.errors import Conflict, Unavailable
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.storage.engine import migrate, schema
from argosy.infrastructure.storage.engine.database import libpq_url

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


EARLIER = (
    "ALTER TABLE actions DROP COLUMN change_id",
    "ALTER TABLE marks DROP CONSTRAINT pk_marks, DROP COLUMN mode; "
    "ALTER TABLE marks ADD CONSTRAINT pk_marks PRIMARY KEY (venue, symbol)",
    "ALTER TABLE actions DROP COLUMN label",
    "DROP TABLE venue_documents",
    "ALTER TABLE notices DROP COLUMN told, DROP COLUMN position, DROP COLUMN delivered_to, DROP COLUMN folded",
    "ALTER TABLE equity_levels DROP COLUMN capital; DROP TABLE venue_baselines",
    "DROP TRIGGER capital_shares_fit ON capital_shares; DROP FUNCTION argosy_shares_fit(); "
    "ALTER TABLE capital_shares DROP COLUMN workflow_weight; DROP INDEX ix_emergency_changes_due; "
    "ALTER TABLE emergency_changes DROP COLUMN announced",
)
"""What 0003 did not make yet, from its newest earlier version to its first."""

ROWS = """
INSERT INTO marks (venue, symbol, price, currency, rate, at) VALUES ('v', 's', 1, 'USD', 1, now());
INSERT INTO equity_levels (scope, mode, high_water, day, day_start_equity, updated_at) VALUES
    ('platform', 'paper', 120, '2026-01-01', 110, now()), ('bot:b', 'paper', 12, '2026-01-01', 11, now());
INSERT INTO equity_points
    (scope, mode, at, capital, cash, equity, realised, unrealised, fees, high_water, drawdown)
    VALUES ('platform', 'paper', now(), 100, 1, 1, 1, 1, 1, 1, 0);
"""


@pytest.mark.parametrize("versions", range(len(EARLIER) + 1))
def test_a_database_of_an_earlier_0003_is_mended(bare_url: str, versions: int) -> None:
    migrate.upgrade(bare_url, "0003")
    first = versions == len(EARLIER)
    with psycopg.connect(libpq_url(bare_url), autocommit=True) as connection:
        for script in (*EARLIER[:versions], *([ROWS] if first else [])):
            connection.execute(script)
    assert migrate.upgrade(bare_url) == migrate.head()
    assert migrate.check(bare_url) == []
    if first:
        with psycopg.connect(libpq_url(bare_url)) as connection:
            rows = connection.execute("SELECT scope, capital FROM equity_levels ORDER BY scope").fetchall()
            assert rows == [("bot:b", 11), ("platform", 100)]
            assert connection.execute("SELECT count(*) FROM marks").fetchone() == (0,)


def test_an_upgrade_never_says_done_of_a_database_that_differs(bare_url: str) -> None:
    migrate.upgrade(bare_url)
    with psycopg.connect(libpq_url(bare_url), autocommit=True) as connection:
        connection.execute("ALTER TABLE actions DROP COLUMN label; DROP TABLE venue_documents CASCADE")
        connection.execute("DROP INDEX ix_runs_newest; DROP TRIGGER audit_log_append_only ON audit_log")
        connection.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only")
    with pytest.raises(Conflict, match="argosy db repair") as caught:
        migrate.upgrade(bare_url)
    for name in ("label", "venue_documents", "ix_runs_newest", "audit_log_append", "ledger_entries_append"):
        assert name in str(caught.value)
    assert len(migrate.repair(bare_url)) == 5
    assert migrate.check(bare_url) == []
    assert migrate.upgrade(bare_url) == migrate.head()
    assert migrate.repair(bare_url) == []


def test_what_cannot_be_added_is_refused_with_another_remedy(bare_url: str) -> None:
    migrate.upgrade(bare_url)
    with psycopg.connect(libpq_url(bare_url), autocommit=True) as connection:
        connection.execute("ALTER TABLE bots ALTER COLUMN name TYPE integer USING 0")
    for attempt in (migrate.upgrade, migrate.repair):
        with pytest.raises(Conflict, match="restore a backup"):
            attempt(bare_url)


def test_what_somebody_added_is_in_nobodys_way(bare_url: str) -> None:
    migrate.upgrade(bare_url)
    with psycopg.connect(libpq_url(bare_url), autocommit=True) as connection:
        connection.execute("CREATE TABLE mine (n int); CREATE INDEX ix_mine ON bots (name)")
        connection.execute("ALTER TABLE bots ADD COLUMN remark text")
    assert migrate.upgrade(bare_url) == migrate.head()
    assert len(migrate.check(bare_url)) == 3, "the check tells of them all the same"


def test_every_trigger_of_the_migrations_is_known(bare_url: str) -> None:
    migrate.upgrade(bare_url)
    with psycopg.connect(libpq_url(bare_url)) as connection:
        rows = connection.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal").fetchall()
    assert {name for (name,) in rows} == set(schema.TRIGGERS)


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
