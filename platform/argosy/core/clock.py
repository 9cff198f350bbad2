"""Clocks, the only source of the current time: the machine's, or one driven by a test."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

MOST_AHEAD_S = 5
"""Largest accepted difference in seconds between the clocks of two machines.

A later timestamp comes from a wrong clock.
"""


class Clock(Protocol):
    """Source of the current time; code takes a clock instead of asking the operating system."""

    def now(self) -> datetime:
        """Return the current time as an aware UTC datetime."""
        ...

    def now_ms(self) -> int:
        """Return `now()` in Unix milliseconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step back; only differences have a meaning."""
        ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """Clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class DrivenClock:
    """Clock that moves only when it is set or advanced; `sleep` advances it at once."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("start must be an aware datetime")
        self._now = start.astimezone(UTC)
        self._now_ms = to_ms(self._now)
        self._origin = self._now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        return (self._now - self._origin).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._move(self._now + timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        """Move to `moment`; raise ValueError if that is in the past."""
        with self._lock:
            if moment < self._now:
                raise ValueError(f"a driven clock cannot go back from {self._now} to {moment}")
            self._move(moment.astimezone(UTC))

    def _move(self, moment: datetime) -> None:
        self._now, self._now_ms = moment, to_ms(moment)


def to_ms(moment: datetime) -> int:
    """Return Unix milliseconds, rounded down, exact for any datetime."""
    return int((moment - _EPOCH) // timedelta(milliseconds=1))


def from_ms(ms: int) -> datetime:
    """Return the aware UTC datetime of Unix milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
