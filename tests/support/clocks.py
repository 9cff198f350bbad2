"""Clocks that are set while time goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from argosy.core.clock import DrivenClock


class SettableClock(DrivenClock):
    """A driven clock whose wall time can be set, back as well; the monotonic time does not notice."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._set_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self._set_by

    def now_ms(self) -> int:
        from argosy.core.clock import to_ms

        return to_ms(self.now())

    def step(self, seconds: float) -> None:
        """Sets the wall clock forward or back."""
        self._set_by += timedelta(seconds=seconds)


class ServerClock(SettableClock):
    """Stands for a server's wall clock where scripts take their time from `monotonic`: it goes back as well."""

    def monotonic(self) -> float:
        return self.now().timestamp()
