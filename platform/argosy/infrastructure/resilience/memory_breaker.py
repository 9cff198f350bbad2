"""Circuit breakers inside one process, equal to the Redis ones."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass

from argosy.core.clock import Clock
from argosy.infrastructure.resilience.breaker import (
    DEFAULT_POLICY,
    BreakerPolicy,
    BreakerState,
    BreakerStatus,
    CallPermit,
    OnChange,
    refusal,
)


@dataclass(slots=True)
class _Breaker:
    state: BreakerState = BreakerState.CLOSED
    epoch: int = 0
    failures: int = 0
    last_failure: float = 0.0
    until: float = 0.0
    open_for: float = 0.0
    probe: str = ""
    probe_ends: float = 0.0


class MemoryBreakers:
    """Circuit breakers in memory, on the clock's monotonic time; safe for threads.

    `on_change` receives each new state.
    """

    def __init__(
        self, clock: Clock, policy: BreakerPolicy = DEFAULT_POLICY, on_change: OnChange | None = None
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._on_change = on_change
        self._lock = threading.Lock()
        self._breakers: dict[str, _Breaker] = {}
        self._tokens = itertools.count(1)

    def enter(self, name: str) -> CallPermit:
        with self._lock:
            breaker, now = self._find(name), self._clock.monotonic()
            if breaker.state is BreakerState.CLOSED:
                return CallPermit(name, breaker.epoch, breaker.failures)
            due = (
                now >= breaker.until
                if breaker.state is BreakerState.OPEN
                else not breaker.probe or now >= breaker.probe_ends
            )
            if not due:
                raise refusal(self._status(name, breaker))
            changed = breaker.state is BreakerState.OPEN
            if changed:
                self._move(breaker, BreakerState.HALF_OPEN)
            breaker.probe = str(next(self._tokens))
            breaker.probe_ends = now + self._policy.probe_s
            permit = CallPermit(name, breaker.epoch, breaker.failures, breaker.probe)
            status = self._status(name, breaker)
        self._announce(changed, status)
        return permit

    def success(self, permit: CallPermit) -> None:
        if not (permit.token or permit.failures):
            return  # as in Redis: a call begun before any failure shows nothing about later ones
        with self._lock:
            breaker = self._find(permit.name)
            changed = self._is_probe(breaker, permit)
            if changed:
                self._move(breaker, BreakerState.CLOSED)
            if breaker.state is BreakerState.CLOSED and (changed or breaker.epoch == permit.epoch):
                breaker.failures = 0
            status = self._status(permit.name, breaker)
        self._announce(changed, status)

    def failure(self, permit: CallPermit) -> None:
        with self._lock:
            breaker, now, policy = self._find(permit.name), self._clock.monotonic(), self._policy
            changed = self._is_probe(breaker, permit)
            if changed:
                breaker.failures += 1
                breaker.open_for = min(breaker.open_for * 2, policy.open_max_s)
            elif breaker.state is BreakerState.CLOSED and breaker.epoch == permit.epoch:
                if now - breaker.last_failure > policy.window_s:
                    breaker.failures = 0
                breaker.failures += 1
                breaker.last_failure = now
                breaker.open_for = policy.open_s
                changed = breaker.failures >= policy.failures
            if changed:
                self._move(breaker, BreakerState.OPEN)
                breaker.until = now + breaker.open_for
            status = self._status(permit.name, breaker)
        self._announce(changed, status)

    def release(self, permit: CallPermit) -> None:
        with self._lock:
            breaker = self._find(permit.name)
            if self._is_probe(breaker, permit):
                breaker.probe = ""

    def status(self, name: str) -> BreakerStatus:
        with self._lock:
            return self._status(name, self._breakers.get(name) or _Breaker())

    def statuses(self) -> list[BreakerStatus]:
        with self._lock:
            return [self._status(name, breaker) for name, breaker in sorted(self._breakers.items())]

    def reset(self, name: str) -> None:
        with self._lock:
            breaker = self._find(name)
            changed = breaker.state is not BreakerState.CLOSED
            if changed:
                self._move(breaker, BreakerState.CLOSED)
            breaker.failures = 0
            status = self._status(name, breaker)
        self._announce(changed, status)

    def _find(self, name: str) -> _Breaker:
        return self._breakers.setdefault(name, _Breaker())

    @staticmethod
    def _is_probe(breaker: _Breaker, permit: CallPermit) -> bool:
        return (
            breaker.state is BreakerState.HALF_OPEN and bool(permit.token) and permit.token == breaker.probe
        )

    @staticmethod
    def _move(breaker: _Breaker, state: BreakerState) -> None:
        breaker.state = state
        breaker.epoch += 1
        breaker.probe = ""

    def _status(self, name: str, breaker: _Breaker) -> BreakerStatus:
        end = {BreakerState.OPEN: breaker.until, BreakerState.HALF_OPEN: breaker.probe_ends}.get(
            breaker.state
        )
        left = 0.0 if end is None else max(0.0, end - self._clock.monotonic())
        return BreakerStatus(name, breaker.state, breaker.epoch, breaker.failures, left)

    def _announce(self, changed: bool, status: BreakerStatus) -> None:
        if changed and self._on_change is not None:
            self._on_change(status)
