"""Polymarket as a venue: markets, prices, and with a key balances and orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult, Fill
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock
from argosy.core.money.portfolio import Position
from argosy.core.venues.asset import Asset, AssetKind
from argosy.core.venues.venue import (
    Balance,
    Capability,
    OpenOrder,
    OrderBook,
    OrderRecord,
    Payout,
    Quote,
    VenueStatus,
)
from argosy.domains.trading.market import BinaryMarket, Resolution, window_of, window_slug
from argosy.domains.trading.sizes import SHARE_STEP
from argosy.domains.trading.venues.polymarket.client import MAX_BOOKS, PolymarketClient
from argosy.domains.trading.venues.polymarket.executor import PolymarketExecutor
from argosy.domains.trading.venues.polymarket.orders import BASE_UNITS
from argosy.domains.trading.venues.polymarket.outcome import CURRENCY
from argosy.domains.trading.venues.polymarket.parse import (
    VENUE,
    parse_book,
    parse_books,
    parse_event,
    parse_market,
)
from argosy.domains.trading.venues.polymarket.schemas import BalanceReply, PositionReply, read
from argosy.domains.trading.venues.polymarket.ticks import NewestTicks
from argosy.errors import (
    BadReply,
    CircuitOpen,
    InvalidInput,
    ModeRefused,
    NoQuote,
    RateLimited,
    VenueError,
    VenueNotFound,
    VenueUnavailable,
)

_READS = frozenset(
    {Capability.QUOTES, Capability.ORDER_BOOK, Capability.BINARY_MARKETS, Capability.SETTLEMENT}
)
_TRADES = frozenset(
    {
        Capability.PLACE_ORDER,
        Capability.CANCEL_ORDER,
        Capability.BALANCES,
        Capability.POSITIONS,
        Capability.LOOKUP_BY_CLIENT_ID,
        Capability.OPEN_ORDERS,
    }
)

ABSENCE_S = 60.0
"""Seconds after which an order that the venue does not list was never placed.

