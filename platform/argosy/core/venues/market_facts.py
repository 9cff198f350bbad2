"""Facts of a market that limits compare with: its size, its sales, its utilisation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """Facts of one asset's market; None for what the venue does not tell.

    `size` and `daily_sales` are in units of the asset: a pool's liquidity or the offers of a marketplace, and our own
    sales a day. `utilisation` is a fraction, 0..1.
    """

    size: Decimal | None = None
    daily_sales: Decimal | None = None
    utilisation: Decimal | None = None


@runtime_checkable
class Markets(Protocol):
    """Venue that tells facts of its markets. The gateway reads them before it decides."""

    def market_facts(self, symbol: str) -> MarketFacts:
        """Return the facts of the asset's market. Raises like a read."""
        ...
