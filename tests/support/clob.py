"""A CLOB's side of the wire in one process: its replies, and the requests it received."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind
from argosy.core.clock import DrivenClock
from argosy.domains.trading.settings import PolymarketSettings, TradingSettings
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.domains.trading.venues.polymarket.factory import polymarket_venue
from argosy.domains.trading.venues.polymarket.signing import EXCHANGE_V2, UnsignedOrder, order_hash
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


class VenueSide:
    """Replies of a CLOB, and a record of the requests."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.reply: Callable[[dict[str, Any]], httpx.Response] = self.matched
        self.cancelling: Callable[[dict[str, Any]], httpx.Response] | None = None
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
        if path == "/order" and self.cancelling is not None:
            return self.cancelling({})
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
            return self._listed(request.url.params)
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

    def _listed(self, query: httpx.QueryParams) -> httpx.Response:
        """Return trades, filtered as the venue does (`asset_id` is the taker's token), two a page."""
        found = [
            trade
            for trade in self.trades
            if query.get("asset_id", trade.get("asset_id")) == trade.get("asset_id")
            and query.get("market", CONDITION) == trade.get("market", CONDITION)
            and int(query.get("after", "0")) < int(trade.get("match_time", "1780920001"))
        ]
        first = 0 if query.get("next_cursor", "MA==") == "MA==" else int(query["next_cursor"])
        following = str(first + 2) if first + 2 < len(found) else "LTE="
        return httpx.Response(200, json={"data": found[first : first + 2], "next_cursor": following})

    def matched(self, body: dict[str, Any]) -> httpx.Response:
        """Match the whole order at the limit price, and list its trade at once."""
        sent = body["order"]
        making, taking = (str(Decimal(sent[name]) / 10**6) for name in ("makerAmount", "takerAmount"))
        self.trades.append(self.trade("t0", taking, str(Decimal(making) / Decimal(taking))))
        return self.answer(status="matched", makingAmount=making, takingAmount=taking)

    def answer(self, **fields: Any) -> httpx.Response:
        body = {"success": True, "errorMsg": "", "orderID": self.hash, **fields}
        return httpx.Response(200, json=body)

    def trade(self, name: str, size: str, price: str, **fields: Any) -> dict[str, Any]:
        """Return a trade of the last order as taker."""
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


def venue_for(
    side: VenueSide,
    clock: DrivenClock,
    documents: MemoryDocuments,
    *,
    transport: Callable[[httpx.Request], httpx.Response] | None = None,
    **settings: Any,
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
        transport=httpx.MockTransport(transport or side),
    )
