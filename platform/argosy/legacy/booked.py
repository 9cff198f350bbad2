"""Bookings of a provider's order, from earlier bookings and its present report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import ActionResult, ActionStatus, Fill
from argosy.core.actions.executions import Recognised, recognise
from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.domains.trading.venues.replies.fees import QUOTE, Fees, currency_of, fee_fields
from argosy.domains.trading.venues.replies.pairs import pair, quote_currency
from argosy.errors import InconsistentReply
from argosy.legacy.report import OrderNote, OrderState, ProviderReport, ReportedTrade
from argosy.venuekit.adapter.order_result import result_from_fills


def result_of(
    note: OrderNote, report: ProviderReport, before: ActionResult | None, venue: str, now: datetime
) -> ActionResult:
    """Return the result that is certain by now.

    Executions listed by the provider are booked one by one (`core.executions`). If the provider reports only
    totals, the increase since the last lookup is booked under `<order id>-<number>`. The sums then agree with the
    provider's record. An order is not settled before all of its executions are listed. Raises InconsistentReply for
    a report that cannot be booked.
    """
    known = [] if before is None else before.fills
    had = exact.total(fill.quantity for fill in known)
    if report.filled > note.quantity:
        raise InconsistentReply(
            "more was filled than ordered", expected=str(note.quantity), found=str(report.filled)
        )
    if report.counted and report.filled < had:
        raise InconsistentReply(
            "less is filled than was before", expected=f"at least {had}", found=str(report.filled)
        )
    booker = _Booker(note, report, known, venue, now)
    fills = booker.by_totals() if report.trades is None else booker.by_executions(report.trades)
    filled = exact.total(fill.quantity for fill in fills)
    most = report.filled if report.counted else note.quantity
    if filled > most:
        raise InconsistentReply(
            "more executions are listed than filled", expected=str(most), found=str(filled)
        )
    status = _status(note, report, filled)
    return result_from_fills(note.client_id, status, fills, venue_id=report.order_id, reason=report.reason)


def _status(note: OrderNote, report: ProviderReport, filled: Decimal) -> ActionStatus:
    if filled >= note.quantity:
        return ActionStatus.FILLED
    if filled < report.filled or (report.state is OrderState.FILLED and report.trades is not None):
        return ActionStatus.PARTIALLY_FILLED if filled else ActionStatus.SUBMITTED
    if report.state is OrderState.OPEN:
        return ActionStatus.PARTIALLY_FILLED if filled else ActionStatus.OPEN
    return ActionStatus.CANCELLED


_STEP = exact.STEP


@dataclass(frozen=True, slots=True)
class _Booker:
    note: OrderNote
    report: ProviderReport
    known: Sequence[Fill]
    venue: str
    now: datetime

    def by_executions(self, trades: Sequence[ReportedTrade]) -> list[Fill]:
        listed = [self._fill(t.id, t.quantity, t.price, t.fees or {}, t.at) for t in trades]
        total = self.report.filled if self.report.counted else None
        found = recognise(listed, self.known, total, order_id=self.report.order_id)
        if found.lost and self.report.cost is not None and self.report.counted:
            return self.by_totals()  # the list lacks quantities that were booked by totals before
        if found.doubt is not None:
            raise InconsistentReply(found.doubt, found=f"order {self.report.order_id}")
        return self._with_fees(found, trades)

    def _with_fees(self, found: Recognised, trades: Sequence[ReportedTrade]) -> list[Fill]:
        """Give executions without a fee their share of the order's fees, by cost.

        They wait until all executions are listed, because the order's fees are those of all executions.
        """
        fees = self.report.fees
        silent = [
            fill for fill, place in zip(found.new, found.places, strict=True) if trades[place].fees is None
        ]
        if fees is None or not silent:
            return found.fills
        told = [fill for fill in found.fills if fill not in silent]
        if exact.total(fill.quantity for fill in found.fills) != self.report.filled:
            return told
        return [*told, *self._sharing(silent, _rest(fees, told))]

    def _sharing(self, fills: Sequence[Fill], fees: Fees) -> list[Fill]:
        worth = [exact.multiply(fill.quantity, fill.price) for fill in fills]
        whole = exact.total(worth)
        left = dict(fees)
        found: list[Fill] = []
        for number, (fill, part) in enumerate(zip(fills, worth, strict=True), 1):
            own = left if number == len(fills) else {c: exact.share(a, part, whole) for c, a in fees.items()}
            left = {currency: exact.subtract(left[currency], own[currency]) for currency in left}
            found.append(self._fill(fill.id, fill.quantity, fill.price, own, fill.at))
        return found

    def by_totals(self) -> list[Fill]:
        report = self.report
        added = exact.subtract(report.filled, exact.total(fill.quantity for fill in self.known))
        paid = exact.total(exact.multiply(fill.quantity, fill.price) for fill in self.known)
        if not added:
            if report.cost is not None and report.filled and abs(report.cost - paid) > report.slack * 2:
                raise InconsistentReply(
                    "the provider reports another cost of the order than before",
                    expected=str(paid),
                    found=str(report.cost),
                )
            return list(self.known)
        if report.cost is None:
            raise InconsistentReply(
                "the provider does not report the price at which the order was filled",
                expected="an average price, a cost or executions",
                found=report.order_id,
                remedy="check the order at the venue; its outcome stays unknown until the provider reports a price",
            )
        price = _price(exact.subtract(report.cost, paid), added)
        if price <= 0:
            raise InconsistentReply("the provider's average price cannot be", found=str(report.cost))
        fees = {} if report.fees is None else _rest(report.fees, self.known)
        number = len(self.known) + 1
        ids = {fill.id for fill in self.known}
        while f"{report.order_id}-{number}" in ids:
            number += 1
        at = report.at or self.now
        return [*self.known, self._fill(f"{report.order_id}-{number}", added, price, fees, at)]

    def _fill(self, name: str, quantity: Decimal, price: Decimal, fees: Fees, at: datetime) -> Fill:
        parts = {_unit(currency, self.note.symbol): amount for currency, amount in fees.items()}
        return Fill(
            id=name,
            client_id=self.note.client_id,
            venue=self.venue,
            symbol=self.note.symbol,
            side=self.note.side,
            quantity=quantity,
            price=price,
            currency=quote_currency(self.note.symbol),
            at=at,
            **fee_fields(parts),
        )


def _price(cost: Decimal, quantity: Decimal) -> Decimal:
    """Return the price to twelve decimals, or to fifteen digits if those are finer."""
    with exact.isolated_decimal_context():
        found = cost / quantity
        return (
            found if found * quantity == cost else found.quantize(_STEP.scaleb(min(0, found.adjusted() - 2)))
        )


def _unit(currency: str, symbol: str) -> str:
    """Return the unit of a fee.

    The symbol itself stands for its base currency if the symbol does not begin with it (BTCUSDT).
    """
    names = pair(symbol)
    own = names is not None and currency == names.base
    return symbol if own and symbol.partition("/")[0].upper() != currency else currency


def _rest(fees: Fees, fills: Iterable[Fill]) -> dict[str, Decimal]:
    """Return the part of an order's fees that is not booked with `fills`."""
    left = dict(fees)
    for fill in fills:
        for part in fill.fees:
            quote = part.currency == fill.currency
            name = QUOTE if quote else currency_of(part.currency)
            names = pair(fill.symbol)
            if part.currency == fill.symbol and names is not None:
                name = names.base
            left[name] = exact.subtract(left.get(name, ZERO), part.amount)
    return left
