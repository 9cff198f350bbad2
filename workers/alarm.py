"""Alarms of the workers: logged, and published as events."""

from __future__ import annotations

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.event import Event


def raise_alarm(ports: Runtime, code: str, title: str, message: str) -> None:
    """Log an error and publish its alarm. `message`: what happened, the consequence, what to do."""
    logger.error(message)
    data = {"code": code, "level": "error", "title": title, "message": message}
    ports.events.publish(Event(type="alarm", timestamp=ports.clock.now_ms(), data=data))
