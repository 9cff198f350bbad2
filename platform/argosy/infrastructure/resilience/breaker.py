"""Circuit breakers: the words, the port, and the guard around a call."""

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
    """`failures` in a row, none further than `window_s` from the last, open it.

    It stays open `open_s` seconds, doubled each time a probe fails up to `open_max_s`. A probe that says
    nothing for `probe_s` seconds (its process died) makes room for another.
    """

    failures: int = 5
    window_s: float = 60.0
    open_s: float = 10.0
    open_max_s: float = 300.0
    probe_s: float = 30.0


DEFAULT_POLICY = BreakerPolicy()


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call. `token` is set for the probe of a half-open breaker."""

    name: str
    epoch: int
    failures: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """`epoch` rises with each change of state; `retry_after_s` is how long it still refuses."""

    name: str
    state: BreakerState
    epoch: int = 0
    failures: int = 0
    retry_after_s: float = 0.0


class Breakers(Protocol):
    """Breakers by name, shared by everyone who uses the same store (the Redis one: by all workers)."""

    def enter(self, name: str) -> Permit:
        """Leave to call. Raises CircuitOpen while it is open or, half-open, while another probe is out."""
        ...

    def success(self, permit: Permit) -> None: ...

    def failure(self, permit: Permit) -> None: ...

    def release(self, permit: Permit) -> None:
        """The call said nothing about the venue's health (we refused it ourselves): a probe is given back."""
        ...

    def status(self, name: str) -> BreakerStatus: ...

    def statuses(self) -> list[BreakerStatus]:
        """All that were ever used, by name."""
        ...

    def reset(self, name: str) -> None:
        """Close it by hand."""
        ...


OnChange = Callable[[BreakerStatus], None]
_FAILURES = (VenueUnavailable, UnknownOutcome, BadReply)


@contextmanager
def guarded(breakers: Breakers, name: str) -> Iterator[None]:
    """Lets the call through and tells the breaker how it went.

    No answer, an unreadable one and a 5xx are failures. A refusal (401, 404, 429, a rejected order) is a
    venue that works. Anything else, an error of our own included, says nothing.
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


def _tell(report: Callable[[Permit], None], permit: Permit) -> None:
    # The call is over: a store that cannot be told must not hide how it went.
    try:
        report(permit)
    except ArgosyError as error:
        logger.warning("circuit breaker {} was not told of a call: {}", permit.name, error)


def refusal(status: BreakerStatus) -> CircuitOpen:
    """The error for a call that is not let through."""
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
    """Publishes every change of state as a `breaker` event."""

    def announce(status: BreakerStatus) -> None:
        data = {
            "name": status.name,
            "state": status.state.value,
            "failures": status.failures,
            "retryAfterS": status.retry_after_s,
        }
        bus.publish(Event(type="breaker", timestamp=clock.now_ms(), data=data))

    return announce
