"""Deadline for a call to a venue to leave this process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from argosy.core.clock import Clock
from argosy.errors import NeverSent


@dataclass(frozen=True, slots=True)
class SendDeadline:
    """Deadline set when an action begins; adapters check it right before they send.

    Both clocks must allow the call. The monotonic clock stops while the machine sleeps, and the wall clock can be
    set. A step of the wall clock can refuse a call, and never extends the deadline.
    """

    clock: Clock
    began: datetime
    wall_end: datetime
    monotonic_end: float

    @classmethod
    def from_now(cls, clock: Clock, seconds: float) -> SendDeadline:
        """Return a deadline `seconds` ahead on both clocks."""
        now = clock.now()
        return cls(clock, now, now + timedelta(seconds=seconds), clock.monotonic() + seconds)

    @property
    def is_passed(self) -> bool:
        if self.clock.monotonic() > self.monotonic_end:
            return True
        return not self.began <= self.clock.now() <= self.wall_end

    def check(self) -> None:
        """Raise NeverSent if the deadline has passed; the caller must then send nothing."""
        if self.is_passed:
            raise NeverSent(
                "the action is not sent: this process stood still for too long after the action began",
                expected=f"the call to leave by {self.wall_end.isoformat(timespec='milliseconds')}",
                found=self.clock.now().isoformat(timespec="milliseconds"),
            )

    def extended(self, seconds: float) -> SendDeadline:
        """Return the deadline `seconds` later, for a wait that is part of the call itself."""
        return replace(
            self,
            wall_end=self.wall_end + timedelta(seconds=seconds),
            monotonic_end=self.monotonic_end + seconds,
        )


def check(deadline: SendDeadline | None) -> None:
    """Check the deadline if there is one; a call without a deadline may always be sent."""
    if deadline is not None:
        deadline.check()
