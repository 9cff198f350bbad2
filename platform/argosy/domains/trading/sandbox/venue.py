"""What the wire formats need of a market, simulated or recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from argosy.core.clock import from_ms
from argosy.domains.trading.market import DOWN, UP, FeeSchedule

Pair = tuple[Decimal, Decimal]
Side = tuple[Pair, ...]
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class BookState:
    """Best level first; `at_ms` is the time the venue puts on it, None where a recording does not have it."""

    bids: Side
    asks: Side
    at_ms: int | None

    def mirrored(self) -> BookState:
        """The other outcome's book: a bid at p is an ask of the other at 1 − p."""
        return BookState(
            tuple((ONE - price, size) for price, size in self.asks),
            tuple((ONE - price, size) for price, size in self.bids),
            self.at_ms,
        )


@dataclass(frozen=True, slots=True)
class VenueMarket:
    """One up/down market; times in Unix ms. `rule` names how it is settled, None where that is not known."""

    slug: str
    condition_id: str
    asset: str
    interval_s: int
    start_ms: int
    end_ms: int
    up_token: str
    down_token: str
    tick: Decimal = Decimal("0.01")
    minimum_size: Decimal = Decimal(5)
    fee_rate: Decimal = Decimal("0.07")
    fee_exponent: Decimal = Decimal(1)
    rule: str | None = None
    lookback_s: int = 0
    resolution_source: str = ""

    @property
    def tokens(self) -> tuple[str, str]:
        return self.up_token, self.down_token

    @property
    def id(self) -> str:
        """Gamma's numeric id."""
        return str(int(self.condition_id[2:10], 16))

    def other(self, token: str) -> str:
        return self.down_token if token == self.up_token else self.up_token

    def outcome(self, token: str) -> str:
        return UP if token == self.up_token else DOWN

    def token(self, outcome: str) -> str:
        return self.up_token if outcome == UP else self.down_token

    def fees(self) -> FeeSchedule:
        """Takers only, rounded to 5 decimals (Polymarket documentation, 2026-09)."""
        return FeeSchedule(
            rate=self.fee_rate,
            exponent=self.fee_exponent,
            source="sandbox",
            as_of=from_ms(self.start_ms),
        )


class MarketFeed(Protocol):
    """Where markets and their books come from. Tokens and slugs nobody knows give None."""

    step_ms: int

    def market(self, slug: str, now_ms: int) -> VenueMarket | None: ...

    def market_of(self, token: str, now_ms: int) -> VenueMarket | None: ...

    def market_by_condition(self, condition_id: str, now_ms: int) -> VenueMarket | None: ...

    def listed(self, now_ms: int) -> Sequence[VenueMarket]:
        """The markets running now and those that come next, by end time."""
        ...

    def shown(self, token: str, now_ms: int) -> BookState | None:
        """The book as the venue's servers show it: now and then stale, locked or crossed."""
        ...

    def real(self, token: str, now_ms: int) -> BookState | None:
        """The book that orders meet."""
        ...

    def price_to_beat(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        """None before it is published."""
        ...

    def final_price(self, market: VenueMarket, now_ms: int) -> Decimal | None: ...

    def payouts(self, market: VenueMarket, now_ms: int) -> Pair | None:
        """What a share of UP and of DOWN gets, once the market is resolved."""
        ...

    def winner(self, market: VenueMarket, now_ms: int) -> str | None:
        """UP or DOWN once resolved; None too where no outcome gets all."""
        ...

    def resolved_ms(self, market: VenueMarket) -> int | None:
        """When the resolution comes, or came."""
        ...


@dataclass(frozen=True, slots=True)
class Bar:
    start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class PriceFeed(Protocol):
    """Prices of the underlyings. `source` is an exchange; symbols are asset names in lower case ("btc")."""

    def assets(self) -> Sequence[str]: ...

    def price(self, asset: str, source: str, now_ms: int) -> Decimal | None:
        """None when there is none (yet)."""
        ...

    def bars(
        self, asset: str, source: str, interval_s: int, start_ms: int, count: int, now_ms: int
    ) -> Sequence[Bar]:
        """Bars that have begun by now, oldest first, from the one that holds `start_ms` or the next."""
        ...
