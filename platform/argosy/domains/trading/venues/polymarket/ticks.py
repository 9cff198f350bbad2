"""Tick sizes from the venue's latest order books."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from decimal import Decimal

from argosy.core.clock import Clock
from argosy.core.venues.venue import OrderBook

FRESH_S = 10.0
"""Seconds for which a tick size is used: it changes when a price nears 0 or 1."""
KEPT = 512


class NewestTicks:
    """The newest tick size of each token. Market descriptions lag behind the order books."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticks: dict[str, tuple[int, float, Decimal]] = {}
        self._serial = 0
        self._lock = threading.Lock()

    def note(self, books: Iterable[OrderBook]) -> None:
        now = self._clock.monotonic()
        with self._lock:
            for book in books:
                if book.tick is not None:
                    self._serial += 1
                    self._ticks.pop(book.symbol, None)
                    self._ticks[book.symbol] = (self._serial, now, book.tick)
            while len(self._ticks) > KEPT:
                self._ticks.pop(next(iter(self._ticks)))

    def of(self, tokens: Iterable[str], *, since: float = 0.0) -> Decimal | None:
        """Return the newest tick size of any of a market's tokens; None without a fresh one.

        `since` is a monotonic time in seconds: older tick sizes do not count.
        """
        oldest = max(since, self._clock.monotonic() - FRESH_S)
        with self._lock:
            told = [found for token in tokens if (found := self._ticks.get(token)) is not None]
        _, at, tick = max(told, default=(0, -1.0, None))
        return tick if at >= oldest else None
