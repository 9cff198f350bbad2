"""Direct delivery of messages into a queue of the broker."""

from __future__ import annotations

from redis.exceptions import RedisError

from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections


def push(redis_url: str, queue: str, message: bytes, *, urgent: bool = False) -> None:
    """Push a message into a queue, without kombu.

    kombu keeps the bindings of queues in Redis. After a loss of Redis it would silently put messages into a queue
    without readers. Workers take from the right end; an urgent message goes there.

    Raises Unavailable within about two seconds.
    """
    try:
        client = connections.client(redis_url, hasty=True)
        if urgent:
            client.rpush(queue, message)
        else:
            client.lpush(queue, message)
    except RedisError as error:
        raise Unavailable("the broker does not take the message", found=f"{queue}: {error}") from error
