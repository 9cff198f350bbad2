"""Messages to people: their occasions, their texts and their delivery."""

from __future__ import annotations

from argosy.infrastructure.notify.notifier import EventNotifier

__all__ = ["EventNotifier"]
