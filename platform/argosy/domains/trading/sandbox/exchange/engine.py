"""Engine of the spot exchange: checks, matches and keeps orders.

Orders trade against the simulated books.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from argosy.core.clock import Clock
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange.order import (
    ZERO,
    Force,
    Kind,
    Side,
    SpotOffer,
    SpotOrder,
    SpotRefused,
    SpotTrade,
)
from argosy.domains.trading.sandbox.exchange.pairs import REDRAW_MS, Market
from argosy.venuekit.paper.consumed_depth import RefilledDepth
from argosy.venuekit.paper.fill_kernel import Walk, rounded_fee, walk
from argosy.venuekit.sandbox.journal import SandboxJournal
from argosy.venuekit.sandbox.wallets import AssetWallets

TICK, LOT, LEAST_NOTIONAL = Decimal("0.01"), Decimal("0.00001"), Decimal(5)
_COMMISSION_STEP = Decimal("0.00000001")
_POOR = "Account has insufficient balance for requested action."
Books = Callable[[Market], tuple[list[Pair], list[Pair]] | None]
CommissionIn = Literal["received", "quote"]
Plan: TypeAlias = Walk[SpotOffer]
"""Planned matches of an order with the levels of a book."""


@dataclass(frozen=True, slots=True)
class Commission:
    """Commission of takers and makers, as a fraction of each trade.

    `asset` "received" charges the asset that the trade brings, as Binance does. "quote" charges the quote
    currency. Each commission is rounded to 8 decimals, halves up.
    """

    taker: Decimal = Decimal("0.001")
    maker: Decimal = Decimal("0.001")
    asset: CommissionIn = "received"


class SpotEngine:
    """Accounts, orders and trades of the spot exchange.

    One lock serialises all changes. Changes are in the journal before a request is answered.
    """

    def __init__(
        self,
        markets: Sequence[Market],
        books: Books,
        clock: Clock,
        *,
        opening_balance: Decimal = Decimal(10_000),
        journal: SandboxJournal | None = None,
        commission: Commission | None = None,
    ) -> None:
        self.markets = {market.base + market.quote: market for market in markets}
        self._books = books
        self._clock = clock
        self._opening_balance = opening_balance
        self._journal = journal or SandboxJournal()
        self.commission = commission or Commission()
        self._lock = threading.RLock()
        self._taken: RefilledDepth[tuple[str, Side, Decimal]] = RefilledDepth()
        self.wallets = AssetWallets(self._journal, clock.now_ms, kind="spot_move")
        self.orders = {int(name): SpotOrder.of(row) for name, row in self._journal.rows("spot_order")}
        self._working = {order.id: order for order in self.orders.values() if order.working}
        self.trades: list[SpotTrade] = []
        self._trades_of: dict[tuple[str, str], list[SpotTrade]] = {}
        for _, row in self._journal.rows("spot_trade"):
            self._add(SpotTrade.of(row))

    @contextmanager
    def acting(self, account: str | None = None) -> Iterator[None]:
        """Serve one request under the lock, and write its changes to disk at the end.

        A new account is opened with the opening balance in each quote currency. Working orders are brought up
        to now.
        """
        with self._lock:
            try:
                if account is not None:
                    quotes = {market.quote: self._opening_balance for market in self.markets.values()}
                    self.wallets.open(account, quotes)
                self._advance()
                yield
            finally:
                self._journal.commit()

    # Orders -----------------------------------------------------------------------------------------------

    def place(
        self,
        account: str,
        client_id: str,
        symbol: str,
        side: Side,
        kind: Kind,
        force: Force,
        price: Decimal | None,
        quantity: Decimal,
        *,
        at_most: Decimal | None = None,
    ) -> SpotOrder:
        """Match an order at once; the rest of a GTC order rests.

        `at_most` bounds the quantity matched now, and the rest expires (a fault for tests). Raises
        SpotRefused.
        """
        with self.acting(account):
            market = self._market(symbol)
            now_ms = self._clock.now_ms()
            order = SpotOrder(
                id=len(self.orders) + 1,
                client_id=client_id,
                account=account,
                symbol=symbol,
                side=side,
                kind=kind,
                force=force,
                price=price,
                quantity=quantity,
                created_ms=now_ms,
                updated_ms=now_ms,
            )
            plan = self._plan(order, market)
            self._check(order, market, plan)
            if force == "FOK" and kind == "LIMIT" and plan.shares < quantity:
                plan = Walk()
            self.orders[order.id] = self._working[order.id] = order
            for each in plan.first(quantity if at_most is None else at_most).taken:
                self._take(order, market, each.price, each.size)
            rests = force == "GTC" and kind != "MARKET" and at_most is None
            if order.executed >= order.quantity:
                order.status = "FILLED"
            elif not rests:
                order.status = "EXPIRED"
            elif order.executed:
                order.status = "PARTIALLY_FILLED"
            self._keep(order)
            return order

    def cancel(self, order: SpotOrder) -> None:
        """Cancel a working order. Raises SpotRefused for one that has ended."""
        if not order.working:
            raise SpotRefused(-2011, "Unknown order sent.")
        order.status = "CANCELED"
        self._keep(order)

    def find(self, account: str, symbol: str, order_id: int | None, client_id: str | None) -> SpotOrder:
        """Return the order with this number, else the newest with this client id.

        A client id may be used again. Raises SpotRefused.
        """
        self._market(symbol)
        for order in reversed(self.orders.values()):
            named = order.client_id == client_id if order_id is None else order.id == order_id
            if named and (order.account, order.symbol) == (account, symbol):
                return order
        raise SpotRefused(-2013, "Order does not exist.")

    def working(self, account: str, symbol: str | None = None) -> list[SpotOrder]:
        return [
            order
            for order in self._working.values()
            if order.account == account and symbol in (None, order.symbol)
        ]

    def orders_of(self, account: str, symbol: str) -> list[SpotOrder]:
        """Return an account's orders in one pair, ended ones too, oldest first.

        Raises SpotRefused for an unknown pair.
        """
        self._market(symbol)
        return [order for order in self.orders.values() if (order.account, order.symbol) == (account, symbol)]

    def trades_of(self, account: str, symbol: str) -> Sequence[SpotTrade]:
        """Return an account's trades in one pair, oldest first."""
        return self._trades_of.get((account, symbol), ())

    def balance(self, account: str, asset: str) -> tuple[Decimal, Decimal]:
        """Return the free and the locked amount of an asset."""
        locked = ZERO
        for order in self.working(account):
            market = self.markets[order.symbol]
            if order.side == "BUY" and asset == market.quote:
                locked += order.open * (order.price or ZERO)
            elif order.side == "SELL" and asset == market.base:
                locked += order.open
        return self.wallets.total(account, asset) - locked, locked

    # Matching ---------------------------------------------------------------------------------------------

    def _market(self, symbol: str) -> Market:
        market = self.markets.get(symbol)
        if market is None:
            raise SpotRefused(-1121, "Invalid symbol.")
        return market

    def _plan(self, order: SpotOrder, market: Market) -> Plan:
        book = self._books(market)
        if book is None:
            raise SpotRefused(-1000, "The recording has no price at this time.", 503)
        now_ms = self._clock.now_ms()
        self._taken.forget(now_ms)
        left = (
            SpotOffer(price, self._taken.left((order.symbol, order.side, price), size, now_ms))
            for price, size in (book[1] if order.side == "BUY" else book[0])
        )
        return walk(left, order.open, order.price, side=order.side.lower())

    def _check(self, order: SpotOrder, market: Market, plan: Plan) -> None:
        price, quantity = order.price, order.quantity
        if any(each.client_id == order.client_id for each in self.working(order.account)):
            raise SpotRefused(-2010, "Duplicate order sent.")
        if price is not None and (price <= 0 or price % TICK):
            raise SpotRefused(-1013, "Filter failure: PRICE_FILTER")
        if quantity <= 0 or quantity % LOT:
            raise SpotRefused(-1013, "Filter failure: LOT_SIZE")
        if (plan.notional if price is None else price * quantity) < LEAST_NOTIONAL:
            raise SpotRefused(-1013, "Filter failure: NOTIONAL")
        if order.kind == "LIMIT_MAKER" and plan.taken:
            raise SpotRefused(-2010, "Order would immediately match and take.")
        if order.side == "SELL":
            needed, asset = quantity, market.base
        else:
            rest = quantity - plan.shares
            needed, asset = plan.notional + rest * (price or ZERO), market.quote
            if self.commission.asset == "quote":
                needed += sum((self._commission(one.price * one.size, False) for one in plan.taken), ZERO)
        if self.balance(order.account, asset)[0] < needed:
            raise SpotRefused(-2010, _POOR)

    def _take(self, order: SpotOrder, market: Market, price: Decimal, size: Decimal) -> None:
        """Fill from the book. The size stays gone until the book is drawn again."""
        redrawn_ms = (self._clock.now_ms() // REDRAW_MS + 1) * REDRAW_MS
        self._taken.take((order.symbol, order.side, price), size, redrawn_ms)
        self._trade(order, market, price, size, maker=False)

    def _trade(self, order: SpotOrder, market: Market, price: Decimal, size: Decimal, *, maker: bool) -> None:
        buys, quote = order.side == "BUY", price * size
        in_base = buys and self.commission.asset == "received"
        trade = SpotTrade(
            id=len(self.trades) + 1,
            order_id=order.id,
            client_id=order.client_id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            price=price,
            quantity=size,
            quote=quote,
            commission=self._commission(size if in_base else quote, maker),
            commission_asset=market.base if in_base else market.quote,
            maker=maker,
            at_ms=self._clock.now_ms(),
        )
        ref, sign = str(trade.id), 1 if buys else -1
        self.wallets.change(order.account, market.base, sign * size, "trade", ref)
        self.wallets.change(order.account, market.quote, -sign * quote, "trade", ref)
        self.wallets.change(order.account, trade.commission_asset, -trade.commission, "commission", ref)
        self._add(trade)
        self._journal.put("spot_trade", ref, trade.row())
        order.executed += size
        order.spent += quote
        order.trades.append(trade.id)

    def _add(self, trade: SpotTrade) -> None:
        self.trades.append(trade)
        self._trades_of.setdefault((trade.account, trade.symbol), []).append(trade)

    def _commission(self, amount: Decimal, maker: bool) -> Decimal:
        rate = self.commission.maker if maker else self.commission.taker
        return rounded_fee(amount, rate, _COMMISSION_STEP)

    def _advance(self) -> None:
        """Fill working orders whose price the market has reached, at that price."""
        for order in list(self._working.values()):
            market = self.markets[order.symbol]
            book = self._books(market)
            best = None if book is None else (book[1] if order.side == "BUY" else book[0])
            if not best or order.price is None:
                continue
            if best[0][0] <= order.price if order.side == "BUY" else best[0][0] >= order.price:
                self._trade(order, market, order.price, order.open, maker=True)
                order.status = "FILLED"
                self._keep(order)

    def _keep(self, order: SpotOrder) -> None:
        order.updated_ms = self._clock.now_ms()
        if not order.working:
            self._working.pop(order.id, None)
        self._journal.put("spot_order", str(order.id), order.row())
