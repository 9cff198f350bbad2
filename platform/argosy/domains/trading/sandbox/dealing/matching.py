"""The matching engine: checks, matches and settles orders against makers and people."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

from argosy.core.clock import Clock
from argosy.domains.trading.market import DOWN, UP
from argosy.domains.trading.sandbox.dealing.depth import TakenDepth, offers, with_resting
from argosy.domains.trading.sandbox.dealing.ledger import FEES, HOUSE, MINT, Ledger
from argosy.domains.trading.sandbox.dealing.order import (
    ZERO,
    MakerPart,
    Order,
    OrderRefused,
    Placed,
    Trade,
)
from argosy.domains.trading.sandbox.venue import ONE, BookState, MarketFeed, VenueMarket

TAKER_DELAY_MS = 150
MARKETABLE_MINIMUM = Decimal(1)
_MOST_STEPS = 2_400


class MatchingEngine:
    """One lock around everything: a venue decides one thing after the other.

    Invariants, whatever happens: the sum of all cash is what was deposited, the sum of all holdings of a token is
    0, and no account but the venue's own goes below zero.
    """

    def __init__(self, feed: MarketFeed, clock: Clock, *, opening_balance: Decimal = Decimal(10_000)) -> None:
        self._feed = feed
        self._clock = clock
        self._opening_balance = opening_balance
        self._lock = threading.RLock()
        self._taken = TakenDepth()
        self._resting: dict[str, list[Order]] = {}
        self._held: dict[str, VenueMarket] = {}
        self._advanced_ms = clock.now_ms()
        self.ledger = Ledger()
        self.orders: dict[str, Order] = {}
        self.trades: list[Trade] = []
        self.settlements: list[dict[str, object]] = []
        self.listeners: list[Callable[[Trade], None]] = []

    def open_account(self, name: str) -> None:
        """A new account gets the opening balance."""
        with self._lock:
            self.ledger.open(name, self._opening_balance)

    # Orders -----------------------------------------------------------------------------------------------

    def place(self, order: Order, *, at_most: Decimal | None = None) -> Placed:
        """Match what can be matched; GTC and GTD orders rest with what is left. Raises OrderRefused.

        `at_most` bounds what is matched now (a fault to be tested against): the rest of the order is cancelled.
        """
        with self._lock:
            self.advance()
            now_ms = self._clock.now_ms()
            market = self._tradable(order, now_ms)
            self._check(order, market, now_ms)
            book = self._feed.real(order.token, now_ms + TAKER_DELAY_MS)
            resting = self._resting.get(market.slug, [])
            found = offers(market, order, book, resting, self._taken, now_ms)
            plan: list[tuple[MakerPart, Decimal, Decimal]] = []
            wanted = order.size
            for offer in found:
                if wanted <= 0:
                    break
                size = min(offer.size, wanted)
                plan.append((offer.maker, offer.price, size))
                wanted -= size
            if order.post_only and plan:
                raise OrderRefused("invalid post-only order: order crosses book")
            if order.type == "FOK" and wanted > 0:
                raise OrderRefused("order couldn't be fully filled. FOK orders are fully filled or killed.")
            if order.type == "FAK" and not plan:
                raise OrderRefused(
                    "no orders found to match with FAK order. "
                    "FAK orders are partially filled or killed if no match is found."
                )
            self._check_funds(order, market, plan)
            if at_most is not None:
                plan = _cut(plan, at_most)
            self.orders[order.id] = order
            trades = [self._trade(market, order, part, price, size, now_ms) for part, price, size in plan]
            if order.open <= 0:
                order.status = "MATCHED"
            elif order.type in {"FOK", "FAK"} or at_most is not None:
                order.status = "CANCELED" if not trades else "MATCHED"
            else:
                self._resting.setdefault(market.slug, []).append(order)
                self._held[market.slug] = market
            return Placed(order, trades)

    def cancel(self, order_id: str, account: str) -> str | None:
        """None when it was cancelled, else why not."""
        with self._lock:
            self.advance()
            order = self.orders.get(order_id)
            if order is None or order.account != account:
                return "order not found"
            if order.open <= 0:
                return "order already matched" if order.status == "MATCHED" else "order already canceled"
            self._end(order)
            return None

    def merge(self, account: str, market: VenueMarket, pairs: Decimal) -> None:
        """Give back `pairs` of both outcomes for 1 USD each. Raises OrderRefused."""
        with self._lock:
            for token in market.tokens:
                if self.free_shares(account, token) < pairs:
                    raise OrderRefused("not enough balance / allowance")
            for token in market.tokens:
                self.ledger.hand(account, MINT, token, pairs)
            self.ledger.pay(MINT, account, pairs)

    # What is free -----------------------------------------------------------------------------------------

    def free_cash(self, account: str) -> Decimal:
        """USD not promised to resting orders."""
        locked = sum((o.open * o.price for o in self._open_orders(account) if o.side == "BUY"), ZERO)
        return self.ledger.accounts[account].cash - locked

    def free_shares(self, account: str, token: str) -> Decimal:
        locked = sum(
            (o.open for o in self._open_orders(account) if o.side == "SELL" and o.token == token), ZERO
        )
        return self.ledger.accounts[account].shares.get(token, ZERO) - locked

    def _open_orders(self, account: str) -> list[Order]:
        return [order for orders in self._resting.values() for order in orders if order.account == account]

    # Books ------------------------------------------------------------------------------------------------

    def book(self, market: VenueMarket, token: str, now_ms: int) -> BookState | None:
        """As shown to the public, people's orders and recent takings included."""
        shown = self._feed.shown(token, now_ms)
        if shown is None:
            return None
        with self._lock:
            resting = self._resting.get(market.slug, ())
            return with_resting(market, token, shown, resting, self._taken, now_ms)

    @property
    def quiet(self) -> bool:
        """Nobody trades or rests just now: books are the makers' alone."""
        if not self._taken.empty:
            self._taken.forget(self._clock.now_ms())
        return self._taken.empty and not self._resting

    # Time -------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Bring resting orders, expiries and settlements up to the venue's time."""
        with self._lock:
            now_ms = self._clock.now_ms()
            if now_ms <= self._advanced_ms:
                return
            step = self._feed.step_ms
            first = max(self._advanced_ms // step + 1, now_ms // step - _MOST_STEPS) * step
            if any(self._resting.values()):
                for moment in range(first, now_ms + 1, step):
                    self._step(moment)
            self._advanced_ms = now_ms
            self._settle(now_ms)

    def _step(self, now_ms: int) -> None:
        for slug, resting in list(self._resting.items()):
            market = self._held[slug]
            for order in list(resting):
                if now_ms >= market.end_ms or (order.expires_ms is not None and now_ms >= order.expires_ms):
                    self._end(order)
                    continue
                book = self._feed.real(order.token, now_ms)
                for offer in offers(market, order, book, (), self._taken, now_ms):
                    size = min(offer.size, order.open)
                    if size <= 0:
                        break
                    # The maker crosses into the resting order: it trades at the order's price, without a fee.
                    self._rested(market, order, size, now_ms)
                    self._taken.take(market, order.token, order.side, offer.price, size, now_ms)

    def _settle(self, now_ms: int) -> None:
        for slug, market in list(self._held.items()):
            if now_ms < market.end_ms:
                continue
            for order in list(self._resting.get(slug, ())):
                self._end(order)
            winner = self._feed.winner(market, now_ms)
            if winner is None:
                continue
            payouts = {market.token(UP): ONE if winner == UP else ZERO}
            payouts[market.token(DOWN)] = ONE - payouts[market.token(UP)]
            paid = self.ledger.redeem(payouts)
            self.settlements.append(
                {"slug": slug, "winner": winner, "at": self._feed.resolved_ms(market), "paid": paid}
            )
            del self._held[slug]

    def _end(self, order: Order) -> None:
        if order.status == "LIVE":
            order.status = "CANCELED"
        for slug, resting in list(self._resting.items()):
            if order in resting:
                resting.remove(order)
                if not resting:
                    del self._resting[slug]

    # Checks -----------------------------------------------------------------------------------------------

    def _tradable(self, order: Order, now_ms: int) -> VenueMarket:
        market = self._feed.market_of(order.token, now_ms)
        if market is None:
            raise OrderRefused("No orderbook exists for the requested token id", 404)
        if now_ms >= market.end_ms:
            raise OrderRefused("the market is not accepting orders")
        return market

    def _check(self, order: Order, market: VenueMarket, now_ms: int) -> None:
        if order.id in self.orders:
            raise OrderRefused(f"order {order.id} is invalid. Duplicated.")
        if not market.tick <= order.price <= ONE - market.tick or order.price % market.tick:
            raise OrderRefused(
                f"invalid price ({order.price}), min: {market.tick} - max: {ONE - market.tick}"
            )
        if order.size <= 0:
            raise OrderRefused("invalid amounts")
        if order.type in {"GTC", "GTD"}:
            if order.size < market.minimum_size:
                raise OrderRefused(f"Size ({order.size}) lower than the minimum: {market.minimum_size}")
        elif order.side == "BUY" and order.size * order.price < MARKETABLE_MINIMUM:
            raise OrderRefused(
                f"invalid amount for a marketable BUY order (${order.size * order.price}), min size: $1"
            )
        if order.post_only and order.type not in {"GTC", "GTD"}:
            raise OrderRefused("invalid post-only order: only GTC and GTD are allowed")
        if order.expires_ms is not None and order.expires_ms <= now_ms:
            raise OrderRefused("invalid expiration")

    def _check_funds(
        self, order: Order, market: VenueMarket, plan: list[tuple[MakerPart, Decimal, Decimal]]
    ) -> None:
        fees = market.fees()
        if order.side == "SELL":
            enough = self.free_shares(order.account, order.token) >= order.size
        else:
            matched = sum((size for _, _, size in plan), ZERO)
            cost = sum((size * price + fees.fee(size, price) for _, price, size in plan), ZERO)
            if order.type in {"GTC", "GTD"}:
                cost += (order.size - matched) * order.price
            enough = self.free_cash(order.account) >= cost
        if not enough:
            raise OrderRefused("not enough balance / allowance")

    # Transfers --------------------------------------------------------------------------------------------

    def _trade(
        self, market: VenueMarket, order: Order, part: MakerPart, price: Decimal, size: Decimal, now_ms: int
    ) -> Trade:
        """The taker's side: transfers, the fee, and the maker's part."""
        fee = market.fees().fee(size, price)
        self._move(market, order.account, order.token, order.side, price, size, part)
        self.ledger.pay(order.account, FEES, fee)
        if part.order is None:
            self._taken.take(market, order.token, order.side, price, size, now_ms)
        else:
            _match(part.order, size)
            if part.order.open <= 0:
                self._end(part.order)
        _match(order, size)
        return self._record(market, order, order.account, order.id, size, price, fee, now_ms, part)

    def _rested(self, market: VenueMarket, order: Order, size: Decimal, now_ms: int) -> None:
        """A maker takes a resting order at the order's own price; makers pay their fees to themselves."""
        part = MakerPart(order, order.account, order.token, order.side, order.price)
        house = MakerPart(None, HOUSE, order.token, "SELL" if order.side == "BUY" else "BUY", order.price)
        self._move(market, order.account, order.token, order.side, order.price, size, house)
        _match(order, size)
        if order.open <= 0:
            self._end(order)
        taker = Order(
            f"house-{len(self.trades)}", HOUSE, order.token, house.side, order.price, size, "FAK", now_ms
        )
        self._record(market, taker, HOUSE, taker.id, size, order.price, ZERO, now_ms, part)

    def _move(
        self,
        market: VenueMarket,
        account: str,
        token: str,
        side: str,
        price: Decimal,
        size: Decimal,
        part: MakerPart,
    ) -> None:
        """Money and shares of one match. Two on the same side of opposite outcomes make or give back pairs."""
        maker = part.account
        self._held[market.slug] = market
        if part.token == token:
            giver, taker = (maker, account) if side == "BUY" else (account, maker)
            self.ledger.hand(giver, taker, token, size)
            self.ledger.pay(taker, giver, size * price)
        elif side == "BUY":
            self.ledger.hand(MINT, account, token, size)
            self.ledger.hand(MINT, maker, part.token, size)
            self.ledger.pay(account, MINT, size * price)
            self.ledger.pay(maker, MINT, size * part.price)
        else:
            self.ledger.hand(account, MINT, token, size)
            self.ledger.hand(maker, MINT, part.token, size)
            self.ledger.pay(MINT, account, size * price)
            self.ledger.pay(MINT, maker, size * part.price)

    def _record(
        self,
        market: VenueMarket,
        order: Order,
        account: str,
        order_id: str,
        size: Decimal,
        price: Decimal,
        fee: Decimal,
        now_ms: int,
        part: MakerPart,
    ) -> Trade:
        trade = Trade(
            id=f"trade-{len(self.trades) + 1}",
            market=market.slug,
            token=order.token,
            side=order.side,
            size=size,
            price=price,
            fee=fee,
            at_ms=now_ms,
            taker_account=account,
            taker_order=order_id,
            maker=part,
        )
        self.trades.append(trade)
        order.trades.append(trade.id)
        if part.order is not None:
            part.order.trades.append(trade.id)
        for listener in list(self.listeners):
            listener(trade)
        return trade


def _match(order: Order, size: Decimal) -> None:
    order.matched += size
    if order.matched >= order.size:
        order.status = "MATCHED"


def _cut(
    plan: list[tuple[MakerPart, Decimal, Decimal]], at_most: Decimal
) -> list[tuple[MakerPart, Decimal, Decimal]]:
    kept: list[tuple[MakerPart, Decimal, Decimal]] = []
    for part, price, size in plan:
        taken = min(size, at_most)
        if taken > 0:
            kept.append((part, price, taken))
            at_most -= taken
    return kept
