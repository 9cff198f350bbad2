"""Venue with simulated fills and an account of its own.

Prices and markets come from a real, sandboxed or recorded venue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

from loguru import logger

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Fill
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock, from_ms
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Portfolio, Position
from argosy.core.ports import Documents
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import (
    Balance,
    Capability,
    Endings,
    OpenOrder,
    OrderBook,
    Payout,
    Quote,
    VenueStatus,
)
from argosy.domains.trading.action_kinds import MERGE_PAIR, REDEEM
from argosy.domains.trading.market import BinaryMarket, BinaryVenue, Resolution
from argosy.domains.trading.paper import matching, resting, settling
from argosy.domains.trading.paper.account import Consumed, PaperAccount, PaperHolding, Resting
from argosy.domains.trading.paper.ledger import PaperLedger
from argosy.domains.trading.paper.orders import refusal
from argosy.domains.trading.paper.policy import PaperPolicy, RecordedBooks
from argosy.domains.trading.sizes import spent_amount
from argosy.errors import ArgosyError, NeverSent, NoQuote, VenueNotFound
from argosy.venuekit.adapter.certain import certain
from argosy.venuekit.adapter.order_records import given_up, unsent_result, unsupported_kind

_KINDS = (ActionKind.PLACE_ORDER, ActionKind.CANCEL_ORDER, MERGE_PAIR, REDEEM)
_SECOND_LOOK_S = 0.02
_AVERAGE_STEP = Decimal("0.0000000001")


class PaperVenue:
    """`BinaryVenue` with simulated fills, on top of another one.

    `account` is the bot's id, `capital` is in quote currency. Books are read again at execution, after the
    taker delay. Orders meet these books, never the ones the decision was made on.

    An action and its result are one write. The same client id therefore always gets the same result, and an
    action without a result has had no effect.
    """

    absence_proves_after_s = 0.0

    def __init__(
        self,
        source: BinaryVenue,
        documents: Documents,
        clock: Clock,
        *,
        account: str,
        capital: Decimal,
        policy: PaperPolicy | None = None,
    ) -> None:
        self.name = source.name
        self.capabilities = source.capabilities | {
            Capability.PLACE_ORDER,
            Capability.CANCEL_ORDER,
            Capability.BALANCES,
            Capability.POSITIONS,
            Capability.LOOKUP_BY_CLIENT_ID,
            Capability.OPEN_ORDERS,
        }
        self._source = source
        self._recorded = source if isinstance(source, RecordedBooks) else None
        self._clock = clock
        self._ledger = PaperLedger(documents, source.name, account, capital)
        self._policy = policy or PaperPolicy()

    @property
    def namespace(self) -> str:
        """Namespace of this account's documents."""
        return self._ledger.namespace

    # --- reading, as the source does it -----------------------------------------------------------------

    def status(self) -> VenueStatus:
        return self._source.status()

    def assets(self) -> Sequence[Asset]:
        return self._source.assets()

    def order_book(self, symbol: str) -> OrderBook:
        return self._left([self._source.order_book(symbol)])[0]

    def quote(self, symbol: str) -> Quote:
        return self._source.quote(symbol)

    def market(self, slug: str) -> BinaryMarket:
        return self._source.market(slug)

    def books(self, symbols: Sequence[str]) -> list[OrderBook]:
        """Return the source's books without the shares that this account has taken.

        Shares count as taken while their level shows the same size.
        """
        return self._left(self._source.books(symbols))

    def _left(self, books: list[OrderBook]) -> list[OrderBook]:
        consumed = self._ledger.read().consumed
        if not consumed:
            return books
        kept = {
            book.symbol: matching.consumed_of(matching.depth_of(consumed[book.symbol]).still_shown(book))
            for book in books
            if book.symbol in consumed
        }
        if any(kept[symbol] != consumed[symbol] for symbol in kept):
            self._ledger.update(partial(_with_consumed, kept=kept))
        return [
            matching.less_consumed(book, kept[book.symbol]) if kept.get(book.symbol) else book
            for book in books
        ]

    def resolution(self, slug: str) -> Resolution | None:
        return self._source.resolution(slug)

    # --- the account ------------------------------------------------------------------------------------

    def balances(self) -> Sequence[Balance]:
        account = self._ledger.read()
        return [Balance(venue=self.name, currency="USD", free=account.free, locked=account.reserved)]

    def holdings(self) -> list[PaperHolding]:
        """Return the shares held, with market and end of window.

        Shares of an ended window are included until they are settled.
        """
        return list(self._ledger.read().holdings.values())

    def positions(self) -> Sequence[Position]:
        """Return positions, marked at the best bid of a sane book, else at the last sane bid."""
        return self.portfolio().positions

    def portfolio(self) -> Portfolio:
        """Return cash, positions at mark, realised profit and fees.

        Resting orders and marks are brought up to date first.
        """
        self.work()
        account = self._mark(self._ledger.read())
        return Portfolio(
            cash=account.cash,
            initial_capital=account.capital,
            realised=account.realised,
            fees=account.fees,
            positions=[
                Position(
                    venue=self.name,
                    symbol=h.symbol,
                    quantity=h.quantity,
                    average_cost=h.average_cost,
                    mark=h.mark,
                    expires_at=h.expires_at.isoformat().replace("+00:00", "Z"),
                )
                for h in account.holdings.values()
            ],
        )

    def open_orders(self) -> list[OpenOrder]:
        return [
            OpenOrder(
                venue=self.name,
                venue_id=str(order.result.venue_id),
                client_id=order.client_id,
                symbol=order.symbol,
                side=order.side,
                quantity=order.result.filled + order.quantity,
                filled=order.result.filled,
                price=order.price,
            )
            for order in self._ledger.read().resting.values()
        ]

    def work(self) -> list[ActionResult]:
        """Fill resting orders that the market has traded through, and end expired ones.

        Returns the results of the orders that ended.
        """
        done: list[ActionResult] = []
        for order in self._ledger.read().resting.values():
            change = self._step(order)
            if change is None:
                continue
            after = self._ledger.update(change)
            ended = after.recent.get(order.client_id)
            if order.client_id not in after.resting and ended is not None:
                done.append(ended)
        return done

    def _step(self, order: Resting) -> Callable[[PaperAccount], PaperAccount] | None:
        now = self._clock.now()
        reason = resting.over(order, now)
        if reason is not None:
            return partial(resting.end, client_id=order.client_id, reason=reason)
        book = self._book(order.symbol)
        levels = [] if book is None else resting.through(order, book, now, self._policy.evidence)
        if book is None or not levels:
            return None
        return partial(
            resting.fill,
            client_id=order.client_id,
            levels=levels,
            book=book,
            market=self._source.market(order.slug),
            now=now,
        )

    # --- decided markets --------------------------------------------------------------------------------

    def settle(self) -> None:
        """Pay the shares of decided markets.

        A payout is not an action, so neither the bot nor an emergency state holds it back.
        """
        for slug in {holding.slug for holding in self.holdings()}:
            try:
                resolution = self._source.resolution(slug)
            except ArgosyError as error:
                logger.warning("{} cannot be settled now, it is asked for again: {}", slug, error)
                continue
            if resolution is not None:
                pay = partial(settling.pay, resolution=resolution, venue=self.name, now=self._clock.now())
                self._ledger.update(pay)

    def payouts(self, symbols: Sequence[str]) -> list[Payout]:
        """Return the payouts that `settle` has booked."""
        paid = self._ledger.read().paid
        return [
            Payout(symbol=symbol, price=paid[symbol].price, at=paid[symbol].at)
            for symbol in symbols
            if symbol in paid
        ]

    def endings(self, symbols: Sequence[str]) -> dict[str, Decimal | None]:
        """Return the payout per share of each known symbol; None for an ended, unresolved window.

        Paid symbols have their booked payout, held ones that of their market. For other symbols the source is
        asked.
        """
        account, now = self._ledger.read(), self._clock.now()
        found: dict[str, Decimal | None] = {
            symbol: account.paid[symbol].price for symbol in symbols if symbol in account.paid
        }
        for holding in (account.holdings[symbol] for symbol in symbols if symbol in account.holdings):
            resolution = self._source.resolution(holding.slug)
            if resolution is not None:
                found[holding.symbol] = settling.payout_of(holding, resolution)
            elif holding.expires_at <= now:
                found[holding.symbol] = None
        strange = [name for name in symbols if name not in account.paid and name not in account.holdings]
        if strange and isinstance(self._source, Endings):
            found.update(self._source.endings(strange))
        return found

    def query_action(self, client_id: str) -> ActionResult | None:
        if client_id in self._ledger.read().resting:
            self.work()
        return self._ledger.result(client_id)

    def results(self) -> list[ActionResult]:
        return self._ledger.results()

    # --- writing ----------------------------------------------------------------------------------------

    @certain
    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        before = self._ledger.result(action.client_id)
        if before is not None:
            return before
        if action.kind is ActionKind.PLACE_ORDER:
            return self._order(action, deadline)
        if action.kind is ActionKind.CANCEL_ORDER:
            return self._cancel(action, deadline)
        if action.kind is MERGE_PAIR:
            return self._merge(action, deadline)
        if action.kind is REDEEM:
            return self._redeem(action, deadline)
        return unsupported_kind(action, self.name, _KINDS)

    def withdraw(self, action: Action) -> bool:
        """Cancel an action that was not carried out; False if it was."""
        refused = unsent_result(action.client_id, given_up())
        return (
            self._ledger.settle(action.client_id, lambda account: (account, refused)).code == NeverSent.code
        )

    def _order(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        slug = action.parameters.get("slug")
        if slug is None:
            holding = self._ledger.read().holdings.get(action.symbol)
            slug = None if holding is None else holding.slug
        if slug is None:
            return self._reject(action, 'expected the market\'s slug in parameters["slug"], found none')
        try:
            market = self._source.market(slug)
            reason = refusal(action, market, self._clock.now())
            if reason is not None:
                return self._reject(action, reason)
            look, waited_s = self._look(action, market)
        except ArgosyError as error:
            # A paper order sends nothing, so an order that meets no book has certainly had no effect.
            return self._reject(action, f"{error.code}: {error}")
        now = self._clock.now()
        side = action.side or "buy"
        if not market.tradable(now):
            return self._reject(action, "the window ended before the order arrived")
        offer = matching.offer(look, side, market, now, self._policy.evidence)

        def change(account: PaperAccount) -> tuple[PaperAccount, ActionResult]:
            shown = offer.levels
            consumed = account.consumed.get(action.symbol, [])
            walked = matching.take(action, matching.depth_of(consumed).left(shown))
            if walked.shares and action.parameters.get("postOnly") == "true":
                return account, settling.reject(action, "invalid post-only order: order crosses book")
            executed = matching.fills(action, walked, market, now)
            rests = action.time_in_force in ("GTC", "GTD") and walked.shares < action.quantity
            problem = self._uncovered(account, action, executed, rests=rests)
            if problem is not None:
                return account, settling.reject(action, problem)
            for fill in executed:
                account = account.with_fill(
                    fill,
                    slug=market.slug,
                    outcome=market.outcome_of(action.symbol),
                    expires_at=market.window_end,
                )
            if executed:
                record = matching.consumed_of(matching.depth_of(consumed).plus(shown, walked, look.own))
                account = account.model_copy(update={"consumed": {**account.consumed, action.symbol: record}})
            result = _result(action, executed, rests=rests, reason=offer.refusal)
            if rests:
                account = resting.rest(account, action, market, result)
            return account, result

        # The simulated way to the venue is part of the call, so the deadline is extended by it.
        until = None if deadline is None else deadline.extended(waited_s)
        return self._ledger.settle(action.client_id, change, until)

    def _uncovered(
        self, account: PaperAccount, action: Action, executed: Sequence[Fill], *, rests: bool
    ) -> str | None:
        assert action.limit_price is not None  # `refusal` has checked it
        if action.side == "sell":
            needs = action.quantity if rests else sum((f.quantity for f in executed), ZERO)
            held = account.held(action.symbol)
            return None if needs <= held else f"not enough balance: {held} shares held, {needs} to sell"
        spent = sum((f.quantity * f.price + f.fee for f in executed), ZERO)
        if rests:
            spent += (action.quantity - sum((f.quantity for f in executed), ZERO)) * action.limit_price
        return None if spent <= account.free else f"not enough balance: {account.free} free, {spent} needed"

    def _look(self, action: Action, market: BinaryMarket) -> tuple[matching.ObservedBooks, float]:
        """Return the books that the order meets, and the seconds waited for them.

        The books are later than the decision by at least the taker delay. Raises NoQuote if a recording has
        no such observation in time.
        """
        now = self._clock.now()
        decided_ms = action.parameters.get("decidedAt")
        decided = now if decided_ms is None else min(from_ms(int(decided_ms)), now)
        arrives = decided + timedelta(seconds=self._policy.taker_delay_s)
        source = self._recorded
        if source is not None:
            moment = source.next_look(market.slug, arrives)
            if moment is None or moment > arrives + timedelta(seconds=self._policy.latest_look_s):
                raise NoQuote("the recording has no later observation that the order could have met")
            wait_s = max((moment - now).total_seconds(), 0.0)
            if wait_s:
                self._clock.sleep(wait_s)
            own, other = self._pair(action.symbol, market)
            return matching.ObservedBooks(own, other, source.history(market.slug)), wait_s
        first = self._pair(action.symbol, market)
        wait_s = max((arrives - self._clock.now()).total_seconds(), _SECOND_LOOK_S)
        self._clock.sleep(wait_s)
        second = self._pair(action.symbol, market)
        looks = [matching.observe_books(look, market) for look in (first, second) if look[1]]
        return matching.ObservedBooks(*second, looks), wait_s

    def _pair(self, symbol: str, market: BinaryMarket) -> tuple[OrderBook, OrderBook | None]:
        try:
            own, other = self._source.books([symbol, market.other(symbol)])
        except VenueNotFound:
            return self._source.order_book(symbol), None
        return own, other

    def _cancel(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        target = action.parameters.get("clientId", "")
        self.work()

        def change(account: PaperAccount) -> tuple[PaperAccount, ActionResult]:
            order = account.resting.get(target)
            if order is None:
                return account, settling.reject(action, f"no open order {target or '(none named)'}")
            return resting.end(account, target, reason="cancelled"), ActionResult(
                client_id=action.client_id, status=ActionStatus.FILLED
            )

        return self._ledger.settle(action.client_id, change, deadline)

    def _merge(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        change = partial(settling.merge, action=action, now=self._clock.now())
        return self._ledger.settle(action.client_id, change, deadline)

    def _redeem(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        holding = self._ledger.read().holdings.get(action.symbol)
        if holding is None:
            return self._ledger.settle(
                action.client_id, lambda account: (account, settling.nothing_to_redeem(action))
            )
        try:
            resolution = self._source.resolution(holding.slug)
            payout = None if resolution is None else settling.payout_of(holding, resolution)
        except ArgosyError as error:
            return self._reject(action, f"{error.code}: {error}")
        if payout is None:
            return self._reject(action, f"{holding.slug} is not resolved yet")
        change = partial(settling.redeem, action=action, payout=payout, now=self._clock.now())
        return self._ledger.settle(action.client_id, change, deadline)

    def _reject(self, action: Action, reason: str) -> ActionResult:
        return self._ledger.settle(
            action.client_id, lambda account: (account, settling.reject(action, reason))
        )

    # --- marks ------------------------------------------------------------------------------------------

    def _book(self, symbol: str) -> OrderBook | None:
        try:
            return self._source.order_book(symbol)
        except ArgosyError:
            return None

    def _mark(self, account: PaperAccount) -> PaperAccount:
        """Mark shares at the best bids of sane, fresh books.

        Shares whose window has ended keep their last mark.
        """
        now = self._clock.now()
        marks: dict[str, Decimal] = {}
        for holding in account.holdings.values():
            if holding.expires_at <= now:
                continue
            book = self._book(holding.symbol)
            if book is None or book.crossed or book.best_bid is None:
                continue
            seen = book.received_at if book.at is None else book.at
            if (now - seen).total_seconds() <= self._policy.evidence.max_age_s:
                marks[holding.symbol] = book.best_bid.price
        if not any(account.holdings[symbol].mark != mark for symbol, mark in marks.items()):
            return account

        def change(current: PaperAccount) -> PaperAccount:
            return current.model_copy(
                update={
                    "holdings": {
                        symbol: holding.model_copy(update={"mark": marks[symbol], "marked_at": now})
                        if symbol in marks
                        else holding
                        for symbol, holding in current.holdings.items()
                    }
                }
            )

        return self._ledger.update(change)


def _with_consumed(account: PaperAccount, kept: dict[str, list[Consumed]]) -> PaperAccount:
    merged = {**account.consumed, **kept}
    return account.model_copy(update={"consumed": {symbol: left for symbol, left in merged.items() if left}})


def _result(action: Action, executed: Sequence[Fill], *, rests: bool, reason: str | None) -> ActionResult:
    filled = sum((f.quantity for f in executed), ZERO)
    notional = sum((f.quantity * f.price for f in executed), ZERO)
    whole = matching.is_whole(action, executed)
    if whole:
        status = ActionStatus.FILLED
    elif rests:
        status = ActionStatus.OPEN
    elif filled:
        status = ActionStatus.CANCELLED  # FAK: the rest is cancelled; `filled` has the executed quantity
    else:
        status = ActionStatus.CANCELLED
        reason = reason or (
            "order couldn't be fully filled: nothing or too little within the limit when it arrived"
        )
    return ActionResult(
        client_id=action.client_id,
        status=status,
        filled=filled,
        average_price=(notional / filled).quantize(_AVERAGE_STEP) if filled else None,
        fee=sum((f.fee for f in executed), ZERO),
        fills=list(executed),
        venue_id=f"paper-{action.client_id[:16]}",
        by_amount=spent_amount(action.quantity, action.limit_price, action.side, action.time_in_force)
        is not None,
        reason=None if whole else reason,
    )
