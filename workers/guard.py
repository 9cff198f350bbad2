"""The guard's round and what emergency changes entail, as tasks."""

from __future__ import annotations

from typing import cast

from celery import shared_task
from loguru import logger

from argosy.infrastructure import redis as connections
from workers.process import runtime
from workers.turns import take_turn

_LEASE_MS = 60_000
"""One worker enforces a change at a time; another may after so long. Twice at once would do no harm, only work."""


@shared_task(name="argosy.guard", ignore_result=True)
def guard() -> None:
    """One look at everything; harmless when two happen at once."""
    runtime().guard.round()


@shared_task(name="argosy.enforce_emergency", ignore_result=True)
def enforce_emergency(epoch: int) -> None:
    """Cancels, stops and sells what the change of this epoch asks for; the guard asks again until it is done."""
    ports = runtime()
    client = connections.client(ports.endpoints.redis_url)
    lease = f"{connections.PREFIX}enforcing:{epoch}"
    if not take_turn(client, lease, ports.owner, _LEASE_MS):
        logger.debug("epoch {} is being enforced by {}", epoch, cast("bytes | None", client.get(lease)))
        return
    try:
        ports.enforcer.enforce(epoch)
    finally:
        client.delete(lease)
