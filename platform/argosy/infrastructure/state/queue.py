"""Messages straight into a queue of the broker."""

from __future__ import annotations

from redis.exceptions import RedisError

from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections


def push(redis_url: str, queue: str, message: bytes, *, urgent: bool = False) -> None:
    """Past kombu, which keeps in Redis which queue is bound where: after that is lost it would put every message
    into a queue that nobody reads, in silence. Workers take from the right: there an urgent message goes.
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
