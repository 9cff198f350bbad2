"""Two-outcome market with a price window, and the reads that its venues offer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol, runtime_checkable

from pydantic import Field

from argosy.core.clock import from_ms, to_ms
from argosy.core.venues.venue import Assets, Balances, OrderBook, OrderBooks, Quotes, Venue
from argosy.core.wire import Wire
from argosy.errors import InvalidInput, VenueNotFound

UP = "UP"
DOWN = "DOWN"
UNKNOWN_SETTLEMENT = "unknown"

_FEE_STEP = Decimal("0.00001")
_WINDOW_SLUG = re.compile(r"^(?P<prefix>[a-z0-9]+-updown-(?P<minutes>\d{1,4})m)-(?P<start>\d{9,11})$")


class FeeSchedule(Wire):
    """Fee of the venue on a fill, read from the market at `as_of`.

    The fee is shares · rate · (p·(1−p))^exponent in quote currency, rounded to 5 decimals. With `taker_only` makers
    pay no fee (Polymarket fee documentation, 2026-09). `kind` is the venue's name of the schedule.
    """

    rate: Decimal = Field(ge=0, le=1)
    exponent: Decimal = Field(ge=0, le=10)
    taker_only: bool = True
    kind: str = ""
    source: str
    as_of: datetime

    def fee(self, quantity: Decimal, price: Decimal, *, taker: bool = True) -> Decimal:
        """Return the fee in quote currency of `quantity` shares at `price` (0 < price < 1)."""
        if self.rate == 0 or (self.taker_only and not taker):
            return Decimal(0)
        raw = quantity * self.rate * (price * (1 - price)) ** self.exponent
        return raw.quantize(_FEE_STEP, rounding=ROUND_HALF_UP)


class SettlementRule(Wire):
    """Rule that decides the winner.

    `kind` names the rule ("btc-15m-twap-60", "btc-15m-spot", "unknown").
    """

    kind: str = UNKNOWN_SETTLEMENT
    lookback_s: int = 0
    source: str = ""


class Resolution(Wire):
    """Final decision of the venue.

    `payouts` is quote currency per share by token. `winner` is None for a split. With `refund` every share gets
    back its cost, and `payouts` is empty.
    """

    slug: str
    winner: str | None
    payouts: dict[str, Decimal]
    refund: bool = False
    final_price: Decimal | None = None
    at: datetime | None = None

    def payout(self, symbol: str, cost: Decimal | None = None) -> Decimal:
        """Return the payout of one share of `symbol`; `cost` is the cost of one share.

        Raises VenueNotFound for a token of another market.
        """
        if self.refund and cost is not None:
            return cost
        try:
            return self.payouts[symbol]
        except KeyError:
            raise VenueNotFound(
                f"{self.slug} has no outcome token {symbol}", expected="one of " + ", ".join(self.payouts)
            ) from None


class BinaryMarket(Wire):
    """Two-outcome market.

    `outcomes` maps the upper-case outcome name ("UP", "DOWN") to its token id (= symbol). The order of outcomes on
    the wire has no meaning; names count. Prices are quote currency per share in (0, 1). `tick` and `minimum_size`
    (shares, resting orders) may differ by market. `fees` is None if the venue charges unknown fees: no order may be
    placed in such a market.
    """

    venue: str
    slug: str
    condition_id: str
    question: str = ""
    asset: str = ""
    outcomes: dict[str, str] = Field(min_length=2, max_length=2)
    window_start: datetime | None = None
    window_end: datetime
    tick: Decimal = Field(gt=0, lt=1)
    minimum_size: Decimal = Field(ge=0)
    minimum_notional: Decimal = Decimal(1)
    fees: FeeSchedule | None = None
    settlement: SettlementRule = SettlementRule()
    price_to_beat: Decimal | None = None
    resolution: Resolution | None = None
    negative_risk: bool = False
    accepting_orders: bool = False
    closed: bool = False
    read_at: datetime

    @property
    def up(self) -> str:
        """Token id of UP."""
        return self.token(UP)

    @property
    def down(self) -> str:
        """Token id of DOWN."""
        return self.token(DOWN)

    @property
    def symbols(self) -> tuple[str, str]:
        """Both token ids, UP first if there is an UP."""
        first, second = self.outcomes.values()
        return (second, first) if self.outcomes.get(UP) == second else (first, second)

    def token(self, outcome: str) -> str:
        """Return the token id of an outcome, in any case. Raises VenueNotFound."""
        try:
            return self.outcomes[outcome.upper()]
        except KeyError:
            raise VenueNotFound(
                f"market {self.slug} has no outcome {outcome}", expected="one of " + ", ".join(self.outcomes)
            ) from None

    def outcome_of(self, symbol: str) -> str:
        """Return the name of the outcome whose token is `symbol`. Raises VenueNotFound."""
        for name, token in self.outcomes.items():
            if token == symbol:
                return name
        raise VenueNotFound(f"token {symbol} is not of market {self.slug}")

    def other(self, symbol: str) -> str:
        """Return the token id of the opposite outcome."""
        name = self.outcome_of(symbol)
        return next(token for outcome, token in self.outcomes.items() if outcome != name)

    def on_grid_of(self, *books: OrderBook) -> BinaryMarket:
        """Return the market with the tick size of its newest book that has one."""
        telling = [book for book in books if book.tick is not None]
        newest = max(telling, key=lambda book: book.at or book.received_at, default=None)
        if newest is None or newest.tick == self.tick:
            return self
        return self.model_copy(update={"tick": newest.tick})

    def tradable(self, now: datetime) -> bool:
        """Return True if the venue accepts orders and the window has not ended."""
        return self.accepting_orders and not self.closed and self.resolution is None and now < self.window_end


class MarketVenue(Venue, Assets, Quotes, OrderBooks, Protocol):
    """Venue with order books and prices of the assets that it lists."""


class AccountVenue(MarketVenue, Balances, Protocol):
    """Market of which the account's balances can be read."""


