"""Adapter that makes a legacy provider or a ccxt exchange object a venue."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Position
from argosy.core.ports import Documents
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import Balance, Capability, OrderBook, OrderRecord, Quote, VenueStatus
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.venues.replies.pairs import pair
from argosy.errors import (
    InconsistentReply,
    OrderDenied,
    UnknownOutcome,
    VenueError,
    VenueUnavailable,
)
from argosy.legacy.booked import result_of
from argosy.legacy.calls import Calls
from argosy.legacy.exchange import ExchangeDialect, is_exchange
from argosy.legacy.notes import OrderNotes
from argosy.legacy.provider import PlainDialect
from argosy.legacy.report import Dialect, OrderNote, OrderState, ProviderReport
from argosy.venuekit.adapter.at_most_once import AtMostOnce, PreparedOrder
from argosy.venuekit.adapter.order_records import SentCancellation, rejection

T = TypeVar("T")
_SKEW = timedelta(seconds=5)
_CLOCKS_APART = timedelta(days=1)
"""Largest assumed error of a clock.

An order of our terms may be ours if it is dated at most this long before the submission.
"""
_ABSENCE_S = 60.0
_EMPTY_AFTER = timedelta(seconds=15)
"""Time after which an empty list of executions is ignored and the order's totals are booked."""
_LISTED_AFTER = timedelta(seconds=60)
"""Longest wait for the list of executions that the venue counts.

After it the lookup raises InconsistentReply, so that a person looks at the venue.
"""


