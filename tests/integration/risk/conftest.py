"""A database with one bot, and what else risk needs of real servers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from argosy.core.clock import DrivenClock
from argosy.infrastructure.risk.limits import KnownScopes, LimitService
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.database import Database

NOW = datetime(2026, 2, 2, 11, 0, tzinfo=UTC)
BOT = {
    "id": "bot",
    "name": "Bot",
    "kind": "bot",
    "schema": 1,
    "nodes": [
        {"id": "up", "type": "strategy", "params": {"strategy": "s"}, "position": {"x": 0, "y": 0}},
        {"id": "other", "type": "core.constant", "params": {"value": 1}, "position": {"x": 0, "y": 0}},
    ],
    "edges": [],
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """With the bot b1: 1000 USD, paper, one strategy `up`."""
    database = Database(database_url)
    saved = database.run(workflows.save(BOT, "test"))
    database.run(
        bots.save(
            id="b1",
            name="B",
            domain="trading",
            workflow_id=saved.workflow_id,
            workflow_digest=saved.digest,
            capital=Decimal(1000),
        )
    )
    yield database
    database.close()


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(NOW)


@pytest.fixture
def desk(clock: DrivenClock) -> LimitService:
    return LimitService(clock, lambda: KnownScopes({"trading"}, {"kraken"}))
