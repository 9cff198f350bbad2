"""Deadline of an operation."""

from __future__ import annotations

from argosy.core.clock import Clock


class Deadline:
    """Countdown from `seconds` on the clock's monotonic time."""

    __slots__ = ("_clock", "_end")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self._end - self._clock.monotonic())

    @property
    def expired(self) -> bool:
        return self._clock.monotonic() >= self._end

    def cap(self, seconds: float) -> float:
        """Return `seconds`, or the seconds left if fewer."""
        return min(seconds, self.remaining())
