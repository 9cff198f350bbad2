"""A courier on real servers with a driven clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from argosy.core.clock import DrivenClock
from argosy.infrastructure.config.sections import NotifySettings
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.notify.dispatcher import NotificationDispatcher
from argosy.infrastructure.notify.outbox import Outbox
from argosy.infrastructure.notify.receivers import receivers_of
from argosy.infrastructure.resilience.redis_limits import RedisRateLimiter
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import notices
from argosy.infrastructure.storage.safety.notices import NoticeRecord

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Post:
    """Outbox, courier and what is in the table."""

    database: Database
    redis_url: str
    clock: DrivenClock
    events: RedisEventBus

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.database, self.clock)

    def courier(
        self, urls: Sequence[str], *, lease_s: float = 120.0, **settings: Any
    ) -> NotificationDispatcher:
        chosen = NotifySettings(urls=tuple(SecretStr(url) for url in urls), **settings)
        found = receivers_of(chosen.urls)
        limiter = RedisRateLimiter(self.redis_url, clock=self.clock)
        return NotificationDispatcher(
            self.database, limiter, lambda: found, self.events, self.clock, chosen, lease_s=lease_s
        )

    def all(self) -> list[NoticeRecord]:
        """Oldest first."""
        return self.database.run(notices.newest(10_000))[::-1]

    def one(self) -> NoticeRecord:
        (found,) = self.all()
        return found


@pytest.fixture
def post(database_url: str, redis_url: str) -> Iterator[Post]:
    database = Database(database_url)
    yield Post(database, redis_url, DrivenClock(START), RedisEventBus(redis_url))
    database.close()
