"""One thing a recording saw, in the terms of the trading domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.venue import OrderBook
from argosy.domains.trading.market import BinaryMarket


@dataclass(frozen=True, slots=True)
class BooksSeen:
    """Books of one or both outcomes of a market, read at `at_ms`. Symbols are token ids, or UP and DOWN."""

    at_ms: int
    slug: str
    books: Sequence[OrderBook]


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """A price of the underlying at `source`."""

    at_ms: int
    source: str
    symbol: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class MarketSeen:
    """A market's own description, with its resolution once there is one."""

    at_ms: int
    market: BinaryMarket


Sight = BooksSeen | PriceSeen | MarketSeen
