"""Polymarket as a venue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from argosy.core.action import Action, ActionKind, ActionResult, Fill
from argosy.core.asset import Asset, AssetKind
from argosy.core.clock import Clock
from argosy.core.portfolio import Position
from argosy.core.send_deadline import SendDeadline
from argosy.core.venue import (
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
from argosy.domains.trading.venues.certain import certain
from argosy.domains.trading.venues.polymarket.client import MAX_BOOKS, PolymarketClient
from argosy.domains.trading.venues.polymarket.desk import OrderDesk
from argosy.domains.trading.venues.polymarket.fate import CURRENCY
from argosy.domains.trading.venues.polymarket.orders import BASE_UNITS
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
    OrderDenied,
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
        Capability.FILL_HISTORY,
    }
)

ABSENCE_S = 60.0
"""A post is given up after ten seconds and its credentials carry their second: what has not been listed a minute
after it was signed is not on its way any more."""


class PolymarketVenue:
    """Symbols are outcome token ids. Without a `desk` (a key and the deliberate switch) it only reads."""

    name = VENUE
    balance_step = 1 / BASE_UNITS
    """Balances are shown in millionths of a dollar."""

    def __init__(
        self,
        client: PolymarketClient,
        clock: Clock,
        *,
        desk: OrderDesk | None = None,
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
        """Recurring windows are read through their event, which carries the opening price.

        The tick size is that of a book read just before, where there is one: descriptions lag behind.
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
        """Both outcome tokens of the current window of each configured series."""
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
        """Raises NoQuote for an empty or crossed book, or one without a time."""
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
        """By the venue's clock: it answers, it is slow to, or it does not."""
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
        """Of resolved markets whose shares are no longer in the wallet. What waits to be redeemed is still there."""
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
        """By the market's own description: its resolution, or that its window is over and none has come."""
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

    @certain
    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        """Places or cancels an order. Raises OrderDenied when nothing was sent, UnknownOutcome otherwise.

        A killed remainder (FAK) gives `cancelled` with `filled` above zero.
        """
        desk = self._trading()
        if action.kind is ActionKind.PLACE_ORDER:
            return desk.place(action, deadline)
        if action.kind is ActionKind.CANCEL_ORDER:
            return desk.cancel(action, deadline)
        raise OrderDenied(
            f"Polymarket does not offer {action.kind.value} here", expected="place_order or cancel_order"
        )

    def withdraw(self, action: Action) -> bool:
        return self._trading().withdraw(action)

    def is_window_closed(self, action: Action) -> bool:
        """Has the expiry that was signed into a GTD order passed? No other order has one."""
        return self._trading().is_window_closed(action)

    def lookup(self, client_id: str) -> ActionResult | None:
        return self._trading().lookup(client_id)

    def order_record(self, client_id: str) -> OrderRecord | None:
        return self._trading().order_record(client_id)

    def open_orders(self) -> list[OpenOrder]:
        return self._trading().open_orders()

    def fills(self, since: datetime) -> list[Fill]:
        return self._trading().fills(since)

    def _trading(self) -> OrderDesk:
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
