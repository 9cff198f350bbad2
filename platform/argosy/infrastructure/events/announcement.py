"""Announce a committed change: it stays committed if the announcement fails."""

from __future__ import annotations

from redis.exceptions import RedisError

from argosy.core.event import Event
from argosy.core.ports import EventBus
from argosy.errors import ArgosyError


def announce(events: EventBus, event: Event | None) -> str | None:
    """Publish the event of a committed change; do nothing if `event` is None.

    Returns a warning for the requester if publishing fails, never an error.
    """
    if event is None:
        return None
    try:
        events.publish(event)
    except (ArgosyError, RedisError) as error:
        return f"saved, and in force; open pages have not heard of it and show it when they are loaded again ({error})"
    return None
