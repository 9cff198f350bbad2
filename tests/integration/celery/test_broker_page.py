"""Flower's page of queues where the broker is a socket."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest
from flower.utils import broker
from support.valkey import own_valkey

from argosy.infrastructure import redis as connections
from argosy.infrastructure.redis_address import parse_redis_url
from workers.broker_page import read_socket

pytestmark = pytest.mark.integration


def test_queues_of_the_database_and_user_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "RedisSocket", broker.RedisSocket)
    with own_valkey("--user", *["me", "on", ">pw", "~*", "&*", "+@all"]) as server:
        url = f"unix://me:pw@/{quote(str(server.socket)).lstrip('/')}?db=3"
        connections.client(url).lpush("argosy.quick", "a", "b")
        read_socket(url)
        page = broker.Broker(parse_redis_url(url).celery_settings("x")["broker_url"])
        assert asyncio.run(page.queues(["argosy.quick"])) == [{"name": "argosy.quick", "messages": 2}]
