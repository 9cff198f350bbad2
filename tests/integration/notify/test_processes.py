"""A courier that is killed, as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.engine import wait_for
from support.inbox import inbox

from argosy.bootstrap import Runtime
from argosy.core.clock import SystemClock
from argosy.infrastructure.config import Settings
from argosy.infrastructure.notify.outbox import Outbox
from argosy.infrastructure.servers import Endpoints
from workers import notices as tasks

from .conftest import Post

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]

COURIER = """
import sys
from pydantic import SecretStr
from argosy.core.clock import SystemClock
from argosy.infrastructure.config.sections import NotifySettings
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.notify.dispatcher import NotificationDispatcher
from argosy.infrastructure.notify.receivers import receivers_of
from argosy.infrastructure.resilience.redis_limits import RedisRateLimiter
from argosy.infrastructure.storage.engine.database import Database

url, redis_url, database_url = sys.argv[1:]
settings = NotifySettings(urls=(SecretStr(url),))
NotificationDispatcher(
    Database(database_url), RedisRateLimiter(redis_url), lambda: receivers_of(settings.urls),
    RedisEventBus(redis_url), SystemClock(), settings, lease_s=1.0,
).round()
"""


def test_a_courier_killed_between_sending_and_marking_has_the_message_sent_again(
    post: Post, database_url: str, redis_url: str
) -> None:
    post.clock.set(SystemClock().now())
    with inbox() as box:
        box.gate.clear()
        Outbox(post.database, SystemClock()).post("k", "t", "b")
        courier = subprocess.Popen(
            [sys.executable, "-c", COURIER, box.url, redis_url, database_url],
            env={**os.environ, "PYTHONPATH": str(ROOT / "platform")},
        )
        assert box.arrived.acquire(timeout=60), "the message is at the receiver"
        courier.kill()
        courier.wait(10)
        assert post.one().delivered_at is None
        box.gate.set()
        other = post.courier([box.url])

        def again() -> bool:
            post.clock.set(SystemClock().now())
            return other.round().delivered == 1

        wait_for(again, timeout_s=20, why="the lease of the dead courier ends")
        assert box.titles == ["t", "t"], "at least once"
        assert post.one().delivered_at is not None


def test_what_cannot_be_looked_at_keeps_no_message_back(
    post: Post, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO reconciliations (at, bot_id, mode, trigger, status, looked_up, settled, unsettled, differences) "
            "VALUES (now(), 'b', 'paper', 'beat', 'drift', 0, 0, 0, '{\"no\": \"list\"}')"
        )
    Outbox(post.database, SystemClock()).post("k", "t", "b")
    with inbox() as box:
        settings = Settings.model_validate({"notify": {"urls": [box.url]}})
        ports = Runtime(settings, Endpoints(redis_url=redis_url, database_url=database_url))
        monkeypatch.setattr(tasks, "runtime", lambda: ports)
        with pytest.raises(Exception, match="slice"):
            tasks.deliver_notices()
        ports.close()
        assert box.titles == ["t"]
