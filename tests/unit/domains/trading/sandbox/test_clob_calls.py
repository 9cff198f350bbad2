"""What the official client of the CLOB calls and signs, answered as the venue would."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.domains.trading.sandbox.prediction.wire.pages import LAST_CURSOR
from argosy.domains.trading.spending import UNIT
from argosy.domains.trading.venues.polymarket.signing import (
    DEPOSIT_WALLET,
    EXCHANGE_V2,
    OrderSigner,
    UnsignedOrder,
)
from argosy.errors import OrderDenied
from tests.support.sandbox_bench import KEY, ME, Bench

WALLET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
D = Decimal


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def purchase(bench: Bench, number: int, quantity: str, limit: str = "0.99", **changes: Any) -> Action:
    values: dict[str, Any] = {
        "client_id": f"{number:032x}",
        "venue": "polymarket",
        "kind": ActionKind.PLACE_ORDER,
        "symbol": bench.market.up,
        "side": "buy",
        "quantity": D(quantity),
        "limit_price": D(limit),
        "time_in_force": "FAK",
    }
    return Action(**{**values, **changes})


def post(bench: Bench, kind: str = "FOK", **changes: Any) -> httpx.Response:
    """An order signed with the key, posted past our own checks."""
    signer = OrderSigner(SecretStr(KEY))
    fields: dict[str, Any] = {
        "salt": 1,
        "maker": signer.address,
        "signer": signer.address,
        "token_id": int(bench.market.up),
        "maker_amount": 2_020_000,
        "taker_amount": 2_040_400,
        "side": 0,
        "signature_type": 0,
        "timestamp": bench.world.now_ms(),
    }
    order = UnsignedOrder(**{**fields, **changes})
    signed = signer.sign(order, EXCHANGE_V2)
    body = {
        "order": {
            "salt": order.salt,
            "maker": order.maker,
            "signer": order.signer,
            "tokenId": str(order.token_id),
            "makerAmount": str(order.maker_amount),
            "takerAmount": str(order.taker_amount),
            "side": "SELL" if order.side else "BUY",
            "signatureType": order.signature_type,
            "timestamp": str(order.timestamp),
            "signature": signed.signature,
        },
        "orderType": kind,
        "owner": bench.key,
    }
    return bench.send("POST", "/order", body=body)


def test_a_market_buy_has_four_decimals_of_shares_for_whole_cents(bench: Bench) -> None:
    """2.02 USD at 0.99 are 2.0404 shares, as the official client signs them; under the limit it buys more of them."""
    placed = bench.venue.execute(purchase(bench, 1, "2.0404"))
    assert placed.status is ActionStatus.FILLED
    assert placed.filled > D("2.0404")
    assert sum(fill.quantity * fill.price for fill in placed.fills) > D("2.02") - UNIT
    assert bench.venue.query_action(f"{1:032x}") == placed


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("FOK", {"taker_amount": 2_040_410}, "market buy orders maker amount supports a max accuracy of 2"),
        ("FAK", {"maker_amount": 2_020_100}, "market buy orders maker amount supports a max accuracy of 2"),
        ("GTC", {}, "buy orders maker amount supports a max accuracy of 4 decimals, taker amount a max of 2"),
        ("GTC", {"maker_amount": 5_000_000, "taker_amount": 9_990_000}, "invalid price"),
        ("FAK", {"side": 1, "maker_amount": 1_001_000}, "market sell orders maker amount supports a max"),
    ],
)
def test_amounts_that_the_venue_does_not_take(
    bench: Bench, kind: str, changes: dict[str, Any], why: str
) -> None:
    reply = post(bench, kind, **changes)
    assert reply.status_code == 400
    assert why in reply.json()["error"]


def test_a_price_between_two_ticks_is_worth_the_lower_one_to_a_buyer(bench: Bench) -> None:
    """Amounts rounded the wrong way put the limit under the ask: nothing is bought."""
    ask = bench.world.markets.real(bench.market.up, bench.world.now_ms() + 150).asks[0][0]  # type: ignore[union-attr]
    shares = (D("2.02") / ask).quantize(D("0.0001")) + D("0.0001")
    reply = post(bench, "FAK", salt=7, taker_amount=int(shares * 1_000_000))
    assert "no orders found to match" in reply.json()["error"]


def test_a_deposit_wallet_trades_with_its_owners_key() -> None:
    own = Bench(signature_type=DEPOSIT_WALLET, funder=WALLET)
    placed = own.venue.execute(purchase(own, 1, "10"))
    assert placed.status is ActionStatus.FILLED
    assert placed.filled > 10, "9.90 USD at less than 0.99"
    assert [fill.quantity for fill in own.venue.fills(own.clock.now())] == [placed.filled]
    assert [position.symbol for position in own.venue.positions()] == [own.market.up]
    (trade,) = own.signed("/data/trades")
    assert trade["maker_address"] == WALLET.lower()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"signature_type": 3}, "deposit wallet flow"),  # a key's own address is no contract
        ({"signature_type": 3, "maker": WALLET}, "signer address has to be the address of the API KEY"),
        ({"signature_type": 0, "maker": WALLET}, "deposit wallet flow"),
        ({"signature_type": 2}, "deposit wallet flow"),
        ({"signature_type": 2, "maker": "0x" + "0b" * 20}, "address of the API KEY"),  # another's account
    ],
)
def test_wallets_that_the_key_does_not_own(bench: Bench, changes: dict[str, Any], why: str) -> None:
    bench.world.engine.open_account("0x" + "0b" * 20)
    reply = post(bench, salt=9, **changes)
    assert reply.status_code == 400
    assert why in reply.json()["error"]


def test_a_signature_of_the_key_alone_is_none_of_a_deposit_wallet(bench: Bench) -> None:
    signer = OrderSigner(SecretStr(KEY))
    plain = bench.send("POST", "/order", body=None)
    assert plain.json()["error"] == "Invalid order payload"
    order = UnsignedOrder(3, WALLET, WALLET, int(bench.market.up), 2_020_000, 2_040_400, 0, 0, 1)
    signature = signer.sign(order, EXCHANGE_V2).signature
    body = {
        "order": {
            "salt": 3,
            "maker": WALLET,
            "signer": WALLET,
            "tokenId": str(order.token_id),
            "makerAmount": "2020000",
            "takerAmount": "2040400",
            "side": "BUY",
            "signatureType": 3,
            "timestamp": "1",
            "signature": signature,
        },
        "orderType": "FOK",
        "owner": bench.key,
    }
    assert bench.send("POST", "/order", body=body).json()["error"] == "invalid signature"


def test_lists_of_markets_are_paged_and_agree_with_the_books(bench: Bench) -> None:
    get = bench.http.get
    whole = get("/polymarket/clob/markets").json()
    assert (whole["next_cursor"], whole["count"]) == (LAST_CURSOR, len(whole["data"]))
    listed = {row["condition_id"]: row for row in whole["data"]}
    mine = listed[bench.market.condition_id]
    assert mine == get(f"/polymarket/clob/markets/{bench.market.condition_id}").json()
    assert {token["token_id"] for token in mine["tokens"]} == {bench.market.up, bench.market.down}
    assert mine["minimum_tick_size"] == 0.01
    simple = get("/polymarket/clob/simplified-markets").json()["data"]
    assert [row.items() <= listed[row["condition_id"]].items() for row in simple] == [True] * len(listed)
    sampled = get("/polymarket/clob/sampling-markets").json()["data"]
    assert {row["condition_id"] for row in sampled} == {
        name for name, row in listed.items() if row["accepting_orders"]
    }
    assert len(get("/polymarket/clob/sampling-simplified-markets").json()["data"]) == len(sampled)
    assert get("/polymarket/clob/markets", params={"next_cursor": "LTE="}).status_code == 400
    assert get("/polymarket/clob/markets/0x00").status_code == 404


def test_prices_of_many_tokens(bench: Bench) -> None:
    tokens = [{"token_id": bench.market.up}, {"token_id": "12"}]
    one = bench.http.get("/polymarket/clob/spread", params=tokens[0]).json()["spread"]
    assert bench.http.post("/polymarket/clob/spreads", json=tokens).json() == {bench.market.up: one}
    (last,) = bench.http.post("/polymarket/clob/last-trades-prices", json=tokens).json()
    single = bench.http.get("/polymarket/clob/last-trade-price", params=tokens[0]).json()
    assert last == {"token_id": bench.market.up, **single}


def test_calls_of_an_account(bench: Bench) -> None:
    assert bench.ask("GET", "/auth/ban-status/closed-only") == {"closed_only": False}
    assert bench.ask("GET", "/notifications", {"signature_type": "0"}) == []
    assert bench.ask("DELETE", "/notifications", {"ids": "1"}) == "OK"
    assert bench.ask("GET", "/order-scoring", {"order_id": "0x1"}) == {"scoring": False}
    assert bench.ask("POST", "/orders-scoring", body=["0x1"]) == {"0x1": False}
    assert bench.signed("/data/pre-migration-orders") == []
    assert bench.signed("/rewards/user", date="2026-11-23") == []
    assert bench.http.get("/polymarket/clob/notifications").status_code == 401


def test_a_deleted_key_opens_nothing_until_one_is_made_anew() -> None:
    own = Bench()
    assert own.ask("DELETE", "/auth/api-key") == "OK"
    assert own.send("GET", "/auth/api-keys").status_code == 401
    assert own.make_key("GET", "/auth/derive-api-key").status_code == 400
    assert own.make_key("POST", "/auth/api-key").status_code == 200
    assert own.ask("GET", "/auth/api-keys")["apiKeys"] == [own.key]


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/polymarket/clob/nothing", 404, {"error": "Not Found"}),
        ("/polymarket/clob/auth/builder-api-key", 404, {"error": "Not Found"}),
        ("/polymarket/gamma/nothing", 404, {"type": "not found error", "error": "not found"}),
        ("/binance/api/v3/nothing", 404, None),
        ("/kraken/0/public/Nothing", 200, {"error": ["EGeneral:Unknown method"]}),
        ("/kraken/0/private/Balance", 200, {"error": ["EAPI:Invalid key"]}),
        ("/coinbase/api/v3/brokerage/orders", 401, None),
        ("/coinbase/api/v3/brokerage/nothing", 404, None),
    ],
)
def test_what_a_venue_does_not_know_is_answered_in_its_own_form(
    bench: Bench, path: str, status: int, body: dict[str, Any] | None
) -> None:
    for method in ("GET", "POST"):
        reply = bench.http.request(method, path)
        assert reply.status_code == status
        assert reply.headers["content-type"] == "application/json"
        if body is not None:
            assert reply.json() == body


def test_a_book_bears_the_hash_that_the_official_client_works_out(bench: Bench) -> None:
    import hashlib
    import json

    book = bench.http.get("/polymarket/clob/book", params={"token_id": bench.market.up}).json()
    order = ("market", "asset_id", "timestamp", "hash", "bids", "asks", "min_order_size", "tick_size")
    fields = {name: book[name] for name in (*order, "neg_risk", "last_trade_price")} | {"hash": ""}
    text = json.dumps(fields, separators=(",", ":"))
    assert book["hash"] == hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def test_our_own_checks_name_the_next_size_that_passes(bench: Bench) -> None:
    with pytest.raises(OrderDenied, match="cannot be expressed") as denied:
        bench.venue.execute(purchase(bench, 50, "2.0405"))
    assert denied.value.expected == "2.0404 shares, the next size below that can"
    assert OrderSigner(SecretStr(KEY)).address.lower() == ME
