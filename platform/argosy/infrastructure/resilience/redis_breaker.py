"""Circuit breakers shared by all workers through Redis; each operation is one atomic script."""

from __future__ import annotations

import secrets
from typing import cast

from redis.exceptions import RedisError

from argosy.core.clock import Clock
from argosy.infrastructure import redis as connections
from argosy.infrastructure.redis import PREFIX
from argosy.infrastructure.resilience.breaker import (
    DEFAULT_POLICY,
    BreakerPolicy,
    BreakerState,
    BreakerStatus,
    CallPermit,
    OnChange,
    refusal,
)
from argosy.infrastructure.resilience.scripts import Scripts


class RedisBreakers:
    """Circuit breakers in Redis.

    The keys are `argosy:breaker:<name>`, the names are in the set `argosy:breakers`. The time is the server's
    unless a `clock` is given. All methods raise Unavailable when Redis does not answer.
    """

    def __init__(
        self,
        url: str,
        *,
        policy: BreakerPolicy = DEFAULT_POLICY,
        on_change: OnChange | None = None,
        prefix: str = PREFIX,
        clock: Clock | None = None,
    ) -> None:
        self._url = url
        self._scripts = Scripts(url, clock)
        self._policy = policy
        self._on_change = on_change
        self._prefix = prefix

    def enter(self, name: str) -> CallPermit:
        token = secrets.token_hex(8)
        granted, status = self._run("enter", name, token=token)
        if not granted:
            raise refusal(status)
        probe = token if status.state is BreakerState.HALF_OPEN else ""
        return CallPermit(name, status.epoch, status.failures, probe)

    def success(self, permit: CallPermit) -> None:
        # A successful call at a healthy venue, the common case, needs no second round trip.
        if permit.token or permit.failures:
            self._run("success", permit.name, permit.epoch, permit.token)

    def failure(self, permit: CallPermit) -> None:
        self._run("failure", permit.name, permit.epoch, permit.token)

    def release(self, permit: CallPermit) -> None:
        if permit.token:
            self._run("release", permit.name, permit.epoch, permit.token)

    def status(self, name: str) -> BreakerStatus:
        return self._run("status", name)[1]

    def statuses(self) -> list[BreakerStatus]:
        try:
            found = connections.client(self._url).smembers(f"{self._prefix}breakers")
        except RedisError as error:
            raise Scripts.unavailable(error) from error
        names = sorted(_text(name) for name in cast("set[bytes]", found))
        return [self.status(name) for name in names]

    def reset(self, name: str) -> None:
        self._run("reset", name)

    def _run(self, operation: str, name: str, epoch: int = 0, token: str = "") -> tuple[bool, BreakerStatus]:
        policy = self._policy
        granted, changed, state, now_epoch, failures, left_ms = self._scripts.run(
            "breaker",
            [f"{self._prefix}breaker:{name}", f"{self._prefix}breakers"],
            *(operation, name, epoch, token, policy.failures, policy.window_s * 1000),
            *(policy.open_s * 1000, policy.open_max_s * 1000, policy.probe_s * 1000),
        )
        status = BreakerStatus(name, BreakerState(_text(state)), now_epoch, failures, left_ms / 1000)
        if changed and self._on_change is not None:
            self._on_change(status)
        return bool(granted), status


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
