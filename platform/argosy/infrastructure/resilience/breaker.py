"""Circuit breakers: their values, their port, and the guard around a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from loguru import logger

from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.ports import EventBus
from argosy.errors import ArgosyError, BadReply, CircuitOpen, UnknownOutcome, VenueError, VenueUnavailable


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """Thresholds and times of a circuit breaker.

    `failures` in a row open it, none further than `window_s` from the last. It stays open for `open_s`
    seconds. Each failed probe doubles this time, up to `open_max_s`. A probe without an outcome for `probe_s`
    seconds (its process died) makes room for another.
    """

    failures: int = 5
    window_s: float = 60.0
    open_s: float = 10.0
    open_max_s: float = 300.0
    probe_s: float = 30.0


DEFAULT_POLICY = BreakerPolicy()


@dataclass(frozen=True, slots=True)
class CallPermit:
    """Permission for one call; `token` is set for the probe of a half-open breaker."""

    name: str
    epoch: int
    failures: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """State of a breaker.

    `epoch` rises with each change of state.
    `retry_after_s` is the time in seconds for which calls are still refused.
    """

    name: str
    state: BreakerState
    epoch: int = 0
    failures: int = 0
    retry_after_s: float = 0.0


class Breakers(Protocol):
    """Circuit breakers by name, shared by all users of one store (with Redis: by all workers)."""

    def enter(self, name: str) -> CallPermit:
        """Return permission for a call.

        Raises CircuitOpen while the breaker is open. Raises CircuitOpen for a half-open breaker while another
        probe has no outcome.
        """
        ...

    def success(self, permit: CallPermit) -> None: ...

    def failure(self, permit: CallPermit) -> None: ...

    def release(self, permit: CallPermit) -> None:
        """Return a permission unused: the call shows nothing about the venue's health.

        Argosy itself refused the call, for example. A probe becomes free again.
        """
        ...

    def status(self, name: str) -> BreakerStatus: ...

    def statuses(self) -> list[BreakerStatus]:
        """Return the status of every breaker that was ever used, sorted by name."""
        ...

    def reset(self, name: str) -> None:
        """Close a breaker by hand."""
        ...


OnChange = Callable[[BreakerStatus], None]
_FAILURES = (VenueUnavailable, UnknownOutcome, BadReply)


@contextmanager
def guard_call(breakers: Breakers, name: str) -> Iterator[None]:
    """Run the body as one call, and report its outcome to the breaker.

    No answer, an unreadable answer and a 5xx are failures. A refusal (401, 404, 429, a rejected order) comes
    from a working venue and is a success. Any other error, also one of Argosy itself, is neither.
    """
    permit = breakers.enter(name)
    try:
        yield
    except _FAILURES:
        _tell(breakers.failure, permit)
        raise
    except VenueError:
        _tell(breakers.success, permit)
        raise
    except BaseException:
        _tell(breakers.release, permit)
        raise
    _tell(breakers.success, permit)


def _tell(report: Callable[[CallPermit], None], permit: CallPermit) -> None:
    # The call is over: an unreachable store must not hide the call's outcome.
    try:
        report(permit)
    except ArgosyError as error:
        logger.warning("circuit breaker {} could not record the result of a call: {}", permit.name, error)


def refusal(status: BreakerStatus) -> CircuitOpen:
    """Return the error for a refused call."""
    probing = status.state is BreakerState.HALF_OPEN
    return CircuitOpen(
        f"calls to {status.name} are refused for a while after repeated failures",
        found="one probe is out" if probing else f"the breaker open for another {status.retry_after_s:.3g} s",
        remedy="it closes by itself once the venue answers again",
        name=status.name,
        state=status.state.value,
        retry_after_s=status.retry_after_s,
    )


def announcer(bus: EventBus, clock: Clock) -> OnChange:
    """Return a callback that publishes every change of state as a `breaker` event."""

    def announce(status: BreakerStatus) -> None:
        data = {
            "name": status.name,
            "state": status.state.value,
            "failures": status.failures,
            "retryAfterS": status.retry_after_s,
        }
        bus.publish(Event(type="breaker", timestamp=clock.now_ms(), data=data))

    return announce
