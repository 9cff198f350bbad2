"""Venue with the interface of legacy providers.

Numbers are floats, symbols are pair strings, orders go through place_order. Every write goes through the gateway.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, TimeInForce
from argosy.core.clock import Clock
from argosy.core.money.money import ONE, ZERO, decimal, floor_to
from argosy.core.ports import ActionGateway
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import OrderBook
from argosy.domains.trading.market import AccountVenue
from argosy.domains.trading.venues.replies.pairs import pair, quote_currency
from argosy.errors import InvalidInput, NoQuote, StaleData, VenueError, VenueNotFound
from argosy.legacy.exchange_shape import ExchangeShape
from argosy.legacy.record import Record

_WORDS = {
    ActionStatus.FILLED: "closed",
    ActionStatus.CANCELLED: "canceled",
    ActionStatus.REJECTED: "rejected",
    ActionStatus.DENIED: "rejected",
    ActionStatus.UNKNOWN: "unknown",
}
_TIMES: Mapping[str, TimeInForce] = {"GTC": "GTC", "GTD": "GTD", "FOK": "FOK", "FAK": "FAK", "IOC": "FAK"}
_FINEST = Decimal("0.00000001")
_OLDEST_BOOK_S = 15.0
"""Oldest book, in seconds, whose best price may bound a market order."""
_AT_ONCE = frozenset(
    {"now_ms", "asset", "market", "milliseconds", "amount_to_precision", "price_to_precision"}
)
"""Methods without network access; ccxt's async classes do not await them either."""
_WRITES = ("place_", "create_", "cancel_")


