"""Repair Flower's page of queues for a broker on a Redis socket.

Flower 2.2 ignores the user and the database of such a URL.
"""

from __future__ import annotations

from typing import Any

from flower.utils import broker

from argosy.infrastructure import redis as connections


def read_socket(redis_url: str) -> None:
    """Make Flower read the server and database of `redis_url` if the broker is a socket."""

    class Socket(broker.RedisBase):  # type: ignore[misc]  # Flower ships no types
        def __init__(self, broker_url: str, *args: Any, **kwargs: Any) -> None:
            super().__init__(broker_url, *args, **kwargs)
            self.redis = connections.async_client(redis_url)

    broker.RedisSocket = Socket
