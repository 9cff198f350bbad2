"""The power exchange as Argosy uses it: hours are bought and sold, and the meter charges by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
from pydantic import BaseModel, SecretStr

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.money.flow import Flow, FlowKind
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Position
from argosy.core.ports import Documents
from argosy.core.venues.venue import Balance, Capability, Level, OrderBook, Quote, VenueStatus
from argosy.errors import ArgosyError, BadReply, OrderDenied, VenueNotFound
from argosy.infrastructure.resilience.http import HeaderAuth, HttpClient
from argosy.venuekit.adapter.at_most_once import AtMostOnce, PreparedOrder
from argosy.venuekit.adapter.order_records import SentCancellation, SentLog
from argosy.venuekit.adapter.order_result import SentLimitOrder, VenueExecution, order_result
from argosy.venuekit.adapter.reply import read_reply

VENUE = "power"


class Hour(BaseModel):
    """One hour of delivery; prices are USD per MWh."""

    symbol: str
    bid: Decimal
    ask: Decimal
    size: Decimal


class PowerOrder(BaseModel):
    """Order as the exchange has it."""

    id: str
    client_id: str
    status: ActionStatus
    reason: str | None = None
    deals: list[VenueExecution] = []


class Account(BaseModel):
    """Cash in USD, and MWh by hour."""

    cash: Decimal
    held: dict[str, Decimal] = {}


class MeterCharge(BaseModel):
    """Charge of the meter for the consumption of one hour."""

    id: str
    at: int
    amount: Decimal


class PowerVenue(AtMostOnce[SentLimitOrder]):
    """One account at the power exchange."""

    refusals = (ArgosyError,)  # the HTTP client raises UnknownOutcome for every other error
    checks_deadline = True
    absence_proves_after_s = 15.0
    capabilities = frozenset(
        {
            Capability.QUOTES,
            Capability.ORDER_BOOK,
            Capability.PLACE_ORDER,
            Capability.CANCEL_ORDER,
            Capability.BALANCES,
            Capability.POSITIONS,
            Capability.LOOKUP_BY_CLIENT_ID,
        }
    )

    def __init__(
        self,
        url: str,
        key: SecretStr | None,
        documents: Documents,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(VENUE, SentLog(documents, "power", SentLimitOrder), clock)
        auth = None if key is None else HeaderAuth({"x-account": key})
        self._http = HttpClient(url, name=VENUE, clock=clock, auth=auth, transport=transport)

    # Reads ------------------------------------------------------------------------------------------------

    def status(self) -> VenueStatus:
        return VenueStatus.UP

    def hours(self) -> list[Hour]:
        """Return the hours that can be traded, the next first."""
        return [read_reply(Hour, row, "an hour") for row in self._http.get("/hours")]

    def order_book(self, symbol: str) -> OrderBook:
        hour = next((each for each in self.hours() if each.symbol == symbol), None)
        if hour is None:
            raise VenueNotFound("the exchange does not trade this hour", found=symbol)
        return OrderBook(
            venue=VENUE,
            symbol=symbol,
            bids=[Level(price=hour.bid, size=hour.size)],
            asks=[Level(price=hour.ask, size=hour.size)],
            received_at=self._clock.now(),
        )

    def quote(self, symbol: str) -> Quote:
        book = self.order_book(symbol)
        return Quote(
            venue=VENUE, symbol=symbol, bid=book.bids[0].price, ask=book.asks[0].price, at=book.received_at
        )

    def balances(self) -> Sequence[Balance]:
        return [Balance(venue=VENUE, currency="USD", free=self._account().cash)]

    def positions(self) -> Sequence[Position]:
        return [
            Position(venue=VENUE, symbol=symbol, quantity=held, average_cost=ZERO)
            for symbol, held in self._account().held.items()
            if held
        ]

    def flows(self, since: datetime) -> Sequence[Flow]:
        """Return the charges of the meter."""
        rows = self._http.get("/charges", params={"since": str(to_ms(since))})
        charges = [read_reply(MeterCharge, row, "a charge") for row in rows]
        return [
            Flow(id=each.id, at=from_ms(each.at), kind=FlowKind.COST, amount=-each.amount, currency="USD")
            for each in charges
        ]

    def _account(self) -> Account:
        return read_reply(Account, self._http.get("/account"), "the account")

    # Orders -----------------------------------------------------------------------------------------------

    def prepare(self, action: Action) -> PreparedOrder[SentLimitOrder]:
        if action.side is None or action.limit_price is None:
            raise OrderDenied("an order needs a side and a limit price", found=action.client_id)
        body = {
            "client_id": action.client_id,
            "symbol": action.symbol,
            "side": action.side,
            "quantity": f"{action.quantity:f}",
            "limit": f"{action.limit_price:f}",
            "rests": action.time_in_force == "GTC",
        }
        record = SentLimitOrder(symbol=action.symbol, side=action.side, quantity=action.quantity)
        return PreparedOrder(record, body)

    def send(
        self, action: Action, prepared: PreparedOrder[SentLimitOrder], deadline: SendDeadline | None
    ) -> Any:
        return self._http.request("POST", "/orders", kind="write", json=prepared.payload, send_by=deadline)

    def accept(self, action: Action, record: SentLimitOrder, reply: Any) -> ActionResult:
        return _result(action.client_id, record, reply)

    def find(self, client_id: str, record: SentLimitOrder) -> ActionResult | None:
        try:
            return _result(client_id, record, self._http.get(f"/orders/{client_id}"))
        except VenueNotFound:
            return None

    def cancel(
        self,
        action: Action,
        cancellation: SentCancellation,
        order: SentLimitOrder | None,
        deadline: SendDeadline | None,
    ) -> Any:
        path = f"/orders/{cancellation.cancels}"
        return self._http.request("DELETE", path, kind="write", send_by=deadline)


def _result(client_id: str, order: SentLimitOrder, raw: Any) -> ActionResult:
    row = read_reply(PowerOrder, raw, "the exchange's order")
    if row.client_id != client_id:
        raise BadReply("the exchange answers about another order", expected=client_id, found=row.client_id)
    return order_result(VENUE, client_id, order, row.status, row.deals, venue_id=row.id, reason=row.reason)
