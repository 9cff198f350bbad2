"""Publish notifications as events for dashboard, CLI and log."""

from __future__ import annotations

from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.ports import EventBus


class EventNotifier:
    """Notifier that publishes `notify` events; implements the port Notifier."""

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