The request that posts an order ends after ten seconds, and its credentials carry the second of their signature. So an
order that is not listed a minute after its signature is not on its way either.
"""


class PolymarketVenue:
    """Polymarket; symbols are outcome token ids.

    The venue trades only with a `desk`: that takes a private key and the setting `trading_enabled`. Without one it
    only reads.
    """

    name = VENUE
    balance_step = 1 / BASE_UNITS
    """Smallest step of a balance that the venue shows, in dollars."""

    def __init__(
        self,
        client: PolymarketClient,
        clock: Clock,
        *,
        desk: PolymarketExecutor | None = None,
        series: Sequence[str] = (),
        absence_proves_after_s: float = ABSENCE_S,
        ticks: NewestTicks | None = None,
    ) -> None:
        self._client = client
        self._ticks = ticks or NewestTicks(clock)
        self._clock = clock
        self._desk = desk
        self._series = tuple(series)
        self.absence_proves_after_s = absence_proves_after_s
        self.capabilities = _READS | _TRADES if desk is not None else _READS

    # Markets ----------------------------------------------------------------------------------------------

    def market(self, slug: str) -> BinaryMarket:
        """Return the market called `slug`.

        A recurring window is read through its event, which carries the opening price. The tick size comes from an
        order book read in the last seconds, if there is one: market descriptions lag behind.
        """
        if window_of(slug) is None:
            found = parse_market(self._client.market_by_slug(slug), read_at=self._clock.now())
        else:
            found = parse_event(self._client.event_by_slug(slug), slug, read_at=self._clock.now())
        tick = self._ticks.of(found.symbols)
        return found if tick is None or tick == found.tick else found.model_copy(update={"tick": tick})

    def resolution(self, slug: str) -> Resolution | None:
        return self.market(slug).resolution

    def assets(self) -> list[Asset]:
        """Return both outcome tokens of the current window of each configured series."""
        found: list[Asset] = []
        for prefix in self._series:
            try:
                market = self.market(window_slug(prefix, self._clock.now()))
            except VenueNotFound:
                continue
            found += [_asset(market, outcome, token) for outcome, token in market.outcomes.items()]
        return found

    # Prices -----------------------------------------------------------------------------------------------

    def books(self, symbols: Sequence[str]) -> list[OrderBook]:
        if not 0 < len(symbols) <= MAX_BOOKS:
            raise InvalidInput(
                "too few or too many books", expected=f"1 to {MAX_BOOKS}", found=str(len(symbols))
            )
        found = parse_books(self._client.books(list(symbols)), symbols, received_at=self._clock.now())
        self._ticks.note(found)
        return found

    def order_book(self, symbol: str) -> OrderBook:
        book = parse_book(self._client.book(symbol), received_at=self._clock.now())
        if book.symbol != symbol:
            raise BadReply("Polymarket sent another token's book", expected=symbol, found=book.symbol)
        self._ticks.note([book])
        return book

    def quote(self, symbol: str) -> Quote:
        """Return the best bid and ask.

        Raises NoQuote for an empty or crossed book, or one without a time.
        """
        book = self.order_book(symbol)
        bid, ask = book.best_bid, book.best_ask
        if book.crossed or book.at is None or (bid is None and ask is None):
            raise NoQuote(
                f"token {symbol} has no quote", expected="an uncrossed, timed book with a bid or an ask"
            )
        return Quote(
            venue=VENUE,
            symbol=symbol,
            bid=bid.price if bid else None,
            ask=ask.price if ask else None,
            at=book.at,
        )

    def status(self) -> VenueStatus:
        """Ask the venue for its time: UP if it answers, DOWN if it is unreachable, else DEGRADED."""
        try:
            self._client.time()
        except (VenueUnavailable, CircuitOpen):
            return VenueStatus.DOWN
        except (RateLimited, BadReply, VenueError):
            return VenueStatus.DEGRADED
        return VenueStatus.UP

    # Account and orders -----------------------------------------------------------------------------------

    def balances(self) -> list[Balance]:
        desk = self._trading()
        raw = self._client.balance(desk.collateral, desk.auth())
        free = Decimal(read(BalanceReply, raw, "balance").balance) / BASE_UNITS
        return [Balance(venue=VENUE, currency=CURRENCY, free=free)]

    def positions(self) -> list[Position]:
        found = self._client.positions(self._trading().wallet)
        rows = [read(PositionReply, row, "position") for row in found]
        return [
            Position(
                venue=VENUE,
                symbol=row.asset,
                quantity=row.size,
                average_cost=row.avg_price,
                mark=row.cur_price,
                expires_at=row.end_date,
            )
            for row in rows
        ]

    def payouts(self, symbols: Sequence[str]) -> list[Payout]:
        """Return the payouts of resolved markets whose shares have left the wallet.

        Shares that are not redeemed yet are still in the wallet, so they have no payout.
        """
        held = {position.symbol for position in self.positions() if position.quantity}
        found: list[Payout] = []
        for symbol in symbols:
            if symbol in held:
                continue
            rows = self._client.markets({"clob_token_ids": symbol, "closed": "true"}, pages=1)
            for row in rows:
                market = parse_market(row, read_at=self._clock.now())
                if market.resolution is not None and symbol in market.resolution.payouts:
                    at = market.resolution.at or market.window_end
                    found.append(Payout(symbol=symbol, price=market.resolution.payout(symbol), at=at))
        return found

    def endings(self, symbols: Sequence[str]) -> dict[str, Decimal | None]:
        """Return payout prices of tokens whose market has ended; None without a resolution yet.

        Tokens of markets that go on are left out. The source is the venue's description of the market.
        """
        found: dict[str, Decimal | None] = {}
        for symbol in symbols:
            for closed in ("true", "false"):
                filters = {"clob_token_ids": symbol, "closed": closed}
                for row in self._client.markets(filters, pages=1):
                    market = parse_market(row, read_at=self._clock.now())
                    if market.resolution is not None and symbol in market.resolution.payouts:
                        found[symbol] = market.resolution.payout(symbol)
                    elif market.closed or market.window_end <= self._clock.now():
                        found.setdefault(symbol, None)
                if symbol in found:
                    break
        return found

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        """Place or cancel an order.

        Raises OrderDenied if nothing was sent, UnknownOutcome if the outcome is not known. A FAK order whose rest was
        killed gives `cancelled` with `filled` above zero.
        """
        return self._trading().execute(action, deadline=deadline)

    def withdraw(self, action: Action) -> bool:
        return self._trading().withdraw(action)

    def is_window_closed(self, action: Action) -> bool:
        """Return True if the expiry signed into a GTD order has passed; other orders have none."""
        return self._trading().is_window_closed(action)

    def query_action(self, client_id: str) -> ActionResult | None:
        return self._trading().query_action(client_id)

    def order_record(self, client_id: str) -> OrderRecord | None:
        return self._trading().order_record(client_id)

    def open_orders(self) -> list[OpenOrder]:
        return self._trading().open_orders()

    def fills(self, since: datetime) -> list[Fill]:
        return self._trading().fills(since)

    def _trading(self) -> PolymarketExecutor:
        if self._desk is None:
            raise ModeRefused(
                "trading at Polymarket is off",
                expected="trading.polymarket.private_key and trading.polymarket.trading_enabled = true",
                remedy="set both to place real orders, or run the bot in paper mode",
            )
        return self._desk


def _asset(market: BinaryMarket, outcome: str, token: str) -> Asset:
    return Asset(
        kind=AssetKind.BINARY_OUTCOME,
        symbol=token,
        venue=VENUE,
        unit="share",
        name=f"{market.slug} {outcome}",
        quantity_step=SHARE_STEP,
        price_step=market.tick,
        minimum_quantity=market.minimum_size,
        expires_at=market.window_end,
        attributes={"slug": market.slug, "outcome": outcome, "conditionId": market.condition_id},
    )
