"""Orders at Polymarket: what is refused before it is sent, and that each is sent at most once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from argosy.core.action import Action, ActionKind, ActionStatus
from argosy.core.clock import DrivenClock, to_ms
from argosy.core.venue import Capability, VenueStatus
from argosy.domains.trading.settings import PolymarketSettings, TradingSettings
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.domains.trading.venues.polymarket.factory import polymarket_venue
from argosy.domains.trading.venues.polymarket.orders import (
    AMOUNT_DECIMALS,
    OrderTerms,
    build,
    quantity_step,
    validate,
)
from argosy.domains.trading.venues.polymarket.signing import EXCHANGE_V2, UnsignedOrder, order_hash
from argosy.errors import BadReply, ModeRefused, OrderDenied, UnknownOutcome
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments

NOW = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)
TOKEN = "7132104567"
CONDITION = "0x" + "7c" * 32
KEY = SecretStr("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
WALLET = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def order(**changes: Any) -> Action:
    values: dict[str, Any] = {
        "client_id": "c1",
        "venue": "polymarket",
        "kind": ActionKind.PLACE_ORDER,
        "symbol": TOKEN,
        "side": "buy",
        "quantity": Decimal(10),
        "limit_price": Decimal("0.47"),
        "time_in_force": "FOK",
    }
    return Action(**{**values, **changes})


def terms(tick: str = "0.01") -> OrderTerms:
    return OrderTerms(TOKEN, CONDITION, Decimal(tick), Decimal(5), False, "v1", True, None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"limit_price": None}, "side and limit price"),
        ({"limit_price": Decimal("0.475")}, "grid"),
        ({"limit_price": Decimal(1)}, "grid"),
        ({"limit_price": Decimal("0.00")}, "grid"),
        ({"quantity": Decimal("10.5")}, "cannot be expressed"),
        ({"quantity": Decimal(0)}, "cannot be expressed"),
        ({"quantity": Decimal("-10")}, "cannot be expressed"),
        ({"quantity": Decimal(2)}, "below the venue's minimum"),
        ({"quantity": Decimal("4.99"), "time_in_force": "GTC"}, "below the venue's minimum"),
        ({"quantity": Decimal("5.001"), "time_in_force": "GTC"}, "cannot be expressed"),
        ({"time_in_force": "GTD"}, "expires too soon"),
        (
            {"time_in_force": "GTD", "parameters": {"expiresAt": str(to_ms(NOW) // 1000 + 179)}},
            "expires too soon",
        ),
        ({"parameters": {"postOnly": "true"}}, "able to rest"),
    ],
)
def test_what_the_venue_would_refuse_is_denied_here(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(OrderDenied, match=why):
        validate(order(**changes), terms(), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"quantity": Decimal("2.02"), "limit_price": Decimal("0.5")},
        {"quantity": Decimal("2.13"), "side": "sell", "limit_price": Decimal("0.47")},
        {"quantity": Decimal("5.01"), "time_in_force": "GTC"},
        {"time_in_force": "GTD", "parameters": {"expiresAt": str(to_ms(NOW) // 1000 + 180)}},
        {"time_in_force": "GTC", "parameters": {"postOnly": "true"}},
    ],
)
def test_what_passes(changes: dict[str, Any]) -> None:
    validate(order(**changes), terms(), NOW)


@pytest.mark.parametrize(
    ("price", "side", "step"),
    [
        ("0.47", "buy", "1"),
        ("0.5", "buy", "0.02"),
        ("0.25", "buy", "0.04"),
        ("0.471", "buy", "10"),
        ("0.47", "sell", "0.01"),
    ],
)
def test_quantity_step(price: str, side: str, step: str) -> None:
    assert quantity_step(Decimal(price), side) == Decimal(step)


@given(
    tick=st.sampled_from(sorted(AMOUNT_DECIMALS)),
    steps=st.integers(1, 9999),
    units=st.integers(1, 5000),
    side=st.sampled_from(["buy", "sell"]),
    tif=st.sampled_from(["FOK", "GTC"]),
)
def test_amounts_have_the_precision_of_the_tick(
    tick: Decimal, steps: int, units: int, side: Any, tif: Any
) -> None:
    price = tick * (steps % int(1 / tick - 1) + 1)
    quantity = quantity_step(price, side, tif) * units
    action = order(side=side, quantity=quantity, limit_price=price, time_in_force=tif)
    built = build(action, maker=WALLET, signer=WALLET, signature_type=0, now=NOW)
    money, shares = (
        (built.maker_amount, built.taker_amount)
        if side == "buy"
        else (built.taker_amount, built.maker_amount)
    )
    assert Decimal(money) / Decimal(shares) == price
    assert Decimal(shares) / 10**6 == quantity
    assert money % 10 ** (6 - AMOUNT_DECIMALS[tick]) == 0
    assert shares % 10**4 == 0
    if side == "buy" and tif == "FOK":
        assert money % 10**4 == 0
    assert 0 <= built.salt <= 2**53


# --- the desk, against a venue's side of the wire ---------------------------------------------------------


class VenueSide:
    """The replies of a CLOB, and what it was sent."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.reply: Callable[[dict[str, Any]], httpx.Response] = self.matched
        self.orders: dict[str, dict[str, Any]] = {}
        self.open: list[dict[str, Any]] = []
        self.trades: list[dict[str, Any]] = []
        self.headers: list[httpx.Headers] = []
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.paths.append(f"{request.method} {path}")
        if path == "/order" and request.method == "POST":
            body = json.loads(request.content)
            self.posted.append(body)
            self.headers.append(request.headers)
            return self.reply(body)
        if path == "/order":
            name = json.loads(request.content)["orderID"]
            known = name in self.orders
            return httpx.Response(
                200,
                json={
                    "canceled": [name] if known else [],
                    "not_canceled": {} if known else {name: "already gone"},
                },
            )
        if path.startswith("/data/order/"):
            found = self.orders.get(path.rsplit("/", 1)[1])
            return (
                httpx.Response(200, json=found) if found else httpx.Response(404, json={"error": "not found"})
            )
        if path == "/data/orders":
            return httpx.Response(200, json={"data": self.open, "next_cursor": "LTE="})
        if path == "/data/trades":
            return httpx.Response(200, json={"data": self.trades, "next_cursor": "LTE="})
        if path == "/auth/derive-api-key":
            return httpx.Response(200, json={"apiKey": "k", "secret": "AAEC", "passphrase": "p"})
        if path.startswith("/markets-by-token/"):
            return httpx.Response(200, json={"condition_id": CONDITION})
        if path.startswith("/clob-markets/"):
            return httpx.Response(
                200,
                content=b'{"c":"%s","mos":5,"mts":0.01,"nr":false,"ao":true,"fd":{"r":0.07,"e":1,"to":true},"v":"v1"}'
                % CONDITION.encode(),
            )
        if path == "/balance-allowance":
            return httpx.Response(200, json={"balance": "12500000"})
        if path == "/time":
            return httpx.Response(200, content=b"1780920000")
        return httpx.Response(500)

    def matched(self, body: dict[str, Any]) -> httpx.Response:
        """All of it at the limit price, and its trade is listed at once."""
        sent = body["order"]
        making, taking = (str(Decimal(sent[name]) / 10**6) for name in ("makerAmount", "takerAmount"))
        self.trades.append(self.trade("t0", taking, str(Decimal(making) / Decimal(taking))))
        return self.answer(status="matched", makingAmount=making, takingAmount=taking)

    def answer(self, **fields: Any) -> httpx.Response:
        body = {"success": True, "errorMsg": "", "orderID": self.hash, **fields}
        return httpx.Response(200, json=body)

    def trade(self, name: str, size: str, price: str, **fields: Any) -> dict[str, Any]:
        """A trade of the last order as taker."""
        return {
            "id": name,
            "taker_order_id": self.hash,
            "asset_id": TOKEN,
            "side": "BUY",
            "status": "MATCHED",
            "size": size,
            "price": price,
            "match_time": "1780920001",
            **fields,
        }

    @property
    def hash(self) -> str:
        sent = self.posted[-1]["order"]
        return order_hash(
            UnsignedOrder(
                salt=sent["salt"],
                maker=sent["maker"],
                signer=sent["signer"],
                token_id=int(sent["tokenId"]),
                maker_amount=int(sent["makerAmount"]),
                taker_amount=int(sent["takerAmount"]),
                side={"BUY": 0, "SELL": 1}[sent["side"]],
                signature_type=sent["signatureType"],
                timestamp=int(sent["timestamp"]),
            ),
            EXCHANGE_V2,
        )


