"""Engines on real servers: one for each test that kills, one for each pool that others share."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import databases
from support.engine import Engine, engine

from argosy.infrastructure.servers import EmbeddedServers


@pytest.fixture
def stack(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An engine of the test's own; it starts the workers it wants."""
    with engine(redis_url, database_url, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def module_database_url(servers: EmbeddedServers, migrated_template: str) -> str:
    name = f"engine_{secrets.token_hex(4)}"
    return databases.copy(servers, migrated_template, name)


@pytest.fixture(scope="module", params=["solo", "threads", "prefork"])
def pooled(
    request: pytest.FixtureRequest, module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine with one worker of each pool in turn, shared by the module's tests."""
    yield from _shared(request.param, module_database_url, tmp_path_factory.mktemp("pooled"))


@pytest.fixture(scope="module")
def solo(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with one solo worker, shared by the module's tests."""
    yield from _shared("solo", module_database_url, tmp_path_factory.mktemp("solo"))


def _shared(pool: str, database_url: str, folder: Path) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="argosy-") as home:
        servers = EmbeddedServers(Path(home), durable=False)
        servers.valkey.start()
        try:
            with engine(servers.valkey.url, database_url, folder) as made:
                made.start(pool)
                yield made
        finally:
            servers.stop()
