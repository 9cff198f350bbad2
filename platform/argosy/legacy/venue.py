"""Adapter that makes a legacy provider or a ccxt exchange object a venue."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
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
    AuthFailed,
    BadReply,
    DuplicateOrder,
    InconsistentReply,
    NeverSent,
    OrderDenied,
    OrderRejected,
    PermissionRefused,
    RateLimited,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
    VenueUnavailable,
)
from argosy.legacy.booked import result_of
from argosy.legacy.calls import Calls
from argosy.legacy.exchange import ExchangeDialect, is_exchange
from argosy.legacy.notes import OrderNotes
from argosy.legacy.provider import PlainDialect
from argosy.legacy.report import Dialect, OrderNote, OrderState, ProviderReport
from argosy.venuekit.adapter.certain import certain
from argosy.venuekit.adapter.order_records import unsent

T = TypeVar("T")
_REFUSALS = (OrderRejected, AuthFailed, PermissionRefused, VenueNotFound, RateLimited)
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


class ProviderVenue:
    """Venue on a provider's object. Symbols are the provider's own pair strings.

    `provider` is a ccxt exchange object, sync or async, or one with get_orderbook, place_order and get_order. Its other
    methods are used if present. Its floats become the decimals they print as. Orders are recorded in `documents` under
    `account` before they are sent. So nothing is sent twice, and every order can be found again. `refusals` are the
    provider's own exceptions that mean a certain refusal of an order.
    """

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
        self.name = name or str(getattr(provider, "id", None) or type(provider).__name__).lower()
        self._clock = clock
        self._calls = Calls(provider, timeout_s=timeout_s)
        self._dialect: Dialect = (
            ExchangeDialect(self.name, self._calls, clock)
            if is_exchange(provider)
            else PlainDialect(self.name, self._calls, clock, refusals=refusals)
        )
        self._notes = OrderNotes(documents, self.name, account)
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

    @certain
    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        if action.kind is ActionKind.PLACE_ORDER:
            return self._place(action, deadline)
        if action.kind is ActionKind.CANCEL_ORDER:
            return self._cancel(action, deadline)
        return _rejected(action.client_id, f"a provider has no action {action.kind.value}")

    def withdraw(self, action: Action) -> bool:
        """Withdraw an unsent action. Return False if its call may have begun."""
        return self._notes.withdraw(action.client_id)

    def _place(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        if self._notes.get(action.client_id) is not None:
            return self._repeated(action.client_id)
        if action.side is None or action.quantity <= 0:
            raise OrderDenied("an order needs a side and a positive quantity", found=f"{action.quantity}")
        try:
            self._dialect.check(action)
        except VenueError as error:
            raise OrderDenied(f"{self.name} takes no such order", found=str(error)) from error
        note = OrderNote(
            client_id=action.client_id,
            symbol=action.symbol,
            side=action.side,
            quantity=action.quantity,
            price=action.limit_price,
            time_in_force=action.time_in_force,
            sent_at=self._clock.now(),
        )
        if not self._notes.add(note):
            return self._repeated(action.client_id)
        try:
            report = self._dialect.place(action, deadline)
        except DuplicateOrder:
            return self._repeated(action.client_id)
        except UnknownOutcome as error:
            self._notes.claim(str(error.details.get("order_id") or ""), action.client_id)
            raise
        except _REFUSALS as error:
            return self._notes.settle(_rejected(action.client_id, str(error), error.code))
        except NeverSent as error:
            return self._notes.settle(unsent(action.client_id, error))
        except OrderDenied as error:
            self._notes.settle(_rejected(action.client_id, str(error), error.code))
            raise
        self._notes.claim(report.order_id, action.client_id)
        try:
            return self._settled(note, report)
        except BadReply as error:
            raise UnknownOutcome(
                f"{self.name} took the order but what became of it cannot be read",
                found=error.found or error.message,
                remedy="wait: reconciliation queries the outcome",
            ) from error

    def lookup(self, client_id: str) -> ActionResult | None:
        """Return the outcome of an action; None if the provider does not know it.

        Raises UnknownOutcome if the provider has no means to find the order.
        """
        note = self._notes.get(client_id)
        if note is None:
            return None
        result = self._notes.result(client_id)
        if result is not None and result.status.final:
            return result
        if note.cancels is not None:
            return self._cancellation(note, note.cancels)
        report = self._by_id(note) if note.order_id is not None else self._by_search(note)
        return None if report is None else self._settled(note, report)

    def order_record(self, client_id: str) -> OrderRecord | None:
        """Return the order as the provider has it now, even if a final result is stored.

        Raises as `lookup` does.
        """
        note = self._notes.get(client_id)
        if note is None or note.cancels is not None:
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

    def _cancel(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        before = self._notes.result(action.client_id)
        if before is not None:
            return before
        target = action.parameters.get("clientId", "")
        note = self._notes.get(target)
        if note is None:
            raise OrderDenied(
                "nothing to cancel", expected='parameters "clientId" of an order of ours', found=target
            )
        if note.order_id is None:
            try:
                self.lookup(target)
            except VenueError as error:
                raise OrderDenied("the order to cancel cannot be found", found=str(error)) from error
            note = self._notes.get(target) or note
        if note.order_id is None:
            return _rejected(action.client_id, "the order to cancel is not known at the venue")
        own = {"client_id": action.client_id, "order_id": None, "cancels": target}
        if not self._notes.add(note.model_copy(update={**own, "sent_at": self._clock.now()})):
            return self._repeated(action.client_id)
        try:
            self._dialect.cancel(note, deadline)
        except NeverSent as error:
            return self._notes.settle(unsent(action.client_id, error))
        except _REFUSALS as error:
            return self._notes.settle(_rejected(action.client_id, str(error), error.code))
        try:
            after = self.lookup(target)
        except VenueError as error:
            raise UnknownOutcome("the outcome of the cancellation is unknown", found=str(error)) from error
        if after is None or not after.status.final:
            raise UnknownOutcome("the venue accepted the cancellation, but the order has not ended there")
        return self._notes.settle(
            ActionResult(client_id=action.client_id, status=ActionStatus.FILLED, venue_id=note.order_id)
        )

    def _cancellation(self, note: OrderNote, target: str) -> ActionResult | None:
        """Return the outcome of a cancellation; None while it is not known.

        The cancellation is done once its order is no longer open. It failed if the order is still open a minute later.
        """
        found = self.lookup(target)
        if found is not None and found.status.final:
            return self._notes.settle(
                ActionResult(client_id=note.client_id, status=ActionStatus.FILLED, venue_id=found.venue_id)
            )
        if self._clock.now() - note.sent_at < timedelta(seconds=_ABSENCE_S):
            return None
        return self._notes.settle(_rejected(note.client_id, "the order still works"))

    def _repeated(self, client_id: str) -> ActionResult:
        found = self.lookup(client_id)
        if found is None:
            raise UnknownOutcome(
                "this order was noted before and may have been sent, and the venue does not know it (yet)",
                remedy="look it up again later; it is not sent a second time",
            )
        return found

    def _settled(self, note: OrderNote, report: ProviderReport) -> ActionResult:
        if report.state is OrderState.REJECTED:
            return self._notes.settle(_rejected(note.client_id, report.reason or "the venue names no reason"))
        now = self._clock.now()
        found = self._notes.update(
            note.client_id, lambda before: result_of(note, report, before, self.name, now)
        )
        since = self._notes.waiting_since(note.client_id, complete=found.filled >= report.filled, now=now)
        if since is None or not self._lists_nothing(report) or now - since <= _EMPTY_AFTER:
            return self._listed(report, found, since)
        totals = replace(report, trades=None)
        return self._notes.update(
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


def _rejected(client_id: str, reason: str, code: str | None = None) -> ActionResult:
    return ActionResult(client_id=client_id, status=ActionStatus.REJECTED, reason=reason, code=code)
