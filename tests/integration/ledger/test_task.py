"""Beat sends a task that there is, and the task samples equity by the settings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.ledger import NOON

import beat_schedule
from argosy.bootstrap import Runtime
from argosy.core.clock import DrivenClock
from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import equity, ledger
from workers import failures, money

pytestmark = pytest.mark.integration


def test_equity_is_sampled_when_beat_says_so(
    database: Database, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.model_validate(
        {"money": {"timezone": "Asia/Tokyo"}, "redis_url": redis_url, "database_url": database_url}
    )
    ports = Runtime(settings, Endpoints(redis_url, database_url), clock=DrivenClock(NOON.replace(hour=20)))
    monkeypatch.setenv("ARGOSY_REDIS_URL", redis_url)
    monkeypatch.setenv("ARGOSY_DATABASE_URL", database_url)
    for module in (money, failures):  # their own would start a worker's threads in this process
        monkeypatch.setattr(module, "runtime", lambda: ports)
    database.run(ledger.ensure_capital("b", "trading", "paper", Decimal(100), "USD", NOON))
    from workers.app import make_app  # importing it reads the settings

    app = make_app(settings)
    app.loader.import_default_modules()
    app.tasks[beat_schedule.SAMPLE_EQUITY].apply(throw=True)
    level = database.run(equity.levels("paper"))["bot:b"]
    assert (level.day, level.day_start_equity) == ("2026-02-03", 100)
    ports.close()
