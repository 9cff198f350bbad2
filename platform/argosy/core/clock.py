"""The only source of now: real for processes, driven for tests and backtests."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

MOST_AHEAD_S = 5
"""How far the clocks of two machines may differ: what is dated further ahead is from a clock that was wrong."""


class Clock(Protocol):
    """What tells the time. Everything takes one; nothing asks the operating system itself."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    def now_ms(self) -> int:
        """Unix milliseconds of `now()`."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step back; only differences mean anything."""
        ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class DrivenClock:
    """A clock that moves only when told: `sleep` advances it at once."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("start must be an aware datetime")
        self._now = start.astimezone(UTC)
        self._origin = self._now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        return to_ms(self._now)

    def monotonic(self) -> float:
        return (self._now - self._origin).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Move to `moment`; moving back is refused, as time does not."""
        with self._lock:
            if moment < self._now:
                raise ValueError(f"a driven clock cannot go back from {self._now} to {moment}")
            self._now = moment.astimezone(UTC)


def to_ms(moment: datetime) -> int:
    """Unix milliseconds, rounded down, exact for any datetime."""
    return int((moment - _EPOCH) // timedelta(milliseconds=1))


def from_ms(ms: int) -> datetime:
    """Aware UTC from Unix milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
