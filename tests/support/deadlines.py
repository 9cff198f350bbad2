"""Deadlines that pass after a number of checks instead of a time."""

from __future__ import annotations

from datetime import UTC, datetime

from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import DrivenClock
from argosy.errors import NeverSent


class PassesAfter(SendDeadline):
    """Deadline that allows so many checks and no more; `checks` counts them."""

    __slots__ = ("checks", "left")

    def __init__(self, allowed: int) -> None:
        made = SendDeadline.from_now(DrivenClock(datetime(2026, 11, 29, tzinfo=UTC)), 3.0)
        super().__init__(made.clock, made.began, made.wall_end, made.monotonic_end)
        object.__setattr__(self, "left", allowed)
        object.__setattr__(self, "checks", 0)

    @property
    def is_passed(self) -> bool:
        object.__setattr__(self, "checks", self.checks + 1)
        object.__setattr__(self, "left", self.left - 1)
        return self.left < 0

    def check(self) -> None:
        if self.is_passed:
            raise NeverSent("the deadline has passed")

    def extended(self, seconds: float) -> SendDeadline:
        return self
