"""Requests to the workers without Celery: messages in its format in the control queue."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import uuid4

from argosy.core.clock import Clock, from_ms, to_ms
from argosy.infrastructure import redis as connections
from argosy.infrastructure.state.envelope import control
from argosy.infrastructure.state.queue import push

CONTROL_QUEUE = "argosy.control"
RUN_BOT = "argosy.run_bot"
ENFORCE = "argosy.enforce_emergency"
_ENFORCE_WITHIN_S = 30.0


class RedisDispatcher:
    """Implementation of the port Dispatcher."""

    def __init__(self, redis_url: str, clock: Clock) -> None:
        self._redis_url = redis_url
        self._clock = clock

    def run_bot(self, bot_id: str, *, trigger: str = "manual", due: datetime | None = None) -> str:
        due_ms = None if due is None else to_ms(due)
        run_id = new_run_id(bot_id, self._clock.now_ms(), due_ms)
        connections.client(self._redis_url).lpush(
            CONTROL_QUEUE,
            control(RUN_BOT, [bot_id, due_ms, trigger, run_id], tag=f"start.{run_id}", queue=CONTROL_QUEUE),
        )
        return run_id

    def enforce(self, epoch: int) -> None:
        """Request the workers to enforce a change of emergency states.

        The guard repeats the request in any case.
        """
        self.send(ENFORCE, [epoch], queue=CONTROL_QUEUE, expires_s=_ENFORCE_WITHIN_S, urgent=True)

    def send(
        self, name: str, arguments: list[object], *, queue: str, expires_s: float, urgent: bool = False
    ) -> None:
        """Send a task that must not start after `expires_s` seconds; raise Unavailable.

        An urgent task precedes the whole backlog of the queue.
        """
        expires = from_ms(self._clock.now_ms() + int(expires_s * 1000)).isoformat()
        message = control(name, arguments, tag=f"{name}.{uuid4().hex}", queue=queue, expires=expires)
        push(self._redis_url, queue, message, urgent=urgent)

    def later(self, run_id: str, arguments: list[object], *, delay_s: float) -> None:
        """Request a run again later, by a delayed delivery that the workers pump."""
        at_ms = self._clock.now_ms() + int(delay_s * 1000)
        message = control(RUN_BOT, arguments, tag=f"start.{run_id}.{at_ms}", queue=CONTROL_QUEUE)
        connections.client(self._redis_url).zadd(
            f"{connections.PREFIX}delayed", {f"{CONTROL_QUEUE}\n".encode() + message: at_ms}
        )


def new_run_id(bot_id: str, now_ms: int, due_ms: int | None) -> str:
    """Return the run id: one per tick, so a tick delivered twice starts one run.

    A manual run gets a random id.
    """
    if due_ms is not None:
        return f"{bot_id}-{due_ms}"
    return f"{bot_id}-{now_ms}-{secrets.token_hex(2)}"
