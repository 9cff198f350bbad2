"""Binary markets and books for tests of the trading domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.money.portfolio import Position
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import Balance, Capability, Level, OrderBook, Quote, VenueStatus
from argosy.domains.trading.evidence import Observation
from argosy.domains.trading.market import BinaryMarket, FeeSchedule, Resolution, SettlementRule, payouts_of
from argosy.errors import ModeRefused, VenueNotFound

START = datetime.fromisoformat("2026-09-01T12:00:00+00:00")
SLUG = f"btc-updown-15m-{to_ms(START) // 1000}"


def d(text: str | int) -> Decimal:
    return Decimal(text)


def crypto_fees(rate: str = "0.07") -> FeeSchedule:
    return FeeSchedule(rate=d(rate), exponent=d(1), source="test", as_of=START)


def a_market(**changes: object) -> BinaryMarket:
    values: dict[str, object] = {
        "venue": "polymarket",
        "slug": SLUG,
        "condition_id": "0x" + "1" * 64,
        "asset": "btc",
        "outcomes": {"UP": "up-token", "DOWN": "down-token"},
        "window_start": START,
        "window_end": START + timedelta(minutes=15),
        "tick": d("0.01"),
        "minimum_size": d(5),
        "fees": crypto_fees(),
        "settlement": SettlementRule(kind="btc-15m-twap-60", lookback_s=60, source="chainlink"),
        "accepting_orders": True,
        "read_at": START,
    }
    return BinaryMarket.model_validate(values | changes)


def levels(*pairs: tuple[str, str | int]) -> list[Level]:
    return [Level(price=d(price), size=d(size)) for price, size in pairs]


def a_book(
    symbol: str,
    bid: str | None,
    ask: str | None,
    seen: datetime,
    *,
    at: datetime | None = None,
    size: str = "100",
) -> OrderBook:
    return OrderBook(
        venue="polymarket",
        symbol=symbol,
        bids=[] if bid is None else levels((bid, size)),
        asks=[] if ask is None else levels((ask, size)),
        at=at,
        received_at=seen,
    )


class ScriptedVenue:
    """Read-only venue whose books come from rows (second, up bid, up ask, down bid, down ask).

    With `timed` the books carry the venue's own time. Without it they know only when they were read, as books
    of a recording do.
    """

    name = "polymarket"
    capabilities = frozenset({Capability.ORDER_BOOK, Capability.BINARY_MARKETS, Capability.QUOTES})
    absence_proves_after_s = 0.0

    def __init__(
        self,
        clock: Clock,
        rows: Sequence[tuple[float, str | None, str | None, str | None, str | None]],
        *,
        timed: bool = True,
        size: str = "100",
        market: BinaryMarket | None = None,
    ) -> None:
        self.clock = clock
        self.rows = list(rows)
        self.timed = timed
        self.size = size
        self.the_market = market or a_market()
        self.winner: str | None = None
        self.ahead_s = 0
        """Seconds by which the venue's clock runs ahead."""

    def status(self) -> VenueStatus:
        return VenueStatus.UP

    def assets(self) -> Sequence[Asset]:
        return []

    def market(self, slug: str) -> BinaryMarket:
        if slug != self.the_market.slug:
            raise VenueNotFound(f"no market {slug}")
        return self.the_market

    def _row(self) -> tuple[float, str | None, str | None, str | None, str | None]:
        passed = (self.clock.now() - START).total_seconds()
        seen = [row for row in self.rows if row[0] <= passed]
        if not seen:
            raise VenueNotFound("nothing seen yet")
        return seen[-1]

    def books(self, symbols: Sequence[str]) -> list[OrderBook]:
        second, up_bid, up_ask, down_bid, down_ask = self._row()
        moment = from_ms(to_ms(START) + int((second + self.ahead_s) * 1000))
        seen = self.clock.now() if self.timed else moment
        sides = {"up-token": (up_bid, up_ask), "down-token": (down_bid, down_ask)}
        return [
            a_book(symbol, *sides[symbol], seen, at=moment if self.timed else None, size=self.size)
            for symbol in symbols
        ]

    def order_book(self, symbol: str) -> OrderBook:
        return self.books([symbol])[0]

    def quote(self, symbol: str) -> Quote:
        book = self.order_book(symbol)
        return Quote(venue=self.name, symbol=symbol, last=book.asks[0].price, at=book.received_at)

    def resolution(self, slug: str) -> Resolution | None:
        if self.winner is None:
            return None
        return Resolution(
            slug=slug, winner=self.winner, payouts=payouts_of(self.the_market.outcomes, self.winner)
        )

    def balances(self) -> Sequence[Balance]:
        return []

    def positions(self) -> Sequence[Position]:
        return []

    def execute(self, action: Action) -> ActionResult:
        raise ModeRefused("this venue only reads")

    def query_action(self, client_id: str) -> ActionResult | None:
        return None


class RecordedVenue(ScriptedVenue):
    """Venue without its own time on books, like recordings of one second.

    It also answers when the next look was.
    """

    def __init__(
        self,
        clock: Clock,
        rows: Sequence[tuple[float, str | None, str | None, str | None, str | None]],
        *,
        size: str = "100",
        market: BinaryMarket | None = None,
    ) -> None:
        super().__init__(clock, rows, timed=False, size=size, market=market)

    def next_look(self, slug: str, after: datetime) -> datetime | None:
        moments = [from_ms(to_ms(START) + int(row[0] * 1000)) for row in self.rows]
        return next((moment for moment in moments if moment >= after), None)

    def history(self, slug: str) -> list[Observation]:
        passed = (self.clock.now() - START).total_seconds()
        found = []
        for second, up_bid, up_ask, down_bid, down_ask in self.rows:
            if second <= passed:
                seen = from_ms(to_ms(START) + int(second * 1000))
                found.append(
                    Observation.of(
                        a_book("up-token", up_bid, up_ask, seen),
                        a_book("down-token", down_bid, down_ask, seen),
                    )
                )
        return found
