"""Connect to Redis (or Valkey): one client for each process and URL, safe across forks."""

from __future__ import annotations

import os
import threading

import redis
import redis.asyncio
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from argosy.infrastructure.redis_address import parse_redis_url

PREFIX = "argosy:"

_clients: dict[tuple[int, str, bool], redis.Redis] = {}
_lock = threading.Lock()


def client(url: str, *, hasty: bool = False) -> redis.Redis:
    """Return this process's shared synchronous client: pooled, thread-safe, with retries.

    A lost connection is retried for about 10 s, a `hasty` client's for about 2 s. Retrying a script whose
    answer was lost is safe: every script is idempotent for its token.
    """
    key = (os.getpid(), url, hasty)
    found = _clients.get(key)
    if found is None:
        with _lock:
            found = _clients.get(key)
            if found is None:
                address = parse_redis_url(url)
                found = redis.Redis.from_url(
                    address.client_url,
                    **address.ssl_options,
                    socket_timeout=1 if hasty else 10,
                    socket_connect_timeout=1 if hasty else 5,
                    health_check_interval=30,
                    retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.5), 1 if hasty else 12),
                    retry_on_error=[RedisConnectionError, RedisTimeoutError],
                )
                _clients[key] = found
    return found


def async_client(url: str) -> redis.asyncio.Redis:
    """Return a new asynchronous client, owned by the caller's event loop."""
    address = parse_redis_url(url)
    return redis.asyncio.Redis.from_url(
        address.client_url, **address.ssl_options, socket_connect_timeout=5, health_check_interval=30
    )


def probe_client(url: str, *, timeout_s: float = 1.0) -> redis.Redis:
    """Return a new synchronous client that fails within about `timeout_s` and never retries."""
    address = parse_redis_url(url)
    return redis.Redis.from_url(
        address.client_url,
        **address.ssl_options,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