class ProviderVenue(AtMostOnce[OrderNote]):
    """Venue on a provider's object. Symbols are the provider's own pair strings.

    `provider` is a ccxt exchange object, sync or async, or one with get_orderbook, place_order and get_order. Its other
    methods are used if present. Its floats become the decimals they print as. Orders are recorded in `documents` under
    `account`. `refusals` are the provider's own exceptions that mean a certain refusal of an order.
    """

    checks_deadline = True
    cancellation_ends_s = _ABSENCE_S

    def __init__(
        self,
        provider: Any,
        documents: Documents,
        clock: Clock,
        *,
        name: str | None = None,
        account: str = "default",
        refusals: tuple[type[Exception], ...] = (),
        timeout_s: float = 30.0,
    ) -> None:
        name = name or str(getattr(provider, "id", None) or type(provider).__name__).lower()
        self._notes = OrderNotes(documents, name, account)
        super().__init__(name, self._notes, clock)
        self._calls = Calls(provider, timeout_s=timeout_s)
        self._dialect: Dialect = (
            ExchangeDialect(self.name, self._calls, clock)
            if is_exchange(provider)
            else PlainDialect(self.name, self._calls, clock, refusals=refusals)
        )
        self._status = VenueStatus.UP
        found = {Capability.QUOTES, Capability.ORDER_BOOK, Capability.PLACE_ORDER, Capability.CANCEL_ORDER}
        if self._dialect.has_candles:
            found.add(Capability.CANDLES)
        if self._calls.first("get_balance", "fetch_balance"):
            found.add(Capability.BALANCES)
        if self._dialect.finds_by_client_id:
            found.add(Capability.LOOKUP_BY_CLIENT_ID)
        self.capabilities = frozenset(found)
        # A provider without any list of orders can never prove that an order does not exist.
        provable = self._dialect.finds_by_client_id or self._dialect.finds_by_terms
        self.absence_proves_after_s = _ABSENCE_S if provable else math.inf

    def connect(self) -> None:
        """Connect the provider, before the first read, if it needs that. Raises VenueUnavailable."""
        self._dialect.connect()

    def close(self) -> None:
        """Disconnect the provider."""
        try:
            self._dialect.disconnect()
        finally:
            self._calls.close()

    # --- reading ----------------------------------------------------------------------------------------

    def status(self) -> VenueStatus:
        """Return the status after the last read, without a call."""
        return self._status

    def assets(self) -> Sequence[Asset]:
        return self._read(self._dialect.assets)

    def order_book(self, symbol: str) -> OrderBook:
        return self._read(partial(self._dialect.book, symbol))

    def quote(self, symbol: str) -> Quote:
        return self._read(partial(self._dialect.quote, symbol))

    def candles(self, symbol: str, interval: str = "1m", *, limit: int = 100) -> list[Candle]:
        """Return bars in time order. Raises InvalidInput if the provider has none."""
        return self._read(partial(self._dialect.candles, symbol, interval, limit))

    def balances(self) -> Sequence[Balance]:
        return self._read(self._dialect.balances)

    def positions(self) -> Sequence[Position]:
        """Return an empty list: a provider has balances, and only the ledger knows their cost."""
        return []

    def _read(self, fetch: Callable[[], T]) -> T:
        try:
            found = fetch()
        except VenueUnavailable:
            self._status = VenueStatus.DOWN
            raise
        self._status = VenueStatus.UP
        return found

    # --- writing ----------------------------------------------------------------------------------------

    def prepare(self, action: Action) -> PreparedOrder[OrderNote]:
        if action.side is None or action.quantity <= 0:
            raise OrderDenied("an order needs a side and a positive quantity", found=f"{action.quantity}")
        try:
            self._dialect.check(action)
        except VenueError as error:
            raise OrderDenied(f"{self.name} takes no such order", found=str(error)) from error
        return PreparedOrder(
            OrderNote(
                client_id=action.client_id,
                symbol=action.symbol,
                side=action.side,
                quantity=action.quantity,
                price=action.limit_price,
                time_in_force=action.time_in_force,
                sent_at=self._clock.now(),
            )
        )

    def send(
        self, action: Action, prepared: PreparedOrder[OrderNote], deadline: SendDeadline | None
    ) -> ProviderReport:
        try:
            return self._dialect.place(action, deadline)
        except UnknownOutcome as error:
            self._notes.claim(str(error.details.get("order_id") or ""), action.client_id)
            raise

    def accept(self, action: Action, record: OrderNote, reply: ProviderReport) -> ActionResult:
        self._notes.claim(reply.order_id, action.client_id)
        return self._settled(record, reply)

    def settle_reply(self, action: Action, record: OrderNote, reply: ProviderReport) -> ActionResult:
        return self.accept(action, record, reply)

    def find(self, client_id: str, record: OrderNote) -> ActionResult | None:
        """Find the order by its id, its client id or its terms, and settle it.

        Raises UnknownOutcome if the provider has no means to find the order.
        """
        report = self._by_id(record) if record.order_id is not None else self._by_search(record)
        return None if report is None else self._settled(record, report)

    def settle_found(self, client_id: str, record: OrderNote) -> ActionResult | None:
        return self.find(client_id, record)

    def order_record(self, client_id: str) -> OrderRecord | None:
        """Return the order as the provider has it now, even if a final result is stored.

        Raises as `query_action` does.
        """
        note = self._notes.order(client_id)
        if note is None:
            return None
        report = self._by_id(note) if note.order_id is not None else self._by_search(note)
        if report is None:
            return None
        if report.state is OrderState.REJECTED:
            return OrderRecord(client_id, [], ended=True)
        found = result_of(note, report, None, self.name, self._clock.now())
        if found.filled < report.filled:
            raise InconsistentReply(
                f"{self.name} does not list all executions of the order",
                expected=str(report.filled),
                found=str(found.filled),
            )
        slack = ZERO if report.trades is not None else report.slack
        return OrderRecord(client_id, found.fills, ended=found.status.final, slack=slack)

    def _by_id(self, note: OrderNote) -> ProviderReport:
        report = self._dialect.order(note)
        if report is None:
            raise UnknownOutcome(f"{self.name} does not know the order it took", found=note.order_id)
        return report

    def _by_search(self, note: OrderNote) -> ProviderReport | None:
        """Return the order by its client id, or else by its terms; None if there is none.

        An order found by its terms has the same pair, side, quantity and price. It is dated since the submission and
        belongs to no other action. Raises UnknownOutcome if that decides nothing: the provider lists no orders, several
        orders fit, or terms are missing. The same holds if the only order is dated before the submission, because a
        clock may be wrong.
        """
        if not (self._dialect.finds_by_client_id or self._dialect.finds_by_terms):
            raise UnknownOutcome(
                f"{self.name} lists no orders, so the outcome of this order stays unknown",
                remedy="check the order at the venue, then settle it by hand",
            )
        found = self._dialect.find(note)
        if not self._dialect.finds_by_client_id:
            found = [report for report in found if not _differs(note, report)]
            found = [
                report for report in found if self._notes.owner(report.order_id) in (None, note.client_id)
            ]
            early = [report for report in found if _is_early(note, report)]
            found = [report for report in found if report not in early]
            recent = [report for report in early if report.at and report.at >= note.sent_at - _CLOCKS_APART]
            if recent and not found:
                raise UnknownOutcome(
                    f"{self.name} lists an order with the same terms, dated before the submission. "
                    "It is this order if a clock is wrong",
                    found=", ".join(report.order_id for report in recent[:5]),
                    remedy="compare the clocks, check the order at the venue, then settle it by hand",
                )
            if any(not _told(report) for report in found):
                raise UnknownOutcome(
                    f"{self.name} does not report pair, side, quantity and time of all its orders, "
                    "so this order cannot be identified",
                    found=", ".join(report.order_id for report in found[:5]),
                )
        if len(found) > 1:
            raise UnknownOutcome(
                f"{self.name} has {len(found)} orders with the same terms, so this order cannot be identified",
                found=", ".join(report.order_id for report in found[:5]),
            )
        if not found or not self._notes.claim(found[0].order_id, note.client_id):
            return None
        return found[0]

    def target(
        self, action: Action, client_id: str, order: OrderNote | None
    ) -> tuple[OrderNote | None, str | None]:
        if order is not None and order.order_id is None:
            try:
                self.query_action(client_id)
            except VenueError as error:
                raise OrderDenied("the order to cancel cannot be found", found=str(error)) from error
            order = self._notes.order(client_id) or order
            if order.order_id is None:
                raise OrderDenied("the order to cancel is not known at the venue", found=client_id)
        return super().target(action, client_id, order)

    def cancel(
        self,
        action: Action,
        cancellation: SentCancellation,
        order: OrderNote | None,
        deadline: SendDeadline | None,
    ) -> None:
        assert order is not None  # `target` has checked it
        self._dialect.cancel(order, deadline)

    def confirm(self, action: Action, cancellation: SentCancellation, reply: Any) -> ActionResult:
        if not self.has_ended(cancellation):
            raise UnknownOutcome("the venue accepted the cancellation, but the order has not ended there")
        return super().confirm(action, cancellation, reply)

    def _settled(self, note: OrderNote, report: ProviderReport) -> ActionResult:
        if report.state is OrderState.REJECTED:
            return self.store(
                note.client_id, rejection(note.client_id, report.reason or "the venue names no reason")
            )
        now = self._clock.now()
        found = self._notes.settle(
            note.client_id, lambda before: result_of(note, report, before, self.name, now)
        )
        since = self._notes.waiting_since(note.client_id, complete=found.filled >= report.filled, now=now)
        if since is None or not self._lists_nothing(report) or now - since <= _EMPTY_AFTER:
            return self._listed(report, found, since)
        totals = replace(report, trades=None)
        return self._notes.settle(
            note.client_id, lambda before: result_of(note, totals, before, self.name, now)
        )

    def _lists_nothing(self, report: ProviderReport) -> bool:
        """Return True if the order has a filled quantity, a cost and an empty list of executions."""
        return report.counted and report.cost is not None and report.trades is not None and not report.trades

    def _listed(self, report: ProviderReport, found: ActionResult, since: datetime | None) -> ActionResult:
        """Return `found`.

        Raises InconsistentReply if executions are missing from the list for too long.
        """
        now = self._clock.now()
        if since is not None and now - since > _LISTED_AFTER:
            raise InconsistentReply(
                f"{self.name} does not list all executions of the order",
                expected=str(report.filled),
                found=f"{found.filled}, {(now - since).total_seconds():.0f} s later",
                remedy="look at the venue; it is booked as soon as they are listed",
            )
        return found


def _differs(note: OrderNote, report: ProviderReport) -> bool:
    """Return True if the terms of the report show another order."""
    return (
        (report.symbol is not None and _pair(report.symbol) != _pair(note.symbol))
        or (report.side is not None and report.side != note.side)
        or (report.quantity is not None and report.quantity != note.quantity)
        or (note.price is not None and report.price is not None and report.price != note.price)
    )


def _is_early(note: OrderNote, report: ProviderReport) -> bool:
    return report.at is not None and report.at < note.sent_at - _SKEW


def _told(report: ProviderReport) -> bool:
    return None not in (report.symbol, report.side, report.quantity, report.at)


def _pair(symbol: str) -> object:
    """Return the pair: an order placed as BTC/USDT may be listed as BTCUSDT."""
    return pair(str(symbol)) or symbol
