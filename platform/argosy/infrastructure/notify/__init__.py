"""Messages to people: what is told, in which words, and that it arrives."""

from __future__ import annotations

from argosy.infrastructure.notify.notifier import EventNotifier

__all__ = ["EventNotifier"]
