"""One long position as exits see it, with its stop."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class OpenPosition:
    """Open position. Prices are in quote currency, times in Unix ms.

    `stop` 0 means that it is not set yet. `tick` is the price step.
    """

    entry: float
    fee: float
    opened_ms: int
    highest: float
    lowest: float
    stop: float = 0.0
    first_stop: float = 0.0
    stop_part: float = 0.0
    tick: float | None = None

    def profit(self, rate: float) -> float:
        """Return the profit as a fraction if sold at `rate`, after fees of both sides."""
        if not self.entry:
            return 0.0
        paid = self.entry * (1 + self.fee)
        return round(rate * (1 - self.fee) / paid - 1, 8)

    def see(self, high: float, low: float) -> None:
        self.highest = max(self.highest, high)
        self.lowest = min(self.lowest or low, low)

    def raise_stop(self, price: float, part: float, *, initial: bool = False, refresh: bool = False) -> None:
        """Move the stop to `part` below `price`.

        A stop moves down only with `refresh`. With `initial`, only a missing stop is set.
        """
        if initial and self.stop:
            return
        found = self._on_grid(price * (1 - abs(part)))
        if not self.first_stop:
            self.first_stop = self.stop = found
            self.stop_part = -abs(part)
        elif found > self.stop or refresh:
            self.stop = found
            self.stop_part = -abs(part)

    @property
    def trails(self) -> bool:
        return self.stop != self.first_stop

    def minutes(self, now_ms: int) -> int:
        return max(0, now_ms - self.opened_ms) // 60_000

    def _on_grid(self, price: float) -> float:
        """Round up, as freqtrade rounds stops of long positions."""
        if not self.tick:
            return round(price, 10)
        return round(math.ceil(round(price / self.tick, 9)) * self.tick, 12)
