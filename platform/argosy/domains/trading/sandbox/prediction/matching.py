"""Matching engine: checks, matches and settles orders against makers and customers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from argosy.core.clock import Clock
from argosy.domains.trading.market import DOWN, UP
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.prediction.depth import TakenDepth, offers, take_depth, with_resting
from argosy.domains.trading.sandbox.prediction.market import BookState, MarketFeed, VenueMarket
from argosy.domains.trading.sandbox.prediction.order import (
    ZERO,
    MakerPart,
    OrderRefused,
    Placed,
    SandboxOrder,
    SandboxTrade,
)
from argosy.domains.trading.sandbox.prediction.plan import Plan, check, is_whole, plan_matches
from argosy.domains.trading.sandbox.prediction.rows import (
    market_of,
    market_row,
    order_of,
    order_row,
    settlement_of,
    trade_of,
    trade_row,
)
from argosy.domains.trading.sandbox.prediction.transfer import transfer
from argosy.venuekit.paper.consumed_depth import RefilledDepth
from argosy.venuekit.paper.fill_kernel import walk
from argosy.venuekit.sandbox.double_entry import FEES, HOUSE, MINT, Ledger
from argosy.venuekit.sandbox.journal import SandboxJournal

TAKER_DELAY_MS = 150
_MOST_STEPS = 2_400


class MatchingEngine:
    """Matching engine of the prediction market.

    One lock serialises all changes, because a venue decides one thing after the other. Changes are in the
    journal before a request is answered.

    Three invariants hold at all times. The sum of all cash is the sum of deposits. The sum of all holdings of
    a token is 0. Only the venue's own accounts go below zero.
    """

    def __init__(
        self,
        feed: MarketFeed,
        clock: Clock,
        *,
        opening_balance: Decimal = Decimal(10_000),
        journal: SandboxJournal | None = None,
        on_paid: Callable[[str, Pair], None] = lambda slug, payouts: None,
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._opening_balance = opening_balance
        self._on_paid = on_paid
        self._lock = threading.RLock()
        self._depth = 0
        self._journal = journal or SandboxJournal()
        self._changed: dict[str, SandboxOrder] = {}
        self._taken: TakenDepth = RefilledDepth()
        self._resting: dict[str, list[SandboxOrder]] = {}
        self._held: dict[str, VenueMarket] = {}
        self._advanced_ms = clock.now_ms() - 1
        self.ledger = Ledger(self._journal, clock.now_ms)
        self.orders: dict[str, SandboxOrder] = {}
        self.wallets: dict[str, str] = {}
        self.trades: list[SandboxTrade] = []
        self._trades_of: dict[str, list[SandboxTrade]] = {}
        self.settlements: list[dict[str, object]] = []
        self.listeners: list[Callable[[SandboxTrade], None]] = []
        self._restore()

    def _restore(self) -> None:
        self.orders = {name: order_of(row) for name, row in self._journal.rows("order")}
        self.wallets = {name: str(row["account"]) for name, row in self._journal.rows("wallet")}
        for _, row in self._journal.rows("trade"):
            self._add(trade_of(row, self.orders))
        self.settlements = [settlement_of(row) for _, row in self._journal.rows("settlement")]
        for slug, row in self._journal.rows("market"):
            if row["held"]:
                self._held[slug] = market_of(row)
        slugs = {token: slug for slug, market in self._held.items() for token in market.tokens}
        for order in self.orders.values():
            if order.open > 0:
                self._resting.setdefault(slugs[order.token], []).append(order)

    @contextmanager
    def _acting(self) -> Iterator[None]:
        """Hold the lock, and write all changes to disk at the end of the outermost block."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    for order in self._changed.values():
                        self._journal.put("order", order.id, order_row(order))
                    self._changed.clear()
                    self.ledger.save()
                    self._journal.commit()

    def open_account(self, name: str) -> None:
        """Open an account with the opening balance, unless it exists."""
        with self._acting():
            self.ledger.open(name, self._opening_balance)

    def act(self, change: Callable[[], None]) -> None:
        """Change the markets, pay the ones this decides, and write both to disk."""
        with self._acting():
            change()
            self._settle(self._clock.now_ms())

    def deposit(self, name: str, cash: Decimal) -> None:
        """Deposit cash; a new account is opened with the opening balance first."""
        with self._acting():
            self.ledger.open(name, self._opening_balance)
            self.ledger.deposit(name, cash)

    # Orders -----------------------------------------------------------------------------------------------

    def place(self, order: SandboxOrder, *, at_most: Decimal | None = None) -> Placed:
        """Match an order at once; the rest of a GTC or GTD order rests.

        `at_most` bounds the shares matched now, and the rest of the order is cancelled (a fault for tests).
        Raises OrderRefused.
        """
        with self._acting():
            self.advance()
            now_ms = self._clock.now_ms()
            owner = order.maker if order.maker in self.ledger.accounts else self.wallets.get(order.maker)
            if owner not in (None, order.account):
                raise OrderRefused("the order signer address has to be the address of the API KEY")
            market = self._tradable(order, now_ms)
            if order.id in self.orders:
                raise OrderRefused(f"order {order.id} is invalid. Duplicated.")
            check(order, market, now_ms)
            book = self._feed.real(order.token, now_ms + TAKER_DELAY_MS)
            resting = self._resting.get(market.slug, [])
            found = offers(market, order, book, resting, self._taken, now_ms)
            plan = plan_matches(order, found)
            if order.post_only and plan.taken:
                raise OrderRefused("invalid post-only order: order crosses book")
            if order.type == "FOK" and not is_whole(order, plan):
                raise OrderRefused("order couldn't be fully filled. FOK orders are fully filled or killed.")
            if order.type == "FAK" and not plan.taken:
                raise OrderRefused(
                    "no orders found to match with FAK order. "
                    "FAK orders are partially filled or killed if no match is found."
                )
            self._check_funds(order, market, plan)
            if at_most is not None:
                plan = plan.first(at_most)
            self.orders[order.id] = self._changed[order.id] = order
            if owner is None:
                self.wallets[order.maker] = order.account
                self._journal.put("wallet", order.maker, {"account": order.account})
            trades = [
                self._trade(market, order, each.offer.maker, each.price, each.size, now_ms)
                for each in plan.taken
            ]
            if order.type in {"FOK", "FAK"} or at_most is not None:
                order.status = "CANCELED" if not trades else "MATCHED"
            elif order.open <= 0:
                order.status = "MATCHED"
            else:
                self._resting.setdefault(market.slug, []).append(order)
                self._hold(market)
            return Placed(order, trades)

    def cancel(self, order_id: str, account: str) -> str | None:
        """Cancel an order; return the reason if that fails, else None."""
        with self._acting():
            self.advance()
            order = self.orders.get(order_id)
            if order is None or order.account != account:
                return "order not found"
            if order.open <= 0:
                return "order already matched" if order.status == "MATCHED" else "order already canceled"
            self._end(order)
            return None

    def merge(self, account: str, market: VenueMarket, pairs: Decimal) -> None:
        """Exchange `pairs` shares of each outcome for 1 USD a pair. Raises OrderRefused."""
        with self._acting():
            for token in market.tokens:
                if self.free_shares(account, token) < pairs:
                    raise OrderRefused("not enough balance / allowance")
            for token in market.tokens:
                self.ledger.hand(account, MINT, token, pairs, "merge", market.slug)
            self.ledger.pay(MINT, account, pairs, "merge", market.slug)

    def owner_of(self, wallet: str) -> str:
        """Return the account that a proxy wallet, safe or deposit wallet belongs to.

        This is the account that used the wallet first. An unused wallet is its own account.
        """
        return self.wallets.get(wallet, wallet)

    def trades_of(self, account: str) -> Sequence[SandboxTrade]:
        """Return an account's trades as taker and as maker, oldest first."""
        return self._trades_of.get(account, ())

    def working(self, account: str) -> list[SandboxOrder]:
        """Return an account's resting orders, oldest first."""
        return sorted(self._open_orders(account), key=lambda order: order.created_ms)

    def _add(self, trade: SandboxTrade) -> None:
        self.trades.append(trade)
        for account in {trade.taker_account, trade.maker.account}:
            self._trades_of.setdefault(account, []).append(trade)

    # Free balances ----------------------------------------------------------------------------------------

    def free_cash(self, account: str) -> Decimal:
        """Return the USD that resting orders do not reserve."""
        locked = sum((o.open * o.price for o in self._open_orders(account) if o.side == "BUY"), ZERO)
        return self.ledger.accounts[account].cash - locked

    def free_shares(self, account: str, token: str) -> Decimal:
        locked = sum(
            (o.open for o in self._open_orders(account) if o.side == "SELL" and o.token == token), ZERO
        )
        return self.ledger.accounts[account].shares.get(token, ZERO) - locked

    def _open_orders(self, account: str) -> list[SandboxOrder]:
        return [order for orders in self._resting.values() for order in orders if order.account == account]

    # Books ------------------------------------------------------------------------------------------------

    def book(self, market: VenueMarket, token: str, now_ms: int) -> BookState | None:
        """Return the book as shown to the public.

        Customers' orders are in it, recently taken depth is not.
        """
        shown = self._feed.shown(token, now_ms)
        if shown is None:
            return None
        with self._lock:
            resting = self._resting.get(market.slug, ())
            return with_resting(market, token, shown, resting, self._taken, now_ms)

    @property
    def quiet(self) -> bool:
        """True if no customer's order rests and no depth was taken lately.

        The books are then the makers' alone.
        """
        if not self._taken.is_empty:
            self._taken.forget(self._clock.now_ms())
        return self._taken.is_empty and not self._resting

    # Time -------------------------------------------------------------------------------------------------

    def advance(self, until_ms: int | None = None, most: int | None = None) -> bool:
        """Bring resting orders, expiries and settlements up to the venue's time, or `until_ms`.

        `most` bounds the number of checks of resting orders. Returns False if checks are left.
        """
        with self._acting():
            now_ms = self._clock.now_ms() if until_ms is None else until_ms
            if now_ms <= self._advanced_ms:
                return True
            step = self._feed.step_ms
            first = max(self._advanced_ms // step + 1, now_ms // step - _MOST_STEPS) * step
            for moment in range(first, now_ms + 1, step):
                resting = sum(map(len, self._resting.values()))
                if not resting:
                    break
                if most is not None:
                    if most <= 0:
                        return False
                    most -= resting
                self._step(moment)
                self._advanced_ms = moment
            self._advanced_ms = now_ms
            self._settle(now_ms)
            return True

    def _step(self, now_ms: int) -> None:
        for slug, resting in list(self._resting.items()):
            market = self._held[slug]
            for order in list(resting):
                if now_ms >= market.end_ms or (order.expires_ms is not None and now_ms >= order.expires_ms):
                    self._end(order)
                    continue
                book = self._feed.real(order.token, now_ms)
                facing = offers(market, order, book, (), self._taken, now_ms)
                for each in walk(facing, order.open).taken:
                    # A simulated maker crosses the order, which fills at its own price without a fee.
                    self._rested(market, order, each.size, now_ms)
                    take_depth(self._taken, market, order.token, order.side, each.price, each.size, now_ms)

    def _settle(self, now_ms: int) -> None:
        for slug, market in list(self._held.items()):
            payouts = self._feed.payouts(market, now_ms)
            if now_ms < market.end_ms and payouts is None:
                continue
            for order in list(self._resting.get(slug, ())):
                self._end(order)
            if payouts is None:
                continue
            paid = self.ledger.redeem(dict(zip(market.tokens, payouts, strict=True)), slug)
            settlement: dict[str, object] = {
                "slug": slug,
                "winner": self._feed.winner(market, now_ms),
                "payouts": dict(zip((UP, DOWN), payouts, strict=True)),
                "at": self._feed.resolved_ms(market),
                "paid": paid,
            }
            self.settlements.append(settlement)
            self._on_paid(slug, payouts)
            self._journal.put("settlement", slug, settlement)
            self._journal.put("market", slug, market_row(market, held=False))
            del self._held[slug]

    def _hold(self, market: VenueMarket) -> None:
        """Keep a market in which customers have shares or orders, so that it is settled."""
        if market.slug not in self._held:
            self._held[market.slug] = market
            self._journal.put("market", market.slug, market_row(market, held=True))

    def _end(self, order: SandboxOrder) -> None:
        self._changed[order.id] = order
        if order.status == "LIVE":
            order.status = "CANCELED"
        for slug, resting in list(self._resting.items()):
            if order in resting:
                resting.remove(order)
                if not resting:
                    del self._resting[slug]

    # Checks -----------------------------------------------------------------------------------------------

    def _tradable(self, order: SandboxOrder, now_ms: int) -> VenueMarket:
        market = self._feed.market_of(order.token, now_ms)
        if market is None:
            raise OrderRefused("No orderbook exists for the requested token id", 404)
        if now_ms >= market.end_ms or self._feed.payouts(market, now_ms) is not None:
            raise OrderRefused("the market is not accepting orders")
        return market

    def _check_funds(self, order: SandboxOrder, market: VenueMarket, plan: Plan) -> None:
        fees = market.fees()
        if order.side == "SELL":
            enough = self.free_shares(order.account, order.token) >= order.size
        else:
            cost = plan.notional + sum((fees.fee(each.size, each.price) for each in plan.taken), ZERO)
            if order.type in {"GTC", "GTD"}:
                cost += (order.size - plan.shares) * order.price
            enough = self.free_cash(order.account) >= cost
        if not enough:
            raise OrderRefused("not enough balance / allowance")

    # Transfers --------------------------------------------------------------------------------------------

    def _trade(
        self,
        market: VenueMarket,
        order: SandboxOrder,
        part: MakerPart,
        price: Decimal,
        size: Decimal,
        now_ms: int,
    ) -> SandboxTrade:
        """Carry out the taker's trade: transfers, the fee, and the maker's part."""
        fee = market.fees().fee(size, price)
        self._hold(market)
        transfer(self.ledger, order, part, price, size, self._next_trade)
        self.ledger.pay(order.account, FEES, fee, "fee", self._next_trade)
        if part.order is None:
            take_depth(self._taken, market, order.token, order.side, price, size, now_ms)
        else:
            _match(part.order, size)
            if part.order.open <= 0:
                self._end(part.order)
        _match(order, size)
        return self._record(market, order, order.account, order.id, size, price, fee, now_ms, part)

    def _rested(self, market: VenueMarket, order: SandboxOrder, size: Decimal, now_ms: int) -> None:
        """Fill a resting order at its own price against a simulated maker.

        The taker is the venue's house account, so no fee is booked.
        """
        part = MakerPart(order, order.account, order.token, order.side, order.price)
        house = MakerPart(None, HOUSE, order.token, "SELL" if order.side == "BUY" else "BUY", order.price)
        self._hold(market)
        transfer(self.ledger, order, house, order.price, size, self._next_trade)
        _match(order, size)
        if order.open <= 0:
            self._end(order)
        taker = SandboxOrder(
            f"house-{len(self.trades)}", HOUSE, order.token, house.side, order.price, size, "FAK", now_ms
        )
        self._record(market, taker, HOUSE, taker.id, size, order.price, ZERO, now_ms, part)

    @property
    def _next_trade(self) -> str:
        return f"trade-{len(self.trades) + 1}"

    def _record(
        self,
        market: VenueMarket,
        order: SandboxOrder,
        account: str,
        order_id: str,
        size: Decimal,
        price: Decimal,
        fee: Decimal,
        now_ms: int,
        part: MakerPart,
    ) -> SandboxTrade:
        trade = SandboxTrade(
            id=self._next_trade,
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
        self._add(trade)
        self._journal.put("trade", trade.id, trade_row(trade))
        for each in (order, part.order):
            if each is not None:
                each.trades.append(trade.id)
                if each.id in self.orders:
                    self._changed[each.id] = each
        for listener in list(self.listeners):
            listener(trade)
        return trade


def _match(order: SandboxOrder, size: Decimal) -> None:
    order.matched += size
    if order.matched >= order.size:
        order.status = "MATCHED"
