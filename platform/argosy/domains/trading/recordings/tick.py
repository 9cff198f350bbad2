"""Ticks of a recording, in the order in which they could be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.money.money import ONE, ZERO
from argosy.core.venues.venue import Level, OrderBook
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.market import DOWN, UP

Pair = tuple[Decimal, Decimal]
"""Price and size of one level."""


@dataclass(frozen=True, slots=True)
class BookTick:
    """Whole book of one token, best level first on both sides.

    `at` is the time of receipt. `symbol` is the token id. `venue_at` is the venue's own time of the book, None if
    not recorded. A receipt earlier than the venue's time (clock skew) is moved up to it: a book cannot be seen
    before it exists.
    """

    at: datetime
    slug: str
    symbol: str
    bids: Sequence[Pair]
    asks: Sequence[Pair]
    venue_at: datetime | None = None
    condition_id: str | None = None
    digest: str | None = None
    tick: Decimal | None = None
    last_trade_price: Decimal | None = None

    def book(self, venue: str = "polymarket") -> OrderBook:
        """Return the book in the product's own model."""
        return OrderBook(
            venue=venue,
            symbol=self.symbol,
            bids=[Level(price=price, size=size) for price, size in self.bids],
            asks=[Level(price=price, size=size) for price, size in self.asks],
            at=self.venue_at,
            received_at=self.at,
            digest=self.digest,
            tick=self.tick,
        )


@dataclass(frozen=True, slots=True)
class TickSizeTick:
    """Change of a market's price grid to steps of `tick`; `symbol` is one of its token ids."""

    at: datetime
    slug: str
    symbol: str
    tick: Decimal
    venue_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuoteTick:
    """Best bid and ask of both tokens in one row.

    None is an empty side; a size of None is an unknown depth. The two tokens were read one after the other: one of
    them may be older than the row says.
    """

    at: datetime
    slug: str
    up_bid: Decimal | None
    up_ask: Decimal | None
    down_bid: Decimal | None
    down_ask: Decimal | None
    up_bid_size: Decimal | None = None
    up_ask_size: Decimal | None = None
    down_bid_size: Decimal | None = None
    down_ask_size: Decimal | None = None

    def side(self, outcome: str) -> tuple[Decimal | None, Decimal | None]:
        """Return (bid, ask) of `UP` or `DOWN`."""
        return (self.up_bid, self.up_ask) if outcome == UP else (self.down_bid, self.down_ask)


@dataclass(frozen=True, slots=True)
class PriceTick:
    """Price of an underlying.

    `at` is the time when it could be known: for a bar, the bar's end. `source` is its origin ("binance",
    "coinbase", "kraken", "chainlink", "recorder"). `symbol` is a pair such as "BTC/USD". `candle` is the whole bar
    if bars were recorded, `interval_s` its length.
    """

    at: datetime
    source: str
    symbol: str
    price: Decimal
    venue_at: datetime | None = None
    candle: Candle | None = None
    interval_s: int | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RecordedMarket:
    """Recorded facts about one market; None means unknown.

    `winner` is "UP" or "DOWN". `payouts` (per share of UP and of DOWN) and `refund` describe the end of a market
    without a winner. `tells_end`: the source reports resolutions, so a missing one has not come yet.
    """

    slug: str
    start: datetime
    end: datetime
    condition_id: str | None = None
    up_token: str | None = None
    down_token: str | None = None
    price_to_beat: Decimal | None = None
    final_price: Decimal | None = None
    winner: str | None = None
    payouts: tuple[Decimal, Decimal] | None = None
    refund: bool = False
    tells_end: bool = False
    tick: Decimal | None = None
    minimum_size: Decimal | None = None
    fee_rate: Decimal | None = None
    fee_exponent: Decimal | None = None
    resolution_source: str | None = None
    raw: Mapping[str, Any] | None = None

    @property
    def tokens(self) -> dict[str, str]:
        """Token id by outcome, as far as known."""
        known = {UP: self.up_token, DOWN: self.down_token}
        return {name: token for name, token in known.items() if token is not None}

    @property
    def payout_by_outcome(self) -> dict[str, Decimal] | None:
        """Payout of a share by outcome; None if the market is undecided or refunded."""
        if self.payouts is not None:
            return dict(zip((UP, DOWN), self.payouts, strict=True))
        if self.winner is None:
            return None
        return {name: ONE if name == self.winner else ZERO for name in (UP, DOWN)}

    @property
    def decided(self) -> bool:
        return self.refund or self.payout_by_outcome is not None

    def undecided(self) -> RecordedMarket:
        """Return the market as it was listed, without the fields that only its end reveals."""
        return replace(self, winner=None, payouts=None, refund=False, final_price=None, raw=None)


@dataclass(frozen=True, slots=True)
class MarketTick:
    """New description of a market (`resolved` False, `winner` withheld), or its resolution."""

    at: datetime
    market: RecordedMarket
    resolved: bool = False


Tick = BookTick | TickSizeTick | QuoteTick | PriceTick | MarketTick
