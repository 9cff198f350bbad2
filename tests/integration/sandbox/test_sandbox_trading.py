"""The product's own Polymarket client trades at the sandbox; the venue's record is the judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind, ActionStatus, Fill, Side, TimeInForce
from argosy.core.clock import DrivenClock
from argosy.domains.trading.market import BinaryMarket, window_slug
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.polymarket import orders
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.domains.trading.venues.polymarket.factory import polymarket_venue
from argosy.domains.trading.venues.polymarket.signing import (
    EXCHANGE_V2,
    ApiCredentials,
    OrderSigner,
    TradingAuth,
    WalletAuth,
)
from argosy.errors import ArgosyError, UnknownOutcome, VenueError
from argosy.infrastructure.resilience.http import Outgoing
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
ORDER = "POST /polymarket/clob/order"


@dataclass
class Desk:
    """A trading venue on a sandbox whose clock stands still unless it is moved: books do not run away."""

    served: SandboxThread
    clock: DrivenClock
    venue: PolymarketVenue
    http: httpx.Client
    market: BinaryMarket
    serial: int = 0

    def action(
        self,
        side: Side = "buy",
        price: str | None = None,
        quantity: str = "20",
        tif: TimeInForce = "FOK",
        *,
        symbol: str | None = None,
        **parameters: str,
    ) -> Action:
        self.serial += 1
        book = self.venue.order_book(symbol or self.market.up)
        best = book.best_ask if side == "buy" else book.best_bid
        assert best is not None
        return Action(
            client_id=f"{self.serial:032x}",
            venue="polymarket",
            kind=ActionKind.PLACE_ORDER,
            symbol=symbol or self.market.up,
            side=side,
            quantity=Decimal(quantity),
            limit_price=Decimal(price) if price else best.price,
            time_in_force=tif,
            parameters=parameters,
        )

    def fault(self, **row: Any) -> None:
        assert (
            self.http.post("/sandbox/faults", json={"endpoint": ORDER, "times": 1, **row}).status_code == 201
        )

    def fills(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/sandbox/fills", params={"account": ADDRESS}).json()[
            "items"
        ]
        return found

    def account(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/sandbox/accounts/{ADDRESS}").json()
        return found


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = DrivenClock(datetime(2026, 11, 23, 11, 1, tzinfo=UTC))
    with (
        SandboxThread(simulated(seed=7, clock=clock)) as served,
        httpx.Client(base_url=served.url, timeout=30) as http,
    ):
        settings = TradingSettings().at_sandbox(served.url)
        trading = {"private_key": SecretStr(KEY), "trading_enabled": True}
        settings = settings.model_copy(update={"polymarket": settings.polymarket.model_copy(update=trading)})
        venue = polymarket_venue(settings, clock, Shared(), documents=MemoryDocuments(), trading=True)
        yield Desk(served, clock, venue, http, venue.market(window_slug("btc-updown-15m", clock.now())))


def test_a_buy_is_what_the_venue_recorded_to_the_last_digit(desk: Desk) -> None:
    before = {balance.currency: balance.free for balance in desk.venue.balances()}
    assert list(before.values()) == [Decimal(10_000)]
    quantity = str(int(desk.venue.order_book(desk.market.up).asks[0].size))
    result = desk.venue.execute(desk.action(quantity=quantity))
    assert result.status is ActionStatus.FILLED
    assert result.filled == Decimal(quantity)
    (fill,) = desk.fills()
    assert result.average_price == Decimal(fill["price"])
    assert result.fee == Decimal(fill["fee"])
    spent = Decimal(quantity) * Decimal(fill["price"]) + Decimal(fill["fee"])
    account = desk.account()
    assert Decimal(account["cash"]) == 10_000 - spent
    assert account["shares"] == {desk.market.up: quantity}
    positions = desk.venue.positions()
    assert [(position.symbol, position.quantity) for position in positions] == [
        (desk.market.up, Decimal(quantity))
    ]


def test_the_same_action_again_does_nothing(desk: Desk) -> None:
    action = desk.action()
    first = desk.venue.execute(action)
    assert first.status is ActionStatus.FILLED
    again = desk.venue.execute(action)
    assert (again.status, again.filled, again.fee) == (first.status, first.filled, first.fee)
    assert len(desk.http.get("/sandbox/orders").json()["items"]) == 1


def test_every_execution_is_booked_under_the_venues_own_name(desk: Desk) -> None:
    actions = [
        desk.action(quantity="20"),
        desk.action("sell", quantity="10"),
        desk.action(quantity="5000", tif="FAK"),
    ]
    desk.fault(kind="drop_after")
    with pytest.raises(UnknownOutcome):
        desk.venue.execute(actions[0])
    results = [
        desk.venue.query_action(actions[0].client_id),
        *(desk.venue.execute(one) for one in actions[1:]),
    ]
    fills = [fill for result in results if result is not None for fill in result.fills]
    record = desk.http.get("/sandbox/record", params={"account": ADDRESS}).json()["polymarket"]
    booked = [
        (fill.id, fill.symbol, fill.side, fill.quantity, fill.price, fill.fee)
        for fill in sorted(fills, key=_name)
    ]
    assert booked == [
        (
            part["id"],
            part["symbol"],
            part["side"],
            Decimal(part["size"]),
            Decimal(part["price"]),
            Decimal(part["fee"]),
        )
        for part in record["executions"]
    ]
    assert len(booked) >= 3
    assert sorted(desk.venue.fills(desk.clock.now() - timedelta(hours=1)), key=_name) == sorted(
        fills, key=_name
    )
    spent = sum(
        ((-1 if f.side == "buy" else 1) * f.quantity * f.price - f.fee for f in fills), start=Decimal(0)
    )
    assert Decimal(record["holdings"]["USD"]) == 10_000 + spent
    assert [order["id"] for order in record["orders"]] == [result.venue_id for result in results if result]


def _name(fill: Fill) -> int:
    return int(fill.id.removeprefix("trade-"))


def test_selling_resting_cancelling(desk: Desk) -> None:
    desk.venue.execute(desk.action(quantity="20"))
    sold = desk.venue.execute(desk.action("sell", quantity="10"))
    assert sold.filled == 10
    resting = desk.venue.execute(desk.action("sell", "0.99", "10", "GTC"))
    assert resting.status is ActionStatus.OPEN
    cancel = Action(
        client_id="c" * 32,
        venue="polymarket",
        kind=ActionKind.CANCEL_ORDER,
        symbol=desk.market.up,
        quantity=Decimal(0),
        parameters={"venueId": str(resting.venue_id)},
    )
    desk.venue.execute(cancel)
    orders = {order["id"]: order for order in desk.http.get("/sandbox/orders").json()["items"]}
    assert orders[str(resting.venue_id)]["status"] == "CANCELED"


def test_a_kill_and_a_lack_of_money_are_refusals_and_not_fills(desk: Desk) -> None:
    killed = desk.venue.execute(desk.action(quantity="5000"))
    poor = desk.venue.execute(desk.action(quantity="50000", price="0.99", tif="GTC"))
    assert {killed.status, poor.status} == {ActionStatus.REJECTED}
    assert "fully filled or killed" in str(killed.reason)
    assert "not enough balance" in str(poor.reason)
    assert desk.fills() == []


def test_a_dropped_answer_is_unknown_and_found_again_by_looking_up(desk: Desk) -> None:
    desk.fault(kind="drop_after")
    action = desk.action()
    with pytest.raises(UnknownOutcome):
        desk.venue.execute(action)
    assert sum(Decimal(fill["quantity"]) for fill in desk.fills()) == 20
    found = desk.venue.query_action(action.client_id)
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, 20)
    assert found.fee == sum(Decimal(fill["fee"]) for fill in desk.fills())


def test_a_dropped_request_never_reached_the_venue(desk: Desk) -> None:
    desk.fault(kind="drop_before")
    action = desk.action()
    with pytest.raises(UnknownOutcome):
        desk.venue.execute(action)
    assert desk.fills() == []
    assert desk.venue.query_action(action.client_id) is None


@pytest.mark.parametrize("row", [{"kind": "status", "status": 500}, {"kind": "garbage"}])
def test_an_answer_that_says_nothing_is_unknown(desk: Desk, row: dict[str, Any]) -> None:
    desk.fault(**row)
    with pytest.raises(UnknownOutcome):
        desk.venue.execute(desk.action())
    assert desk.fills() == []


def test_a_duplicate_answer_leads_to_the_order_that_exists(desk: Desk) -> None:
    desk.fault(kind="duplicate")
    result = desk.venue.execute(desk.action())
    assert (result.status, result.filled) == (ActionStatus.FILLED, 20)
    assert sum(Decimal(fill["quantity"]) for fill in desk.fills()) == 20


def test_partial_fills_and_rejections_on_demand(desk: Desk) -> None:
    desk.fault(kind="partial_fill", share=0.3)
    partial = desk.venue.execute(desk.action())
    assert partial.filled == 6
    assert sum(Decimal(fill["quantity"]) for fill in desk.fills()) == 6
    desk.fault(kind="reject", body="the market is not yet ready to process new orders")
    assert desk.venue.execute(desk.action()).status is ActionStatus.REJECTED


def test_reads_come_through_faults_or_end_as_errors_of_ours(desk: Desk) -> None:
    for row in (
        {"kind": "garbage"},
        {"kind": "status", "status": 429},
        {"kind": "drop_before"},
        {"kind": "status", "status": 503},
    ):
        desk.http.post("/sandbox/faults", json={"endpoint": "* /polymarket/*", "times": 1, **row})
        try:
            assert desk.venue.books(list(desk.market.symbols))
        except ArgosyError as error:
            assert isinstance(error, VenueError)
    desk.http.delete("/sandbox/faults")
    assert len(desk.venue.books(list(desk.market.symbols))) == 2


def test_settlement_pays_at_the_venue(desk: Desk) -> None:
    desk.venue.execute(desk.action(quantity="20"))
    cash = Decimal(desk.account()["cash"])
    assert desk.venue.resolution(desk.market.slug) is None
    desk.clock.advance(900 + 60)
    resolution = desk.venue.resolution(desk.market.slug)
    assert resolution is not None
    won = resolution.payout(desk.market.up) * 20
    account = desk.account()
    assert Decimal(account["cash"]) == cash + won
    assert account["shares"] == {}
    totals = desk.http.get("/sandbox/accounts").json()
    assert Decimal(totals["cash"]) == Decimal(totals["deposits"])


def test_pairs_are_merged_for_a_dollar(desk: Desk) -> None:
    desk.venue.execute(desk.action(quantity="20"))
    desk.venue.execute(desk.action(quantity="20", symbol=desk.market.down))
    cash = Decimal(desk.account()["cash"])
    merged = desk.http.post(
        f"/sandbox/accounts/{ADDRESS}/merge", json={"slug": desk.market.slug, "pairs": "20"}
    ).json()
    assert Decimal(merged["cash"]) == cash + 20
    assert merged["shares"] == {}
    for wrong in (
        {"slug": desk.market.slug, "pairs": "1"},
        {"slug": "x", "pairs": "1"},
        {"pairs": "nan"},
        {},
    ):
        assert desk.http.post(f"/sandbox/accounts/{ADDRESS}/merge", json=wrong).status_code in {400, 422}


def test_nobody_trades_without_a_valid_signature(desk: Desk) -> None:
    desk.venue.execute(desk.action())
    for headers in (
        {},
        {
            "POLY_ADDRESS": ADDRESS,
            "POLY_API_KEY": "x",
            "POLY_PASSPHRASE": "y",
            "POLY_SIGNATURE": "z",
            "POLY_TIMESTAMP": "1",
        },
    ):
        reply = desk.http.get("/polymarket/clob/data/orders", headers=headers)
        assert reply.status_code == 401
    assert desk.http.post("/polymarket/clob/auth/api-key").status_code == 401


def test_wrong_fault_rows_are_explained(desk: Desk) -> None:
    reply = desk.http.post("/sandbox/faults", json={"kind": "fire"})
    assert reply.status_code == 422
    assert "kind" in reply.json()["error"]
    assert desk.http.delete("/sandbox/faults/none").status_code == 404


class Raw:
    """Orders signed by hand, for what the client never sends."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.signer = OrderSigner(SecretStr(KEY))
        wallet = Outgoing("GET", "/auth/derive-api-key")
        WalletAuth(self.signer, desk.clock).apply(wallet)
        found = desk.http.get("/polymarket/clob/auth/derive-api-key", headers=wallet.headers).json()
        self.auth = TradingAuth(
            self.signer.address,
            ApiCredentials.of(found["apiKey"], found["secret"], found["passphrase"]),
            desk.clock,
        )

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        text = "" if body is None else json.dumps(body, separators=(",", ":"))
        request = Outgoing(method, path, body=text)
        self.auth.apply(request)
        return self.desk.http.request(
            method, "/polymarket/clob" + path, content=text or None, headers=request.headers
        )

    def body(self, action: Action) -> dict[str, Any]:
        unsigned = orders.build(
            action,
            maker=self.signer.address,
            signer=self.signer.address,
            signature_type=0,
            now=self.desk.clock.now(),
        )
        return orders.order_body(self.signer.sign(unsigned, EXCHANGE_V2), action, self.auth.owner)


