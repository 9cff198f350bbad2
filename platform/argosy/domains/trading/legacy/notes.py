"""What was sent to a provider, written down before it is sent; and what is known of it since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.action import ActionResult, ActionStatus, Fill
from argosy.core.money import ZERO
from argosy.core.ports import Documents
from argosy.domains.trading.legacy.pair import quote_currency
from argosy.domains.trading.legacy.report import OrderNote, OrderState, Report
from argosy.domains.trading.venues.sent import claim, is_withdrawn, withdraw
from argosy.errors import BadReply, Conflict

_STEP = Decimal("0.000000000001")


class OrderNotes:
    """Documents `order:<client id>` with note and result, and `venue:<order id>` naming whose order that is."""

    def __init__(self, documents: Documents, venue: str, account: str) -> None:
        self._documents = documents
        self.namespace = f"legacy:{venue}:{account}"

    def add(self, note: OrderNote) -> bool:
        """False when there is one for this client id. Raises NeverSent when the action was given up."""
        return claim(self._documents, self.namespace, _key(note.client_id), {"note": note.to_wire()})

    def withdraw(self, client_id: str) -> bool:
        """Give up an action that was not sent; False when its call may have begun."""
        return withdraw(self._documents, self.namespace, _key(client_id))

    def get(self, client_id: str) -> OrderNote | None:
        found = self._read(client_id).get("note")
        return None if found is None else OrderNote.model_validate(found)

    def result(self, client_id: str) -> ActionResult | None:
        found = self._read(client_id).get("result")
        return None if found is None else ActionResult.model_validate(found)

    def settle(self, result: ActionResult) -> ActionResult:
        return self.update(result.client_id, lambda before: result)

    def update(self, client_id: str, change: Callable[[ActionResult | None], ActionResult]) -> ActionResult:
        """`change` gets what was known; a final result stays as it is."""
        after: list[ActionResult] = []

        def step(raw: Any) -> Any:
            record = raw or {}
            before = record.get("result")
            known = None if before is None else ActionResult.model_validate(before)
            after[:] = [known if known is not None and known.status.final else change(known)]
            return {**record, "result": after[0].to_wire()}

        self._documents.update(self.namespace, _key(client_id), step)
        return after[0]

    def claim(self, order_id: str, client_id: str) -> bool:
        """Says that the venue's order `order_id` is this action; False when it is another's."""
        if not order_id:
            return False
        try:
            self._documents.put(self.namespace, f"venue:{order_id}", client_id, expected=0)
        except Conflict:
            if self.owner(order_id) != client_id:
                return False

        def step(raw: Any) -> Any:
            record = raw or {}
            return {**record, "note": {**record.get("note", {}), "orderId": order_id}}

        self._documents.update(self.namespace, _key(client_id), step)
        return True

    def owner(self, order_id: str) -> str | None:
        found = self._documents.get(self.namespace, f"venue:{order_id}")
        return None if found is None else str(found.value)

    def _read(self, client_id: str) -> dict[str, Any]:
        found = self._documents.get(self.namespace, _key(client_id))
        return {} if found is None or is_withdrawn(found.value) else found.value


def _key(client_id: str) -> str:
    return f"order:{client_id}"


def result_of(
    note: OrderNote, report: Report, before: ActionResult | None, venue: str, now: datetime
) -> ActionResult:
    """What is certain by now.

    Executions the provider lists are booked one by one under their own ids. One that only tells totals is booked by
    what was added since the last look, under `<order id>-<number>`: sums agree with its own record. An order whose
    executions are not all listed yet is not settled. Raises BadReply for what cannot be.
    """
    if report.filled > note.quantity:
        raise BadReply("more was filled than ordered", expected=str(note.quantity), found=str(report.filled))
    fills = (
        _added(note, report, [] if before is None else before.fills, venue, now)
        if report.trades is None
        else [
            Fill(
                id=trade.id,
                client_id=note.client_id,
                venue=venue,
                symbol=note.symbol,
                side=note.side,
                quantity=trade.quantity,
                price=trade.price,
                fee=trade.fee,
                fee_currency=trade.fee_currency,
                currency=quote_currency(note.symbol),
                at=trade.at,
            )
            for trade in report.trades
        ]
    )
    filled = sum((fill.quantity for fill in fills), ZERO)
    if filled > note.quantity:
        raise BadReply("more was filled than ordered", expected=str(note.quantity), found=str(filled))
    notional = sum((fill.quantity * fill.price for fill in fills), ZERO)
    return ActionResult(
        client_id=note.client_id,
        status=_status(note, report, filled),
        filled=filled,
        average_price=notional / filled if filled else None,
        fee=sum((fill.fee for fill in fills if fill.fee_currency is None), ZERO),
        fills=fills,
        venue_id=report.order_id,
        reason=report.reason,
    )


def _status(note: OrderNote, report: Report, filled: Decimal) -> ActionStatus:
    if filled >= note.quantity:
        return ActionStatus.FILLED
    if filled < report.filled or (report.state is OrderState.FILLED and report.trades is not None):
        return ActionStatus.PARTIALLY_FILLED if filled else ActionStatus.SUBMITTED
    if report.state is OrderState.OPEN:
        return ActionStatus.PARTIALLY_FILLED if filled else ActionStatus.OPEN
    return ActionStatus.CANCELLED


def _added(note: OrderNote, report: Report, known: list[Fill], venue: str, now: datetime) -> list[Fill]:
    had = sum((fill.quantity for fill in known), ZERO)
    added = report.filled - had
    if added < 0:
        raise BadReply("less is filled than was before", expected=f"at least {had}", found=str(report.filled))
    if not added:
        return known
    if report.average is None:
        raise BadReply("the provider does not say at what price the order was filled", found=report.order_id)
    cost = report.average * report.filled - sum((fill.quantity * fill.price for fill in known), ZERO)
    price = report.average if not known else (cost / added).quantize(_STEP)
    if price <= 0:
        raise BadReply("the provider's average price cannot be", found=str(report.average))
    fee = report.fee - sum((fill.fee for fill in known), ZERO)
    return [
        *known,
        Fill(
            id=f"{report.order_id}-{len(known) + 1}",
            client_id=note.client_id,
            venue=venue,
            symbol=note.symbol,
            side=note.side,
            quantity=added,
            price=price,
            fee=fee,
            fee_currency=report.fee_currency,
            currency=quote_currency(note.symbol),
            at=report.at or now,
        ),
    ]