@runtime_checkable
class BinaryVenue(MarketVenue, Protocol):
    """Venue with two-outcome markets."""

    def market(self, slug: str) -> BinaryMarket:
        """Return the market, freshly read from the venue.

        Raises VenueNotFound, VenueUnavailable, RateLimited, BadReply, CircuitOpen.
        """
        ...

    def books(self, symbols: Sequence[str]) -> list[OrderBook]:
        """Return the books in the order of `symbols`, all read in one request.

        Raises VenueNotFound for a missing book.
        """
        ...

    def resolution(self, slug: str) -> Resolution | None:
        """Return the resolution; None while the venue has not decided, whatever the prices."""
        ...


def window_slug(prefix: str, moment: datetime) -> str:
    """Return the slug of the window that holds `moment`.

    Example: `btc-updown-15m` → `btc-updown-15m-<epoch of its start>`. Raises InvalidInput if the prefix has no
    window length.
    """
    match = re.fullmatch(r"[a-z0-9]+-updown-(\d{1,4})m", prefix)
    if match is None or int(match[1]) == 0:
        raise InvalidInput(
            "the market prefix names no window", expected="<asset>-updown-<minutes>m", found=prefix
        )
    length = int(match[1]) * 60
    now = to_ms(moment) // 1000
    return f"{prefix}-{now - now % length}"


def window_of(slug: str) -> tuple[datetime, datetime] | None:
    """Return start and end of the window in a slug; None for a slug of another kind."""
    match = _WINDOW_SLUG.match(slug)
    if match is None:
        return None
    start, length_s = int(match["start"]), int(match["minutes"]) * 60
    try:
        return (from_ms(start * 1000), from_ms((start + length_s) * 1000)) if length_s else None
    except OverflowError:
        return None


def payouts_of(outcomes: Mapping[str, str], winner: str) -> dict[str, Decimal]:
    """Return the payout of a share of each token if `winner` won."""
    return {token: Decimal(1) if name == winner else Decimal(0) for name, token in outcomes.items()}
