"""Result backend without subscriptions.

Celery 5.7 subscribes a process that launches a chord to one channel for each header task, without end. A
client that submits many tasks is subscribed likewise. No part of Argosy waits for results through the
backend: outcomes are in the run's state.
"""

from __future__ import annotations

from typing import Any

from celery.backends.redis import RedisBackend


class QuietRedisBackend(RedisBackend):  # type: ignore[misc]  # Celery ships no types
    """RedisBackend without subscriptions; chords still count and call their body."""

    def add_pending_result(self, result: Any, weak: bool = False, start_drainer: bool = True) -> Any:
        return result

    def on_task_call(self, producer: Any, task_id: str) -> None:
        return None
