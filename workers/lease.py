"""Give `Keeper` this worker's unacknowledged messages, to renew the broker's lease on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celery import bootsteps
from loguru import logger

from workers.process import hold


class LeaseStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """Step at every connection and reconnection of the consumer: each has a channel of its own."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, consumer: Any) -> None:
        qos = consumer.task_consumer.channel.qos

        def held() -> Iterable[str]:
            # The consumer's thread may change the dict while `Keeper` reads it.
            for _ in range(3):
                try:
                    return list(qos._delivered)
                except RuntimeError:
                    continue
            return []

        hold(held)
        _survive_closing(qos)

    def stop(self, consumer: Any) -> None:
        hold(tuple)


def _survive_closing(qos: Any) -> None:
    """Keep the worker running when a channel to a lost server is closed.

    kombu 5.7 puts unacknowledged messages back when it closes a channel. Over a dead connection this raises
    an AttributeError, which Celery treats as unrecoverable. The messages come back by their visibility
    timeout.
    """
    restore = qos.restore_unacked

    def guarded(client: Any = None) -> None:
        try:
            restore(client)
        except Exception as error:  # noqa: BLE001 - any error of a dead connection is logged
            logger.warning("unacknowledged messages come back by their visibility timeout: {}", error)

    qos.restore_unacked = guarded