def test_what_is_wrong_with_an_order_is_said_in_the_venues_words(desk: Desk) -> None:
    raw = Raw(desk)
    good = raw.body(desk.action(tif="GTC", price="0.02", quantity="100"))
    fields = good["order"]
    retired = {**good, "order": {**fields, "taker": "0x0", "nonce": "0", "feeRateBps": "0"}}
    del retired["order"]["timestamp"]
    forged = {**good, "order": {**fields, "makerAmount": "1000000"}}
    stranger = {**good, "owner": "someone"}
    early = {**good, "orderType": "GTD", "order": {**fields, "expiration": "1"}}
    for body, text in (
        (retired, "order_version_mismatch"),
        (forged, "invalid signature"),
        (stranger, "owner"),
        (early, "invalid expiration"),
        ({"order": {}}, "Invalid order payload"),
        ([], "Invalid order payload"),
        ("x", "Invalid order payload"),
    ):
        reply = raw.send("POST", "/order", body)
        assert reply.status_code == 400, reply.text
        assert text in reply.json()["error"]
    small = raw.send("POST", "/order", raw.body(desk.action(tif="GTC", price="0.50", quantity="4")))
    assert small.json()["error"] == "Size (4) lower than the minimum: 5"


def test_orders_that_rest_are_listed_and_cancelled_in_every_way(desk: Desk) -> None:
    raw = Raw(desk)
    bodies = [raw.body(desk.action(tif="GTC", price=f"0.0{cents}", quantity="50")) for cents in range(1, 5)]
    placed = raw.send("POST", "/orders", bodies).json()
    assert [reply["status"] for reply in placed] == ["live"] * 4
    ids = [reply["orderID"] for reply in placed]
    listed = raw.send("GET", "/data/orders").json()
    assert {order["id"] for order in listed["data"]} == set(ids)
    assert listed["next_cursor"] == "LTE="
    assert raw.send("GET", f"/data/order/{ids[0]}").json()["original_size"] == "50"
    assert raw.send("DELETE", "/orders", ids[:1]).json() == {"canceled": ids[:1], "not_canceled": {}}
    again = raw.send("DELETE", "/order", {"orderID": ids[0]}).json()
    assert again == {"canceled": [], "not_canceled": {ids[0]: "order already canceled"}}
    other = raw.send("DELETE", "/cancel-market-orders", {"asset_id": desk.market.down}).json()
    assert other["canceled"] == []
    assert sorted(raw.send("DELETE", "/cancel-all").json()["canceled"]) == sorted(ids[1:])
    repeated = raw.send("POST", "/order", bodies[0])
    assert repeated.status_code == 400
    assert "Duplicated" in repeated.json()["error"]


