"""Clocks that can be set while time goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from argosy.core.clock import DrivenClock


class SettableClock(DrivenClock):
    """Driven clock whose wall time can be set, also back; monotonic time is not affected."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._set_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self._set_by

    def now_ms(self) -> int:
        from argosy.core.clock import to_ms

        return to_ms(self.now())

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back."""
        self._set_by += timedelta(seconds=seconds)


class ServerClock(SettableClock):
    """Clock of a server whose scripts take their time from `monotonic`.

    Setting the wall clock back therefore moves `monotonic` back as well. It begins at a whole second: scripts keep
    thousandths of a millisecond, so a bucket may fill a microsecond late otherwise.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__(start.replace(microsecond=0))

    def monotonic(self) -> float:
        return self.now().timestamp()
