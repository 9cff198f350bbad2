"""A database, and entries that say only what a test is about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from argosy.infrastructure.storage.engine.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool_size=8)
    yield database
    database.close()