def test_a_post_only_order_never_takes_and_a_timed_one_ends(desk: Desk) -> None:
    raw = Raw(desk)
    crossing = raw.send(
        "POST", "/order", raw.body(desk.action(tif="GTC", price="0.99", quantity="10", postOnly="true"))
    )
    assert crossing.json()["error"] == "invalid post-only order: order crosses book"
    until = int(desk.clock.now().timestamp()) + 240
    timed = raw.send(
        "POST", "/order", raw.body(desk.action(tif="GTD", price="0.01", quantity="200", expiresAt=str(until)))
    )
    assert timed.json()["status"] == "live"
    desk.clock.advance(178)  # it ends a minute before it says
    assert len(raw.send("GET", "/data/orders").json()["data"]) == 1
    desk.clock.advance(5)
    assert raw.send("GET", "/data/orders").json()["data"] == []


def test_the_same_seed_and_time_give_the_same_replies() -> None:
    def replies(seed: int) -> list[str]:
        clock = DrivenClock(datetime(2026, 11, 23, 11, 1, tzinfo=UTC))
        found = []
        with (
            SandboxThread(simulated(seed=seed, clock=clock)) as served,
            httpx.Client(base_url=served.url) as http,
        ):
            for _ in range(10):
                clock.advance(37.3)
                market = http.get("/polymarket/gamma/markets/slug/btc-updown-15m-1795431600")
                tokens = json.loads(market.json()["clobTokenIds"])
                books = http.post("/polymarket/clob/books", json=[{"token_id": token} for token in tokens])
                klines = http.get(
                    "/binance/api/v3/klines", params={"symbol": "BTCUSDT", "interval": "1m", "limit": "5"}
                )
                found += [market.text, books.text, klines.text, books.headers["date"]]
        return found

    assert replies(3) == replies(3)
    assert replies(3) != replies(4)
