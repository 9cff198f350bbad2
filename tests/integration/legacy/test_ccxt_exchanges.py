"""ccxt's own classes, sync and async, as venues, against the sandbox over HTTP; its record is the judge."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

import httpx
import pytest

from argosy.core.actions.action import Action, ActionKind, ActionStatus, Side, TimeInForce, client_id
from argosy.core.clock import SystemClock
from argosy.core.venues.venue import Capability
from argosy.domains.trading.sandbox.identity import exchange_secret
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.venues.exchange.loader import exchange_class
from argosy.domains.trading.venues.exchange.pool import rebase_urls
from argosy.errors import OrderDenied, UnknownOutcome, VenueNotFound, VenueUnavailable
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.venue import ProviderVenue

KEY = "legacyTest0001"
SYMBOL = "BTC/USDT"
ORDER = "POST /binance/api/v3/order"


def ccxt_object(flavour: str, url: str) -> Any:
    make = (
        exchange_class("binance")
        if flavour == "sync"
        else import_module("ccxt.async_support.binance").binance
    )
    exchange = make(
        {
            "apiKey": KEY,
            "secret": exchange_secret(KEY),
            "enableRateLimit": False,
            "options": {
                "defaultType": "spot",
                "fetchMarkets": {"types": ["spot"]},
                "fetchMargins": False,
                "fetchCurrencies": False,
            },
        }
    )
    exchange.urls["api"] = rebase_urls(exchange.urls["api"], f"{url}/binance")
    return exchange


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(simulated(seed=7)) as served:
        yield served


@pytest.fixture
def control(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/sandbox", timeout=30) as client:
        client.delete("/faults").raise_for_status()
        yield client
        client.delete("/faults").raise_for_status()


@pytest.fixture(scope="module", params=["sync", "async"])
def venue(request: pytest.FixtureRequest, sandbox: SandboxThread) -> Iterator[ProviderVenue]:
    made = ProviderVenue(
        ccxt_object(request.param, sandbox.url),
        MemoryDocuments(),
        SystemClock(),
        name="binance",
        timeout_s=20,
    )
    made.connect()
    yield made
    made.close()


@pytest.fixture
def order(request: pytest.FixtureRequest, venue: ProviderVenue) -> Any:
    """Orders of this test: ids are its own."""

    def make(
        number: int = 0,
        *,
        side: Side = "buy",
        quantity: str = "0.001",
        off: str = "1.01",
        force: TimeInForce = "FAK",
    ) -> Action:
        quote = venue.quote(SYMBOL)
        assert quote.ask is not None
        return Action(
            client_id=client_id(request.node.nodeid, "order", number),
            venue=venue.name,
            kind=ActionKind.PLACE_ORDER,
            symbol=SYMBOL,
            side=side,
            quantity=Decimal(quantity),
            limit_price=(quote.ask * Decimal(off)).quantize(Decimal("0.01")),
            time_in_force=force,
            currency="USDT",
        )

    return make


def fault(control: httpx.Client, kind: str, **more: Any) -> None:
    control.post("/faults", json={"kind": kind, "endpoint": ORDER, "times": 1, **more}).raise_for_status()


def arrived(sandbox: SandboxThread, client_order_id: str) -> int:
    """How many orders of that id the venue itself has."""
    return sum(order.client_id == client_order_id for order in sandbox.world.spot.orders.values())


def test_reads(venue: ProviderVenue) -> None:
    assert {Capability.LOOKUP_BY_CLIENT_ID, Capability.BALANCES, Capability.CANDLES} <= venue.capabilities
    asset = next(asset for asset in venue.assets() if asset.symbol == SYMBOL)
    assert (asset.unit, asset.quote_currency, asset.price_step) == ("BTC", "USDT", Decimal("0.01"))
    book = venue.order_book(SYMBOL)
    assert book.bids[0].price < book.asks[0].price
    assert all(above.price > below.price for above, below in zip(book.bids, book.bids[1:], strict=False))
    assert len(venue.candles(SYMBOL, "1m", limit=5)) == 5
    assert any(balance.currency == "USDT" and balance.free > 0 for balance in venue.balances())
    with pytest.raises(VenueNotFound):
        venue.order_book("NO/SUCH")


def test_filled_with_the_venues_own_executions(
    venue: ProviderVenue, sandbox: SandboxThread, order: Any
) -> None:
    action = order()
    result = venue.execute(action)
    assert (result.status, result.filled) == (ActionStatus.FILLED, Decimal("0.001"))
    booked = {(fill.id, fill.quantity, fill.price, fill.fee, fill.fee_currency) for fill in result.fills}
    theirs = {
        (str(trade.id), trade.quantity, trade.price, trade.commission, "BTC")
        for trade in sandbox.world.spot.trades
        if str(trade.order_id) == result.venue_id
    }
    assert booked == theirs
    assert venue.execute(action) == result
    assert venue.query_action(action.client_id) == result
    assert arrived(sandbox, action.client_id) == 1


def test_rests_and_is_cancelled(venue: ProviderVenue, order: Any) -> None:
    action = order(off="0.9", force="GTC")
    assert venue.execute(action).status is ActionStatus.OPEN
    cancel = action.model_copy(
        update={
            "client_id": client_id(action.client_id, "cancel", 0),
            "kind": ActionKind.CANCEL_ORDER,
            "parameters": {"clientId": action.client_id},
        }
    )
    assert venue.execute(cancel).status is ActionStatus.FILLED
    ended = venue.query_action(action.client_id)
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, Decimal(0))
    again = cancel.model_copy(update={"client_id": client_id(action.client_id, "cancel", 1)})
    assert venue.execute(again).status is ActionStatus.REJECTED


def test_killed(venue: ProviderVenue, order: Any) -> None:
    result = venue.execute(order(off="0.9", force="FOK"))
    assert (result.status, result.filled, result.fills) == (ActionStatus.CANCELLED, Decimal(0), [])


def test_refusals_are_final(venue: ProviderVenue, control: httpx.Client, order: Any) -> None:
    poor = venue.execute(order(0, quantity="5"))
    assert (poor.status, poor.code) == (ActionStatus.REJECTED, "insufficient_funds")
    fault(control, "reject")
    assert venue.execute(order(1)).status is ActionStatus.REJECTED
    fault(control, "status", status=429)
    limited = venue.execute(order(2))
    assert (limited.status, limited.code) == (ActionStatus.REJECTED, "rate_limited")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("drop_after", {}),
        ("status", {"status": 500, "executed": True}),
        ("status", {"status": 503, "executed": True}),
        ("garbage", {"executed": True}),
    ],
)
def test_taken_and_no_answer(
    venue: ProviderVenue, sandbox: SandboxThread, control: httpx.Client, order: Any, kind: str, more: Any
) -> None:
    action = order()
    fault(control, kind, **more)
    with pytest.raises(UnknownOutcome):
        venue.execute(action)
    found = venue.query_action(action.client_id)
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, Decimal("0.001"))
    assert venue.execute(action) == found
    assert arrived(sandbox, action.client_id) == 1


@pytest.mark.parametrize(
    ("kind", "more"), [("drop_before", {}), ("status", {"status": 500}), ("garbage", {})]
)
def test_never_taken_and_no_answer(
    venue: ProviderVenue, sandbox: SandboxThread, control: httpx.Client, order: Any, kind: str, more: Any
) -> None:
    action = order()
    fault(control, kind, **more)
    with pytest.raises(UnknownOutcome):
        venue.execute(action)
    assert venue.query_action(action.client_id) is None
    with pytest.raises(UnknownOutcome):
        venue.execute(action)
    assert arrived(sandbox, action.client_id) == 0


def test_a_duplicate_is_the_order_itself(
    venue: ProviderVenue, sandbox: SandboxThread, control: httpx.Client, order: Any
) -> None:
    action = order()
    fault(control, "duplicate")
    assert venue.execute(action).status is ActionStatus.FILLED
    assert arrived(sandbox, action.client_id) == 1


def test_a_part(venue: ProviderVenue, control: httpx.Client, order: Any) -> None:
    fault(control, "partial_fill", share=0.5)
    result = venue.execute(order(quantity="0.002"))
    assert (result.status, result.filled) == (ActionStatus.CANCELLED, Decimal("0.001"))


def test_off_the_grid_is_denied_before_it_is_sent(
    venue: ProviderVenue, sandbox: SandboxThread, order: Any
) -> None:
    action = order()
    for wrong in ({"quantity": Decimal("0.0000123456")}, {"limit_price": Decimal("60000.001")}):
        with pytest.raises(OrderDenied, match="grid"):
            venue.execute(action.model_copy(update=wrong))
    assert arrived(sandbox, action.client_id) == 0


def test_a_lookup_that_fails_says_nothing(venue: ProviderVenue, control: httpx.Client, order: Any) -> None:
    action = order(off="0.9", force="GTC")
    venue.execute(action)
    control.post(
        "/faults", json={"kind": "status", "status": 500, "endpoint": "GET /binance/api/v3/order", "times": 1}
    ).raise_for_status()
    with pytest.raises(VenueUnavailable):
        venue.query_action(action.client_id)
