"""The word after a deed: what is saved stays saved when nobody can be told of it."""

from __future__ import annotations

from redis.exceptions import RedisError

from argosy.core.event import Event
from argosy.core.ports import EventBus
from argosy.errors import ArgosyError


def announce(events: EventBus, event: Event | None) -> str | None:
    """Publishes what is committed already; None for the event: there is nothing to tell.

    Returns a warning for whoever asked for the change when it could not be told, never an error.
    """
    if event is None:
        return None
    try:
        events.publish(event)
    except (ArgosyError, RedisError) as error:
        return f"saved, and in force; open pages have not heard of it and show it when they are loaded again ({error})"
    return None
