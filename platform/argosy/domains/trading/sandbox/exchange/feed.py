"""Prices and bars that the wire formats need, simulated or recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Bar:
    start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class PriceFeed(Protocol):
    """Prices of the underlying assets.

    `source` is an exchange. Symbols are asset names in lower case ("btc").
    """

    def assets(self) -> Sequence[str]: ...

    def price(self, asset: str, source: str, now_ms: int) -> Decimal | None:
        """Return the price; None when there is none (yet)."""
        ...

    def bars(
        self, asset: str, source: str, interval_s: int, start_ms: int, count: int, now_ms: int
    ) -> Sequence[Bar]:
        """Return bars that have begun by now, oldest first.

        The first bar starts at `start_ms` or at the next multiple of the interval.
        """
        ...
