"""Tasks for the guard's round and for the enforcement of emergency changes."""

from __future__ import annotations

from typing import cast

from celery import shared_task
from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.scope import PLATFORM_SCOPE
from argosy.infrastructure import redis as connections
from argosy.infrastructure.notify.heartbeat import OutsideHeartbeat
from workers.process import runtime
from workers.turns import take_turn

_heartbeat: tuple[Runtime, OutsideHeartbeat] | None = None
_LEASE_MS = 60_000
"""Time in ms after which another worker may enforce a change.

Enforcement by two workers at once does no harm, but costs extra work.
"""


@shared_task(name="argosy.guard", ignore_result=True)
def guard() -> None:
    """Run one round of the guard; two rounds at once are safe.

    A failed round sends no heartbeat.
    """
    ports = runtime()
    ports.guard.round()
    heartbeat_of(ports).beat(ports.flags.effective([PLATFORM_SCOPE]).state)


def heartbeat_of(ports: Runtime) -> OutsideHeartbeat:
    """Return this process's heartbeat sender, which makes at most one call at a time."""
    global _heartbeat
    if _heartbeat is None or _heartbeat[0] is not ports:
        client = connections.client(ports.endpoints.redis_url)

        def turn(turn_ms: int) -> bool:
            return take_turn(client, f"{connections.PREFIX}heartbeat", ports.owner, turn_ms)

        _heartbeat = (ports, OutsideHeartbeat(ports.settings.heartbeat, ports.clock, turn=turn))
    return _heartbeat[1]


@shared_task(name="argosy.enforce_emergency", ignore_result=True)
def enforce_emergency(epoch: int) -> None:
    """Cancel orders, stop runs and sell positions for the change of this epoch.

    The guard sends the task again until the change is enforced.
    """
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
