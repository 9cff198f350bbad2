"""Notifications as events: whoever watches (dashboard, CLI, log) sees them."""

from __future__ import annotations

from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.ports import EventBus


class EventNotifier:
    """Implements the port Notifier by publishing `notify` events."""

    def __init__(self, events: EventBus, clock: Clock) -> None:
        self._events = events
        self._clock = clock

    def notify(self, title: str, body: str, *, level: str = "info") -> None:
        self._events.publish(
            Event(
                type="notify",
                timestamp=self._clock.now_ms(),
                data={"title": title, "body": body, "level": level},
            )
        )
