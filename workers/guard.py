"""The guard's round and what emergency changes entail, as tasks."""

from __future__ import annotations

from typing import cast

from celery import shared_task
from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.emergency import PLATFORM_SCOPE
from argosy.infrastructure import redis as connections
from argosy.infrastructure.notify.heartbeat import Heartbeat
from workers.process import runtime
from workers.turns import take_turn

_heartbeat: tuple[Runtime, Heartbeat] | None = None
_LEASE_MS = 60_000
"""One worker enforces a change at a time; another may after so long. Twice at once would do no harm, only work."""


@shared_task(name="argosy.guard", ignore_result=True)
def guard() -> None:
    """One look at everything; harmless when two happen at once. A look that failed sends no heartbeat."""
    ports = runtime()
    ports.guard.round()
    heartbeat_of(ports).beat(ports.flags.effective([PLATFORM_SCOPE]).state)


def heartbeat_of(ports: Runtime) -> Heartbeat:
    """One a process: it has at most one call under way."""
    global _heartbeat
    if _heartbeat is None or _heartbeat[0] is not ports:
        client = connections.client(ports.endpoints.redis_url)

        def turn(turn_ms: int) -> bool:
            return take_turn(client, f"{connections.PREFIX}heartbeat", ports.owner, turn_ms)

        _heartbeat = (ports, Heartbeat(ports.settings.heartbeat, ports.clock, turn=turn))
    return _heartbeat[1]


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
