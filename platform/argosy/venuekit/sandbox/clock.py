"""The venue's own clock."""

from __future__ import annotations

from datetime import datetime

from argosy.core.clock import Clock, from_ms


class VenueClock:
    """Clock that runs `speed` times as fast as `base` from the moment it is made.

    With a speed other than 1 the venue's time departs from the machine's. Clients read it from `GET /time`.
    """

    def __init__(self, base: Clock, speed: float = 1.0) -> None:
        self._base = base
        self._origin_ms = base.now_ms()
        self._started = base.monotonic()
        self.speed = speed

    def now_ms(self) -> int:
        if self.speed == 1.0:
            return self._base.now_ms()
        return self._origin_ms + int((self._base.monotonic() - self._started) * 1000 * self.speed)

    def now(self) -> datetime:
        return from_ms(self.now_ms())

    def monotonic(self) -> float:
        return self._base.monotonic() * self.speed

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` of the venue's time."""
        self._base.sleep(seconds / self.speed)
