"""Periodic work by the monotonic clock, independent of the wall clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class RepeatingTimers:
    """Named timers with periods in seconds.

    Every timer is due at once. Missed periods are not made up for.
    """

    def __init__(self, periods_s: Mapping[str, float]) -> None:
        self._periods_s = dict(periods_s)
        self._due_at: dict[str, float] = {}

    def restart(self) -> None:
        """Make every timer due now."""
        self._due_at.clear()

    def take_due(self, now_s: float) -> Iterator[tuple[str, float]]:
        """Iterate over the due names with their periods.

        A timer is rescheduled when the caller asks for the next one.
        """
        for name, period_s in self._periods_s.items():
            due_at = self._due_at.get(name, now_s)
            if due_at <= now_s:
                yield name, period_s
                self._due_at[name] = due_at + ((now_s - due_at) // period_s + 1) * period_s

    def wait_s(self, now_s: float, longest_s: float) -> float:
        """Return the seconds until the next timer is due, at most `longest_s`."""
        nearest = min((self._due_at.get(name, now_s) for name in self._periods_s), default=now_s + longest_s)
        return min(max(nearest - now_s, 0.0), longest_s)
