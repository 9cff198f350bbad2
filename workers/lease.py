"""Tells the keeper which messages this worker holds, so that it can renew the broker's lease on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celery import bootsteps

from workers.process import hold


class LeaseStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """Runs at every (re)connection of the consumer: each has a channel of its own."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, consumer: Any) -> None:
        qos = consumer.task_consumer.channel.qos

        def held() -> Iterable[str]:
            # The consumer's thread changes the dict while the keeper reads it.
            for _ in range(3):
                try:
                    return list(qos._delivered)
                except RuntimeError:
                    continue
            return []

        hold(held)

    def stop(self, consumer: Any) -> None:
        hold(tuple)
