"""Work that repeats by the monotonic clock, whatever happens to the wall clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class RepeatingTimers:
    """Names with their periods in seconds. Every one is due at once; what was late is not made up for."""

    def __init__(self, periods_s: Mapping[str, float]) -> None:
        self._periods_s = dict(periods_s)
        self._due_at: dict[str, float] = {}

    def restart(self) -> None:
        """Everything is due now."""
        self._due_at.clear()

    def take_due(self, now_s: float) -> Iterator[tuple[str, float]]:
        """Names that are due with their periods; each is taken when the caller comes back for the next."""
        for name, period_s in self._periods_s.items():
            due_at = self._due_at.get(name, now_s)
            if due_at <= now_s:
                yield name, period_s
                self._due_at[name] = due_at + ((now_s - due_at) // period_s + 1) * period_s

    def wait_s(self, now_s: float, longest_s: float) -> float:
        """Seconds until one is due, at most `longest_s`."""
        nearest = min((self._due_at.get(name, now_s) for name in self._periods_s), default=now_s + longest_s)
        return min(max(nearest - now_s, 0.0), longest_s)