@pytest.fixture
def side() -> VenueSide:
    return VenueSide()


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(NOW)


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


def venue_for(
    side: VenueSide, clock: DrivenClock, documents: MemoryDocuments, **settings: Any
) -> PolymarketVenue:
    places = PolymarketSettings(
        **{"clob_url": "http://clob.test", "private_key": KEY, "trading_enabled": True, **settings}
    )
    return polymarket_venue(
        TradingSettings(polymarket=places),
        clock,
        Shared(),
        documents=documents,
        trading=True,
        transport=httpx.MockTransport(side),
    )


@pytest.fixture
def venue(side: VenueSide, clock: DrivenClock, documents: MemoryDocuments) -> PolymarketVenue:
    return venue_for(side, clock, documents)


def test_a_filled_order_and_its_fee(venue: PolymarketVenue, side: VenueSide) -> None:
    result = venue.execute(order())
    assert (result.status, result.filled, result.average_price) == (ActionStatus.FILLED, 10, Decimal("0.47"))
    assert result.fee == Decimal("0.17437"), "10 · 0.07 · 0.47 · 0.53"
    assert result.venue_id == side.hash
    body = side.posted[0]
    assert (body["orderType"], body["owner"], body["order"]["side"]) == ("FOK", "k", "BUY")
    assert (body["order"]["makerAmount"], body["order"]["takerAmount"]) == ("4700000", "10000000")
    assert side.headers[0]["poly_address"] == WALLET
    assert side.headers[0]["poly_timestamp"] == str(to_ms(NOW) // 1000)


def test_the_same_action_again_is_not_sent_again(venue: PolymarketVenue, side: VenueSide) -> None:
    first = venue.execute(order())
    assert venue.execute(order()) == first
    assert len(side.posted) == 1
    assert venue.lookup("c1") == first
    assert venue.lookup("never") is None


def test_the_hash_is_stored_before_the_post(
    venue: PolymarketVenue, side: VenueSide, documents: MemoryDocuments
) -> None:
    seen: list[Any] = []

    def dropped(body: dict[str, Any]) -> httpx.Response:
        stored = documents.get("polymarket.orders", "c1")
        seen.append(stored.value["hash"] if stored else None)
        raise httpx.ReadError("dropped")

    side.reply = dropped
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    assert seen == [side.hash]


def test_executed_and_then_dropped_is_found_by_its_hash(venue: PolymarketVenue, side: VenueSide) -> None:
    def dropped(body: dict[str, Any]) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    side.reply = dropped
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    with pytest.raises(UnknownOutcome, match="not sent a second time"):
        venue.execute(order())
    assert venue.lookup("c1") is None
    side.trades = [
        side.trade("t1", "6", "0.46"),
        side.trade("t2", "4", "0.47", status="CONFIRMED"),
        side.trade("t3", "4", "0.47", status="FAILED"),
        side.trade("t4", "9", "0.40", taker_order_id="0xother"),
    ]
    found = venue.execute(order())
    assert (found.status, found.filled, found.average_price) == (ActionStatus.FILLED, 10, Decimal("0.464"))
    assert [(fill.id, fill.fee) for fill in found.fills] == [
        ("t1", Decimal("0.10433")),
        ("t2", Decimal("0.06975")),
    ]
    assert len(side.posted) == 1


def test_a_resting_order_is_followed_as_maker(venue: PolymarketVenue, side: VenueSide) -> None:
    side.reply = lambda body: side.answer(status="live", makingAmount="", takingAmount="")
    resting = order(time_in_force="GTC")
    assert venue.execute(resting).status is ActionStatus.OPEN
    base = {"id": side.hash, "status": "LIVE", "price": "0.47", "original_size": "10"}
    side.orders[side.hash] = {**base, "size_matched": "4"}
    awaited = venue.lookup("c1")
    assert awaited is not None
    assert (awaited.status, awaited.filled, awaited.fills) == (ActionStatus.SUBMITTED, 0, [])
    side.trades = [
        {
            "id": "t",
            "taker_order_id": "0xtaker",
            "status": "MINED",
            "size": "9",
            "price": "0.47",
            "maker_orders": [
                {"order_id": side.hash.upper().replace("0X", "0x"), "matched_amount": "4", "price": "0.47"}
            ],
        }
    ]
    partly = venue.lookup("c1")
    assert partly is not None
    assert (partly.status, partly.filled, partly.fee) == (ActionStatus.PARTIALLY_FILLED, 4, 0)
    side.orders[side.hash] = {**base, "status": "CANCELED", "size_matched": "4"}
    ended = venue.lookup("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 4)


def test_a_killed_remainder_ends_with_what_was_filled(venue: PolymarketVenue, side: VenueSide) -> None:
    def partly(body: dict[str, Any]) -> httpx.Response:
        side.trades.append(side.trade("t", "4", "0.46"))
        return side.answer(status="matched", makingAmount="1.84", takingAmount="4")

    side.reply = partly
    result = venue.execute(order(time_in_force="FAK"))
    assert (result.status, result.filled, result.average_price) == (
        ActionStatus.CANCELLED,
        4,
        Decimal("0.46"),
    )


@pytest.mark.parametrize("fields", [{"status": "delayed"}, {"status": "unmatched"}])
def test_an_answer_that_leaves_it_open_is_followed_until_it_is_clear(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock, fields: dict[str, Any]
) -> None:
    side.reply = lambda body: side.answer(**fields)
    assert venue.execute(order()).status is ActionStatus.SUBMITTED
    clock.advance(29)
    assert venue.lookup("c1").status is ActionStatus.SUBMITTED  # type: ignore[union-attr]
    clock.advance(1)
    ended = venue.lookup("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 0)


def test_trades_that_are_listed_late_are_booked_late_and_never_as_an_average(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock
) -> None:
    side.reply = lambda body: side.answer(status="matched", makingAmount="4.66", takingAmount="10")
    first = venue.execute(order())
    assert (first.status, first.filled, first.fills) == (ActionStatus.SUBMITTED, 0, [])
    side.trades = [side.trade("t1", "4", "0.46")]
    clock.advance(3600)
    second = venue.lookup("c1")
    assert second is not None
    assert (second.status, second.filled) == (ActionStatus.PARTIALLY_FILLED, 4)
    side.trades.append(side.trade("t2", "6", "0.47"))
    third = venue.lookup("c1")
    assert third is not None
    assert (third.status, third.filled, third.fills[0]) == (ActionStatus.FILLED, 10, second.fills[0])
    side.trades = []
    assert venue.lookup("c1") == third, "final is final"


def test_a_trade_with_several_makers_is_booked_by_their_prices(
    venue: PolymarketVenue, side: VenueSide
) -> None:
    def crossed(body: dict[str, Any]) -> httpx.Response:
        makers = [
            {"order_id": "0xA", "asset_id": TOKEN, "side": "SELL", "matched_amount": "4", "price": "0.46"},
            {"order_id": "0xB", "asset_id": "99", "side": "BUY", "matched_amount": "6", "price": "0.53"},
        ]
        side.trades.append(side.trade("t", "10", "0.466", maker_orders=makers))
        return side.answer(status="matched", makingAmount="4.66", takingAmount="10")

    side.reply = crossed
    result = venue.execute(order())
    assert [(fill.id, fill.quantity, fill.price) for fill in result.fills] == [
        ("t/0xa", 4, Decimal("0.46")),
        ("t/0xb", 6, Decimal("0.47")),
    ]
    assert sum(fill.quantity * fill.price for fill in result.fills) == Decimal("4.66")


def test_more_shares_than_were_ordered_are_not_believed(venue: PolymarketVenue, side: VenueSide) -> None:
    def doubled(body: dict[str, Any]) -> httpx.Response:
        side.trades = [side.trade("t1", "10", "0.46"), side.trade("t2", "10", "0.46")]
        return side.answer(status="matched", makingAmount="4.6", takingAmount="10")

    side.reply = doubled
    assert venue.execute(order()).status is ActionStatus.SUBMITTED
    with pytest.raises(BadReply, match="more shares"):
        venue.lookup("c1")


def test_an_order_the_venue_dropped_from_its_list_ends_once_its_trades_must_be_there(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock
) -> None:
    side.reply = lambda body: side.answer(status="live")
    assert venue.execute(order(time_in_force="GTC")).status is ActionStatus.OPEN
    clock.advance(86_400)
    assert venue.lookup("c1").status is ActionStatus.SUBMITTED  # type: ignore[union-attr]
    side.trades = [side.trade("t1", "4", "0.47")]
    clock.advance(30)
    ended = venue.lookup("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 4)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(400, json={"error": "not enough balance / allowance"}),
        httpx.Response(
            200,
            json={
                "success": False,
                "errorMsg": "order couldn't be fully filled. FOK orders are fully filled or killed.",
            },
        ),
        httpx.Response(400, json={"error": "order_version_mismatch"}),
        httpx.Response(401, json={"error": "Unauthorized/Invalid api key"}),
        httpx.Response(425),
        httpx.Response(429, headers={"Retry-After": "3"}),
        httpx.Response(503, json={"code": "post_only_mode", "error": "x"}),
    ],
)
def test_a_definite_no_is_a_rejection(
    venue: PolymarketVenue, side: VenueSide, response: httpx.Response
) -> None:
    side.reply = lambda body: response
    result = venue.execute(order())
    assert result.status is ActionStatus.REJECTED
    assert result.reason
    assert venue.lookup("c1") == result


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(503, content=b"<html>"),
        httpx.Response(200, content=b"garbage"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"success": True, "status": "quantum"}),
        httpx.Response(200, json={"success": True, "status": "matched"}),
        httpx.Response(
            200, json={"success": True, "status": "matched", "makingAmount": "1", "takingAmount": "1e9"}
        ),
        httpx.Response(200, json={"success": True, "status": "live", "orderID": "0xanother"}),
    ],
)
def test_whatever_is_not_definite_is_unknown(
    venue: PolymarketVenue, side: VenueSide, response: httpx.Response
) -> None:
    side.reply = lambda body: response
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    assert len(side.posted) == 1


