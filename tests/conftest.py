"""Fixtures every test folder shares: the recorded data and the embedded real servers."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, settings
from loguru import logger
from support import databases
from support.ending import pytest_configure, pytest_sessionstart  # noqa: F401 - hooks
from support.forked import end_nurseries
from support.parallel import (  # noqa: F401 - hooks
    pytest_collection_modifyitems,
    pytest_runtest_protocol,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)

from argosy.core.actions.action_spec import register
from argosy.domains.trading.action_kinds import ACTION_SPECS
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.servers.rootless import remove_orphans

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "argosy_template"
FOR_TESTS = {"ARGOSY_DATA", "ARGOSY_REQUIRE_DATA"}
_serial = itertools.count(1)
register(*ACTION_SPECS)  # processes of the platform get them with the domains

# Settings of whoever runs the tests must not reach them, nor may their stack.
for _name in [name for name in os.environ if name.startswith("ARGOSY_") and name not in FOR_TESTS]:
    del os.environ[_name]

# How long an example or its making takes says more of what else the machine does than of the code; the same in CI.
settings.register_profile(
    "argosy",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("argosy")


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded real data: ARGOSY_DATA, else `shared/data` beside the repository."""
    folder = Path(os.environ.get("ARGOSY_DATA") or ROOT.parent / "shared" / "data")
    if folder.is_dir():
        return folder
    reason = f"no recorded data: expected the folder {folder}; set ARGOSY_DATA to where it is"
    if os.environ.get("ARGOSY_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def no_data_of_homes_that_are_gone() -> Iterator[None]:
    """Root's PostgreSQL keeps its data outside of the home: who removes a home of a test leaves them behind."""
    yield
    if os.geteuid() == 0:
        remove_orphans()


@pytest.fixture(scope="session", autouse=True)
def nurseries_end_with_the_session() -> Iterator[None]:
    yield
    end_nurseries()


@pytest.fixture(autouse=True)
def no_test_starts_the_threads_of_a_worker() -> Iterator[None]:
    """They would work on through all later tests of the process, and end it when it stands still."""
    yield
    assert "argosy-keeper" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture(autouse=True)
def the_log_of_a_command_ends_with_its_test() -> Iterator[None]:
    """A command logs to the stderr that its test captures, which is closed when something is logged later."""
    yield
    logger.remove()
    logger.add(_to_the_stderr_of_then, level="WARNING")


def _to_the_stderr_of_then(message: str) -> None:
    sys.stderr.write(message)


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """One Valkey and one PostgreSQL for the whole session, tuned for speed, not for safety."""
    home = Path(tempfile.mkdtemp(prefix="argosy-"))
    servers = EmbeddedServers(home, durable=False)
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def redis_url(servers: EmbeddedServers) -> str:
    """An empty logical database of the session's Valkey (publish/subscribe is shared between them)."""
    url = servers.valkey.database_url(next(_serial) % 63 + 1)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def empty_database_url(servers: EmbeddedServers) -> str:
    """The maintenance database, for tests that make databases of their own."""
    return servers.postgres.database_url("postgres")


@pytest.fixture(scope="session")
def migrated_template(servers: EmbeddedServers) -> str:
    """Name of a database with all migrations applied, copied for each test that wants one."""
    from argosy.infrastructure.storage.engine import migrate

    databases.execute(servers, f'CREATE DATABASE "{TEMPLATE}" STRATEGY file_copy')
    migrate.upgrade(servers.postgres.database_url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(
    servers: EmbeddedServers, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty migrated database; a machine that stands still for seconds denies no action of this process."""
    monkeypatch.setattr("argosy.infrastructure.actions.gateway.LATEST_CALL_S", 60.0)
    with databases.fresh(servers, migrated_template) as url:
        yield url
