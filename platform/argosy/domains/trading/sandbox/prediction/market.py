"""Markets and books that the wire format needs, simulated or recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from argosy.core.clock import from_ms
from argosy.domains.trading.market import DOWN, UP, FeeSchedule
from argosy.domains.trading.recordings.tick import Pair

Side = tuple[Pair, ...]
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class BookState:
    """Bids and asks of one token, best level first.

    `at_ms` is the venue's own time of the book in Unix ms, None if a recording lacks it.
    """

    bids: Side
    asks: Side
    at_ms: int | None

    def mirrored(self) -> BookState:
        """Return the other outcome's book.

        A bid at p is an ask of the other outcome at 1 − p.
        """
        return BookState(
            tuple((ONE - price, size) for price, size in self.asks),
            tuple((ONE - price, size) for price, size in self.bids),
            self.at_ms,
        )


@dataclass(frozen=True, slots=True)
class VenueMarket:
    """One up/down market.

    Times are in Unix ms. `rule` names the rule of settlement, None if it is unknown.
    """

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
        """Numeric id of the market in Gamma's format."""
        return str(int(self.condition_id[2:10], 16))

    def other(self, token: str) -> str:
        return self.down_token if token == self.up_token else self.up_token

    def outcome(self, token: str) -> str:
        return UP if token == self.up_token else DOWN

    def token(self, outcome: str) -> str:
        return self.up_token if outcome == UP else self.down_token

    def fees(self) -> FeeSchedule:
        """Return the fee schedule: takers only, rounded to 5 decimals.

        Source: Polymarket documentation, 2026-09.
        """
        return FeeSchedule(
            rate=self.fee_rate,
            exponent=self.fee_exponent,
            source="sandbox",
            as_of=from_ms(self.start_ms),
        )


class MarketFeed(Protocol):
    """Source of markets and their books.

    Unknown tokens and slugs give None.
    """

    step_ms: int

    def market(self, slug: str, now_ms: int) -> VenueMarket | None: ...

    def market_of(self, token: str, now_ms: int) -> VenueMarket | None: ...

    def market_by_condition(self, condition_id: str, now_ms: int) -> VenueMarket | None: ...

    def listed(self, now_ms: int) -> Sequence[VenueMarket]:
        """Return the running markets and the next ones, by end time."""
        ...

    def shown(self, token: str, now_ms: int) -> BookState | None:
        """Return the book as the venue's servers show it.

        The shown book is stale, locked or crossed now and then.
        """
        ...

    def real(self, token: str, now_ms: int) -> BookState | None:
        """Return the book that orders meet."""
        ...

    def price_to_beat(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        """Return the price at the start of the window; None before it is published."""
        ...

    def final_price(self, market: VenueMarket, now_ms: int) -> Decimal | None: ...

    def payouts(self, market: VenueMarket, now_ms: int) -> Pair | None:
        """Return the payouts of a share of UP and of DOWN; None before the resolution."""
        ...

    def winner(self, market: VenueMarket, now_ms: int) -> str | None:
        """Return UP or DOWN after the resolution.

        None before it, and when the payout is divided between both outcomes.
        """
        ...

    def resolved_ms(self, market: VenueMarket) -> int | None:
        """Return the time of the resolution in Unix ms, past or future.

        None for a market that is never resolved.
        """
        ...
