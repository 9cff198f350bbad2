"""Single observations of a recording, in the terms of the trading domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.venues.venue import OrderBook
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.market import BinaryMarket


@dataclass(frozen=True, slots=True)
class BooksSeen:
    """Books of one or both outcomes of a market, read at `at_ms`.

    Symbols are token ids, or UP and DOWN.
    """

    at_ms: int
    slug: str
    books: Sequence[OrderBook]


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """Price of the underlying at `source`, with the finished bar or the best prices if recorded."""

    at_ms: int
    source: str
    symbol: str
    price: Decimal
    candle: Candle | None = None
    interval_s: int | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MarketSeen:
    """Description of a market, with its resolution once there is one."""

    at_ms: int
    market: BinaryMarket


@dataclass(frozen=True, slots=True)
class TickSizeSeen:
    """Change of a market's price grid.

    `symbol` is a token id; `slug` is empty if not recorded.
    """

    at_ms: int
    slug: str
    symbol: str
    tick: Decimal


Sight = BooksSeen | PriceSeen | MarketSeen | TickSizeSeen
