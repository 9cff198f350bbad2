"""Recorded time, shifted to the venue's time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from argosy.core.clock import to_ms
from argosy.errors import InvalidInput
from argosy.venuekit.recordings.tick import TimedTick

_SLICE_TICKS = 200
"""Recorded ticks in one slice without a pause; a slice takes some milliseconds."""


T_co = TypeVar("T_co", bound=TimedTick, covariant=True)
T = TypeVar("T", bound=TimedTick)


class TimedRecording(Protocol[T_co]):
    """Recording that can be read repeatedly, oldest row first."""

    @property
    def path(self) -> Path: ...

    def ticks(self) -> Iterable[T_co]: ...

    def unreadable(self) -> str:
        """Describe the rows that cannot be read; "" if none."""
        ...


class Playable(Protocol):
    """Recording or simulation that follows the venue's time."""

    def advance(self, now_ms: int, most: int | None = None) -> bool:
        """Advance to `now_ms` by at most `most` ticks.

        Returns False if ticks are left.
        """
        ...


class Timeline(Generic[T]):
    """Player of several recordings, shifted together by whole windows.

    An event five minutes into a recorded window happens five minutes into the venue's current window. Gaps of
    more than two windows are skipped: play goes on at the start of the next window. With `loop` the end is
    followed by the beginning, in the next window.

    `apply` gets each tick with the shift in ms from recorded time to the venue's. `lead_ms` of the recording
    lie before the first window.
    """

    def __init__(
        self,
        recordings: Sequence[TimedRecording[T]],
        window_s: int,
        apply: Callable[[T, int], None],
        now_ms: int,
        *,
        loop: bool = True,
        lead_ms: int = 0,
    ) -> None:
        self._recordings = recordings
        self._window_ms = window_s * 1000
        self._apply = apply
        self._loop = loop
        self._lead_ms = lead_ms
        self._next: T | None = None
        self._last_ms = 0
        self._at_ms = 0
        self.shift_ms = 0
        self.ended = False
        self.cycles = 0
        self._start(self._floor(now_ms))
        if self._next is None:
            raise InvalidInput(
                "there is nothing to replay",
                expected="at least one row that can be read",
                found="; ".join(recording.unreadable() or recording.path.name for recording in recordings),
            )
        if not self._reaches(now_ms):
            # The recording is too short to reach this point of a window: begin with the next window.
            self._start(self._floor(now_ms) + self._window_ms)

    def advance(self, now_ms: int, most: int | None = None) -> bool:
        """Apply all ticks up to the venue's time, at most `most` of them.

        Returns False if ticks are left.
        """
        while most is None or most > 0:
            tick = self._next
            if tick is None:
                if self.ended or not self._loop:
                    self.ended = True
                    return True
                self._start(self._ceiling(max(self._last_ms + self.shift_ms + 1, self._at_ms)))
                self.cycles += 1
                continue
            at_ms = to_ms(tick.at)
            if self._last_ms and at_ms - self._last_ms > 2 * self._window_ms:
                begins = self._ceiling(self._last_ms + self.shift_ms + 1)
                self.shift_ms = begins - self._floor(at_ms)
                self._last_ms = at_ms
            if at_ms + self.shift_ms > now_ms:
                self._at_ms = max(self._at_ms, now_ms)
                return True
            most = None if most is None else most - 1
            self._last_ms = at_ms
            self._apply(tick, self.shift_ms)
            self._next = next(self._ticks, None)
        return False

    def _start(self, begins_ms: int) -> None:
        """Play from the beginning, with the first window (after the lead) at `begins_ms`."""
        self._ticks: Iterator[T] = heapq.merge(
            *(recording.ticks() for recording in self._recordings), key=lambda tick: tick.at
        )
        self._next = next(self._ticks, None)
        self._last_ms = 0
        if self._next is not None:
            first_ms = to_ms(self._next.at)
            self._last_ms = first_ms
            self.shift_ms = begins_ms - self._floor(first_ms + self._lead_ms)

    def _reaches(self, now_ms: int) -> bool:
        """Play up to now, and return True if the recording goes on beyond."""
        while self._next is not None and to_ms(self._next.at) + self.shift_ms <= now_ms:
            self._last_ms = to_ms(self._next.at)
            self._apply(self._next, self.shift_ms)
            self._next = next(self._ticks, None)
        return self._next is not None

    def _floor(self, ms: int) -> int:
        return ms - ms % self._window_ms

    def _ceiling(self, ms: int) -> int:
        return -(-ms // self._window_ms) * self._window_ms


def play(timelines: Sequence[Playable], now_ms: int) -> Iterator[None]:
    """Bring timelines up to a time; other requests are served at each `yield`."""
    for timeline in timelines:
        while not timeline.advance(now_ms, _SLICE_TICKS):
            yield