def test_nothing_is_sent_for_a_denied_order(
    venue: PolymarketVenue, side: VenueSide, documents: MemoryDocuments
) -> None:
    with pytest.raises(OrderDenied):
        venue.execute(order(limit_price=Decimal("0.475")))
    with pytest.raises(OrderDenied, match="does not offer"):
        venue.execute(order(kind=ActionKind.REDEEM))
    assert side.posted == []
    assert documents.keys("polymarket.orders") == []


def test_cancelling(venue: PolymarketVenue, side: VenueSide) -> None:
    side.reply = lambda body: side.answer(status="live")
    venue.execute(order(time_in_force="GTC"))
    cancel = order(client_id="c2", kind=ActionKind.CANCEL_ORDER, parameters={"clientId": "c1"})
    gone = venue.execute(cancel)
    assert (gone.status, "already gone" in (gone.reason or "")) == (ActionStatus.REJECTED, True)
    side.orders[side.hash] = {"id": side.hash}
    side.open = [{"id": side.hash, "price": "0.47", "original_size": "10", "size_matched": "0"}]
    assert venue.lookup("c2") is None
    assert [found.client_id for found in venue.open_orders()] == ["c1"]
    assert venue.execute(cancel).reason == "cancelled"
    side.open = []
    assert venue.lookup("c2").status is ActionStatus.FILLED  # type: ignore[union-attr]
    with pytest.raises(OrderDenied, match="nothing to cancel"):
        venue.execute(order(client_id="c3", kind=ActionKind.CANCEL_ORDER))


def test_without_the_switch_or_a_key_it_only_reads(
    side: VenueSide, clock: DrivenClock, documents: MemoryDocuments
) -> None:
    for missing in ({"trading_enabled": False}, {"private_key": None}):
        venue = venue_for(side, clock, documents, **missing)
        assert Capability.PLACE_ORDER not in venue.capabilities
        with pytest.raises(ModeRefused):
            venue.execute(order())
    assert side.paths == []


def test_balances_and_status(venue: PolymarketVenue) -> None:
    assert [balance.free for balance in venue.balances()] == [Decimal("12.5")]
    assert venue.status() is VenueStatus.UP


def test_a_duplicate_is_looked_up(venue: PolymarketVenue, side: VenueSide) -> None:
    side.reply = lambda body: httpx.Response(400, json={"error": "order is a duplicate"})
    assert venue.execute(order()).status is ActionStatus.SUBMITTED
    side.trades = [side.trade("t", "10", "0.47")]
    assert venue.execute(order()).status is ActionStatus.FILLED
    assert len(side.posted) == 1
