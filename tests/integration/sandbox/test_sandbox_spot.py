"""The product's own Binance venue trades at the sandbox; the venue's record is the judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.clock import SystemClock
from argosy.core.venues.venue import Capability, FillHistory, OpenOrders, OrderRecords, Venue
from argosy.domains.trading.action_kinds import REDEEM
from argosy.domains.trading.sandbox.identity import account_of, exchange_secret
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.errors import ModeRefused, OrderDenied, UnknownOutcome
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments

ORDER = "POST /binance/api/v3/order"
ME = account_of("spot bot")
d = Decimal


@dataclass
class Desk:
    venue: ExchangeVenue
    http: httpx.Client
    documents: MemoryDocuments
    serial: int = 0

    def action(self, **changes: Any) -> Action:
        self.serial += 1
        ask = self.venue.quote("BTC/USDT").ask
        assert ask is not None
        values: dict[str, Any] = {
            "client_id": f"{self.serial:032x}",
            "venue": "binance",
            "kind": ActionKind.PLACE_ORDER,
            "symbol": "BTC/USDT",
            "side": "buy",
            "quantity": d("0.005"),
            "limit_price": (ask * d("1.001")).quantize(d("0.01")),
            "time_in_force": "FOK",
            "currency": "USDT",
        }
        return Action(**{**values, **changes})

    def fault(self, **row: Any) -> None:
        found = self.http.post("/sandbox/faults", json={"endpoint": ORDER, "times": 1, **row})
        assert found.status_code == 201

    @property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/sandbox/record", params={"account": ME}).json()["binance"]
        return found


def venue_at(url: str, documents: MemoryDocuments, **changes: Any) -> ExchangeVenue:
    keys = {
        "api_key": SecretStr(ME),
        "api_secret": SecretStr(exchange_secret(ME)),
        "trading_enabled": True,
    }
    places = TradingSettings().at_sandbox(url).binance.model_copy(update={**keys, **changes})
    return ExchangeVenue("binance", places, SystemClock(), Shared(), documents=documents)


@pytest.fixture
def desk(sandbox: SandboxThread) -> Iterator[Desk]:
    with httpx.Client(base_url=sandbox.url, timeout=30) as http:
        documents = MemoryDocuments()
        yield Desk(venue_at(sandbox.url, documents), http, documents)


def test_orders_fills_and_balances_are_the_venues_to_the_last_digit(desk: Desk) -> None:
    assert isinstance(desk.venue, Venue)
    assert isinstance(desk.venue, OpenOrders)
    assert isinstance(desk.venue, FillHistory)
    actions = [desk.action(), desk.action(side="sell", quantity=d("0.002"), limit_price=d("10000.00"))]
    results = [desk.venue.execute(action) for action in actions]
    assert [result.status for result in results] == [ActionStatus.FILLED, ActionStatus.FILLED]
    fills = [fill for result in results for fill in result.fills]
    assert [
        (f.id, f.client_id, f.symbol, f.side, f.quantity, f.price, f.fee, f.fee_currency or f.currency)
        for f in fills
    ] == [
        (
            e["id"],
            e["clientId"],
            e["symbol"],
            e["side"],
            d(e["size"]),
            d(e["price"]),
            d(e["fee"]),
            e["feeCurrency"],
        )
        for e in desk.record["executions"]
    ]
    assert {fill.fee_currency for fill in fills} == {"BTC", None}
    assert desk.venue.fills(datetime(2020, 1, 1, tzinfo=UTC)) == fills
    assert [desk.venue.query_action(action.client_id) for action in actions] == results
    assert isinstance(desk.venue, OrderRecords)
    records = [desk.venue.order_record(action.client_id) for action in actions]
    assert [record.fills for record in records if record is not None] == [result.fills for result in results]
    assert all(record is not None and record.ended for record in records)
    assert desk.venue.order_record("another") is None
    assert [desk.venue.execute(action) for action in actions] == results
    assert len(desk.record["orders"]) == 2
    held = {balance.currency: balance.free + balance.locked for balance in desk.venue.balances()}
    assert held == {asset: d(amount) for asset, amount in desk.record["holdings"].items()}


def test_resting_orders_are_listed_cancelled_once_and_found_again(desk: Desk) -> None:
    resting = desk.action(limit_price=d("1000.00"), time_in_force="GTC")
    assert desk.venue.execute(resting).status is ActionStatus.OPEN
    (listed,) = desk.venue.open_orders()
    assert (listed.client_id, listed.quantity, listed.filled) == (resting.client_id, d("0.005"), 0)
    cancel = desk.action(kind=ActionKind.CANCEL_ORDER, parameters={"clientId": resting.client_id})
    desk.fault(kind="drop_after", endpoint="DELETE /binance/api/v3/order")
    with pytest.raises(UnknownOutcome):
        desk.venue.execute(cancel)
    found = desk.venue.query_action(cancel.client_id)
    assert found is not None
    assert found.status is ActionStatus.FILLED
    assert desk.venue.query_action(resting.client_id).status is ActionStatus.CANCELLED  # type: ignore[union-attr]
    assert desk.venue.open_orders() == []
    again = desk.action(kind=ActionKind.CANCEL_ORDER, parameters={"clientId": resting.client_id})
    assert desk.venue.execute(again).status is ActionStatus.REJECTED


@pytest.mark.parametrize(
    ("fault", "executed"),
    [
        ({"kind": "drop_before"}, False),
        ({"kind": "drop_after"}, True),
        ({"kind": "garbage"}, False),
        ({"kind": "garbage", "executed": True}, True),
        ({"kind": "status", "status": 500}, False),
        ({"kind": "status", "status": 503, "executed": True, "body": '{"code":-2010,"msg":"no"}'}, True),
        ({"kind": "status", "status": 504, "executed": True, "body": '{"code":-1007,"msg":"Timeout"}'}, True),
    ],
)
def test_an_answer_that_settles_nothing_is_unknown_and_found_again(
    desk: Desk, fault: dict[str, Any], executed: bool
) -> None:
    desk.fault(**fault)
    action = desk.action()
    with pytest.raises(UnknownOutcome):
        desk.venue.execute(action)
    assert len(desk.record["orders"]) == executed
    found = desk.venue.query_action(action.client_id)
    if not executed:
        assert found is None
        with pytest.raises(UnknownOutcome, match="not sent a second time"):
            desk.venue.execute(action)
        assert desk.record["orders"] == []
        return
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, d("0.005"))
    assert desk.venue.execute(action) == found
    assert len(desk.record["orders"]) == 1


def test_a_slow_answer_is_given_up_and_the_order_found(sandbox: SandboxThread, desk: Desk) -> None:
    impatient = venue_at(sandbox.url, desk.documents, timeout_s=0.5)
    impatient.quote("BTC/USDT")
    action = desk.action()
    desk.fault(kind="latency", latency_ms=1_500, executed=True)
    with pytest.raises(UnknownOutcome):
        impatient.execute(action)
    found = desk.venue.query_action(action.client_id)
    assert found is not None
    assert found.status is ActionStatus.FILLED


def test_partial_fills_kills_and_refusals(desk: Desk) -> None:
    desk.fault(kind="partial_fill", share=0.4)
    partly = desk.venue.execute(desk.action(time_in_force="FAK"))
    assert (partly.status, partly.filled) == (ActionStatus.CANCELLED, d("0.002"))
    killed = desk.venue.execute(desk.action(limit_price=d("1000.00"), quantity=d("0.5")))
    assert (killed.status, killed.filled) == (ActionStatus.CANCELLED, 0)
    poor = desk.venue.execute(desk.action(quantity=d("50"), limit_price=d("1000.00"), time_in_force="GTC"))
    assert poor.status is ActionStatus.REJECTED
    assert "insufficient balance" in str(poor.reason)
    desk.fault(kind="reject")
    assert desk.venue.execute(desk.action()).status is ActionStatus.REJECTED
    desk.fault(kind="status", status=429)
    assert desk.venue.execute(desk.action()).status is ActionStatus.REJECTED
    desk.fault(kind="duplicate")
    assert desk.venue.execute(desk.action()).status is ActionStatus.FILLED
    assert len(desk.record["orders"]) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": d("0.000001")},
        {"limit_price": d("60000.001")},
        {"limit_price": None},
        {"time_in_force": "GTD"},
        {"symbol": "DOGE/USDT"},
        {"kind": ActionKind.CANCEL_ORDER},
    ],
)
def test_nothing_is_sent_for_an_order_that_is_not_what_was_meant(desk: Desk, changes: dict[str, Any]) -> None:
    with pytest.raises(OrderDenied):
        desk.venue.execute(desk.action(**changes))
    assert desk.record["orders"] == []


def test_an_action_of_another_kind_is_rejected_and_not_sent(desk: Desk) -> None:
    assert desk.venue.execute(desk.action(kind=REDEEM)).status is ActionStatus.REJECTED
    assert desk.record["orders"] == []


def test_the_signature_the_window_and_the_key_are_checked(sandbox: SandboxThread, desk: Desk) -> None:
    wrong = venue_at(sandbox.url, MemoryDocuments(), api_secret=SecretStr("wrong"))
    refused = wrong.execute(desk.action())
    assert refused.status is ActionStatus.REJECTED
    assert desk.http.get("/binance/api/v3/account").json()["code"] == -2014
    unsigned = desk.http.get("/binance/api/v3/account", headers={"X-MBX-APIKEY": ME})
    assert unsigned.json()["code"] == -1102
    assert desk.record["orders"] == []


def test_without_switch_or_key_it_only_reads(sandbox: SandboxThread) -> None:
    for missing in ({"trading_enabled": False}, {"api_key": None}, {"api_secret": None}):
        venue = venue_at(sandbox.url, MemoryDocuments(), **missing)
        assert Capability.PLACE_ORDER not in venue.capabilities
        with pytest.raises(ModeRefused):
            venue.query_action("c")
