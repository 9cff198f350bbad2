"""Facts of a market that a decision needs: size, sales, utilisation, overspend."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """Facts of one asset's market; None for a fact that the venue does not tell.

    `size` and `daily_sales` are in units of the asset. `size` is a pool's liquidity or the offers of a marketplace.
    `daily_sales` are our own. `utilisation` is a fraction, 0..1. `overspend` is the most spent in a day of the account, as
    a multiple of the daily budget. `spent_today` is in the account's currency. `is_known` is False if the venue could
    not be read.
    """

    size: Decimal | None = None
    daily_sales: Decimal | None = None
    utilisation: Decimal | None = None
    overspend: Decimal | None = None
    spent_today: Decimal | None = None
    is_known: bool = True


@runtime_checkable
class Markets(Protocol):
    """Venue that tells facts of its markets. The gateway reads them before it decides."""

    def market_facts(self, symbol: str) -> MarketFacts:
        """Return the facts of the asset's market. Raises like a read."""
        ...