class VenueProvider(ExchangeShape):
    """Legacy provider on top of a venue and the gateway.

    It offers connect, get_balance, get_orderbook, place_order, get_order, cancel_order, get_markets, disconnect,
    and the methods of a ccxt exchange that bots use.

    `client_id` returns the id of the n-th action. The id is the same after a crash, so no action is sent twice. It
    is also the order's id. Orders without a price are sent as limits at most `slippage` (a fraction) beyond the
    best price. Their unfilled rest is cancelled. `parameters` returns the venue's extra values for an order of an
    asset. `known` are orders of earlier providers, by id, that this one may look up. Threads may share the
    provider: orders are sent one after another.
    """

    def __init__(
        self,
        venue: AccountVenue,
        gateway: ActionGateway,
        client_id: Callable[[int], str],
        clock: Clock,
        *,
        slippage: Decimal = Decimal("0.01"),
        maximum_actions: int = 100,
        parameters: Callable[[Asset], Mapping[str, str]] | None = None,
        known: Iterable[Action] = (),
    ) -> None:
        self.id = self.name = venue.name
        self.venue = venue
        self._gateway = gateway
        self._client_id = client_id
        self._clock = clock
        self._slippage = slippage
        self._maximum = maximum_actions
        self._parameters = parameters
        self._assets: dict[str, Asset] | None = None
        self._orders = {action.client_id: action for action in known}
        self._placed_ms: dict[str, int] = {}
        self._writing = threading.RLock()
        self.results: list[ActionResult] = []

    def connect(self) -> bool:
        return True

    def disconnect(self) -> None:
        """Do nothing: the venue is not owned by this object."""

    def now_ms(self) -> int:
        """Return the platform's clock, which replays drive. Unix milliseconds."""
        return self._clock.now_ms()

    # --- reading ----------------------------------------------------------------------------------------

    def get_markets(self) -> list[str]:
        return list(self.assets)

    def get_balance(self, currency: str | None = None) -> Any:
        """Return the free balance of one currency as a float, else of all by currency."""
        free = {b.currency: float(b.free) for b in self.venue.balances()}
        return free if currency is None else free.get(currency, 0.0)

    def get_orderbook(self, pair: str, depth: int = 50) -> Record:
        book = self._book(pair)
        return Record(
            symbol=pair,
            bids=[[float(level.price), float(level.size)] for level in book.bids[:depth]],
            asks=[[float(level.price), float(level.size)] for level in book.asks[:depth]],
            timestamp=(book.at or book.received_at).timestamp(),
        )

    def get_ticker(self, pair: str) -> Record:
        quote = self.venue.quote(self.asset(pair).symbol)
        bid, ask, last = (None if v is None else float(v) for v in (quote.bid, quote.ask, quote.last))
        return Record(symbol=pair, bid=bid, ask=ask, last=last or bid, timestamp=quote.at.timestamp())

    @property
    def assets(self) -> dict[str, Asset]:
        if self._assets is None:
            self._assets = {asset.symbol: asset for asset in self.venue.assets()}
        return self._assets

    def asset(self, name: str) -> Asset:
        """Return the asset by the venue's own symbol, or by a pair in any spelling.

        Raises VenueNotFound.
        """
        if name in self.assets:
            return self.assets[name]
        wanted = pair(name)
        for asset in self.assets.values():
            if wanted is not None and (asset.unit.upper(), asset.quote_currency.upper()) == wanted:
                return asset
        raise VenueNotFound(
            f"{self.name} has no symbol {name}", expected=", ".join(list(self.assets)[:8]) or None
        )

    def _book(self, name: str) -> OrderBook:
        return self.venue.order_book(self.asset(name).symbol)

    # --- orders -----------------------------------------------------------------------------------------

    def place_order(
        self,
        pair: str,
        side: str,
        amount: float | Decimal,
        price: float | Decimal | None = None,
        order_type: str = "limit",
        *,
        time_in_force: str | None = None,
        **options: Any,
    ) -> Record:
        """Send an order through the gateway.

        A refusal is an order of status `rejected` with its `reason`. Amounts are rounded down to the venue's step.
        Prices are rounded so that the limit is never worse than requested.

        Raises InvalidInput for an invalid order, NoQuote if a market order finds no price, StaleData for an old
        book.
        """
        asset = self.asset(pair)
        price = None if order_type == "market" else price
        with self._writing:
            action = self._action(asset, side, amount, price, time_in_force)
            (result,) = self._submit(action)
        return self._told(action, result)

    def get_order(self, order_id: str, pair: str | None = None) -> Record:
        """Return the order as the venue reports it now.

        Raises VenueNotFound for an id that this provider never gave.
        """
        action = self._orders.get(order_id)
        if action is None:
            raise VenueNotFound(f"no order {order_id}", remedy="ids are those that place_order returned")
        last = next((r for r in reversed(self.results) if r.client_id == order_id), None)
        if last is not None and last.status.final:
            return self._told(action, last)
        found = self.venue.query_action(order_id)
        if found is None:
            found = last if last is not None and last.filled else self._absent(action)
        return self._told(action, found)

    def _absent(self, action: Action) -> ActionResult:
        """Return the result for an order that the venue does not know.

        Absence proves something only after the time that the venue may need to show an order.
        """
        waited_s = (self.now_ms() - self._placed_at_ms(action)) / 1000
        never = waited_s >= self.venue.absence_proves_after_s
        return ActionResult(
            client_id=action.client_id,
            status=ActionStatus.CANCELLED if never else ActionStatus.UNKNOWN,
            reason="it never arrived" if never else "the venue does not know it (yet)",
        )

    def cancel_order(self, order_id: str, pair: str | None = None, params: Any = None) -> Record:
        order = self._orders.get(order_id)
        if order is None:
            raise VenueNotFound(f"no order {order_id}", remedy="ids are those that place_order returned")
        with self._writing:
            action = Action(
                client_id=self._next_id(),
                venue=self.venue.name,
                kind=ActionKind.CANCEL_ORDER,
                symbol=order.symbol,
                label=order.label,
                quantity=order.quantity,
                currency=order.currency,
                parameters={"clientId": order_id},
            )
            (result,) = self._submit(action)
        found = self.get_order(order_id)
        if result.status is not ActionStatus.FILLED:
            found["reason"] = result.reason
        return found

    def get_open_orders(self, pair: str | None = None) -> list[Record]:
        """Return open orders that were placed here."""
        symbol = None if pair is None else self.asset(pair).symbol
        asked = [a for a in self._orders.values() if symbol in (None, a.symbol)]
        return [
            order for order in map(self._looked_up, asked) if order is not None and order["status"] == "open"
        ]

    def _looked_up(self, action: Action) -> Record | None:
        try:
            return self.get_order(action.client_id)
        except VenueError:
            return None

    @property
    def orders(self) -> list[Action]:
        """Every order placed here or known from before."""
        return list(self._orders.values())

    def _submit(self, action: Action) -> list[ActionResult]:
        self._placed_ms[action.client_id] = self.now_ms()
        results = self._gateway.submit([action])
        if action.kind is ActionKind.PLACE_ORDER:
            self._orders[action.client_id] = action
        self.results += results
        return results

    def _next_id(self) -> str:
        if len(self.results) >= self._maximum:
            raise InvalidInput("too many actions in one go", expected=f"at most {self._maximum}")
        return self._client_id(len(self.results))

    def _action(self, asset: Asset, side: str, amount: Any, price: Any, time_in_force: str | None) -> Action:
        word = str(getattr(side, "value", side)).lower()
        if word not in ("buy", "sell"):
            raise InvalidInput("an order buys or sells", expected="buy or sell", found=str(side))
        quantity = decimal(amount, name="amount")
        quantity = floor_to(quantity, asset.quantity_step) if asset.quantity_step else quantity
        if quantity <= 0:
            raise InvalidInput("the amount is nothing", expected="at least one step", found=str(amount))
        if price is None:
            limit, wanted = self._marketable(asset, word), time_in_force or "FAK"
        else:
            limit, wanted = decimal(price, name="price"), time_in_force or "GTC"
        if wanted.upper() not in _TIMES:
            raise InvalidInput("no such time in force", expected=", ".join(_TIMES), found=wanted)
        limit = _on_grid(limit, asset.price_step or _FINEST, up=word == "sell")
        return Action(
            client_id=self._next_id(),
            venue=self.venue.name,
            kind=ActionKind.PLACE_ORDER,
            symbol=asset.symbol,
            label=asset.name or asset.symbol,
            side="buy" if word == "buy" else "sell",
            quantity=quantity,
            limit_price=limit,
            time_in_force=_TIMES[wanted.upper()],
            currency=asset.quote_currency or quote_currency(asset.symbol),
            parameters={} if self._parameters is None else dict(self._parameters(asset)),
        )

    def _marketable(self, asset: Asset, side: str) -> Decimal:
        book = self.venue.order_book(asset.symbol)
        best = book.best_ask if side == "buy" else book.best_bid
        if best is None or book.crossed:
            raise NoQuote(f"{self.name} has no price to {side} {asset.symbol} at")
        age_s = (self._clock.now() - (book.at or book.received_at)).total_seconds()
        if abs(age_s) > _OLDEST_BOOK_S:
            raise StaleData(
                f"{self.name}'s order book of {asset.symbol} is outdated", found=f"{age_s:.1f} s old"
            )
        return best.price * (ONE + self._slippage if side == "buy" else ONE - self._slippage)

    def _told(self, action: Action, result: ActionResult) -> Record:
        filled = result.filled
        return Record(
            id=action.client_id,
            clientOrderId=action.client_id,
            symbol=action.symbol,
            side=action.side,
            type="limit",
            amount=float(action.quantity),
            price=None if action.limit_price is None else float(action.limit_price),
            status=_WORDS.get(result.status, "open"),
            filled=float(filled),
            remaining=float(action.quantity - filled),
            average=None if result.average_price is None else float(result.average_price),
            cost=float(sum((f.quantity * f.price for f in result.fills), ZERO)),
            fee=Record(cost=float(result.fee), currency=action.currency),
            fees=_fees(action, result),
            reason=result.reason,
            timestamp=self._placed_at_ms(action) / 1000,
        )

    def _placed_at_ms(self, action: Action) -> int:
        """Return the time of placing; for earlier orders the one in their parameters, else 0."""
        noted = action.parameters.get("decidedAt", "")
        return self._placed_ms.get(action.client_id) or (int(noted) if noted.isdecimal() else 0)


def _fees(action: Action, result: ActionResult) -> list[Record]:
    """Return the fees by the currency in which they were taken.

    On a purchase this may be the bought currency.
    """
    found: dict[str, Decimal] = {}
    for fill in result.fills:
        for part in fill.fees:
            currency = action.currency if part.currency == fill.currency else part.currency
            found[currency] = found.get(currency, ZERO) + part.amount
    return [Record(cost=float(cost), currency=currency) for currency, cost in found.items()]


class AsyncVenueProvider:
    """Awaitable version of `VenueProvider`: each method runs in a thread.

    The event loop stays free meanwhile. Concurrent orders are sent in the order of their calls. So each gets the
    same id again if the run is delivered twice.
    """

    def __init__(self, provider: VenueProvider) -> None:
        self.sync = provider
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing = asyncio.Lock()

    def _turn(self) -> asyncio.Lock:
        """Return the lock of the running loop.

        A lock belongs to one loop, and a bot may run several loops in turn.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._writing = loop, asyncio.Lock()
        return self._writing

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.sync, name)
        if not callable(value) or name in _AT_ONCE:
            return value

        async def call(*args: Any, **kwargs: Any) -> Any:
            if not name.startswith(_WRITES):
                return await asyncio.to_thread(value, *args, **kwargs)
            async with self._turn():
                return await asyncio.to_thread(value, *args, **kwargs)

        return call


def _on_grid(price: Decimal, step: Decimal, *, up: bool) -> Decimal:
    """Round a buy's limit down and a sale's limit up: never worse than requested."""
    down = floor_to(price, step)
    return down + step if up and down < price else down
