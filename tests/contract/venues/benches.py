"""Benches of every adapter and paper venue for the contract suite."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from loopback import Answers
from pydantic import SecretStr
from support.binary import SLUG, START, ScriptedVenue
from support.clob import NOW, VenueSide, order, venue_for
from support.frozen_sender import ccxt_object
from support.old_exchange import AsyncExchange, ListingExchange, ModernExchange, OldExchange, OldExchangeError
from support.paper_desk import CALM
from test_exchange_orders import ACTION, FILTERS, OPEN, answer, hang_up

from argosy.core.actions.action import Action
from argosy.core.clock import DrivenClock, SystemClock
from argosy.core.venues.venue import Venue
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.venue import ProviderVenue
from argosy.venuekit.testing.bench import ScriptedReply, VenueBench, WireScript
from argosy.venuekit.testing.builders import place_order

ORDER_PATH = "/binance/api/v3/order"
EPOCH = datetime.fromtimestamp(1_700_000_000, UTC)


# Binance on loopback ----------------------------------------------------------------------------------------


class ExchangeBench(VenueBench):
    """Binance's orders over real sockets."""

    def __init__(self, answers: Answers, symbol: dict[str, Any]) -> None:
        super().__init__(MemoryDocuments())
        self.script = WireScript()
        self.answers = answers
        self.rows: dict[str, dict[str, Any]] = {}
        listed = {**symbol, "filters": FILTERS}
        answers.routes["/binance/api/v3/exchangeInfo"] = lambda query: {
            "timezone": "UTC", "serverTime": 1, "rateLimits": [], "exchangeFilters": [], "symbols": [listed],
        }  # fmt: skip
        answers.raw = self._handle

    def connect(self) -> Venue:
        keys = {
            "api_key": SecretStr("k" * 16),
            "api_secret": SecretStr("s"),
            "trading_enabled": True,
            "timeout_s": 20.0,
        }
        places = TradingSettings().at_sandbox(self.answers.url).binance.model_copy(update=keys)
        venue = ExchangeVenue("binance", places, SystemClock(), Shared(), documents=self.documents)
        venue.order_book("BTC/USDT")
        return venue

    def order(self, client_id: str) -> Action:
        return ACTION.model_copy(update={"client_id": client_id})

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        where = urlsplit(handler.path)
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length)
        if len(body) < length:  # cut off at its deadline: no request has arrived
            handler.close_connection = True
            return
        query = {**dict(parse_qsl(where.query)), **dict(parse_qsl(body.decode()))}
        if where.path == ORDER_PATH:
            self._order(handler.command, query)(handler)
        elif where.path.endswith("/myTrades"):
            answer(200, b"[]")(handler)
        elif (route := self.answers.routes.get(where.path)) is not None:
            answer(200, json.dumps(route(query)).encode())(handler)
        else:
            answer(404, b"{}")(handler)

    def _order(self, method: str, query: dict[str, str]) -> Callable[[BaseHTTPRequestHandler], None]:
        if method == "POST":
            return self._place(query)
        name = query.get("origClientOrderId") or next(
            (name for name, row in self.rows.items() if str(row["orderId"]) == query.get("orderId")), ""
        )
        if method == "DELETE":
            return self._cancel(name)
        if self.script is not None and self.script.is_down:
            return hang_up
        if name not in self.rows:
            return answer(400, b'{"code":-2013,"msg":"Order does not exist."}')
        return answer(200, json.dumps(self.rows[name]).encode())

    def _place(self, query: dict[str, str]) -> Callable[[BaseHTTPRequestHandler], None]:
        assert self.script is not None
        reply = self.script.next_reply()
        if reply is ScriptedReply.DROPPED:
            return hang_up
        if reply is ScriptedReply.REFUSED:
            return answer(
                400, b'{"code":-2010,"msg":"Account has insufficient balance for requested action."}'
            )
        name = query["newClientOrderId"]
        self.rows[name] = {**OPEN, "clientOrderId": name, "orderId": 28 + len(self.rows)}
        return hang_up if reply is ScriptedReply.LOST else answer(200, json.dumps(self.rows[name]).encode())

    def _cancel(self, name: str) -> Callable[[BaseHTTPRequestHandler], None]:
        assert self.script is not None
        reply = self.script.next_reply(cancellation=True)
        if reply is ScriptedReply.DROPPED:
            return hang_up
        if reply is ScriptedReply.REFUSED:
            return answer(400, b'{"code":-2011,"msg":"Unknown order sent."}')
        self.rows[name]["status"] = "CANCELED"
        return hang_up if reply is ScriptedReply.LOST else answer(200, json.dumps(self.rows[name]).encode())


class CcxtBench(ExchangeBench):
    """The same exchange through a user's own ccxt object."""

    def connect(self) -> Venue:
        venue = ProviderVenue(
            ccxt_object(self.answers.url, loop=False), self.documents, SystemClock(), name="binance"
        )
        venue.connect()
        return venue


# Polymarket -------------------------------------------------------------------------------------------------


class ScriptedClob(VenueSide):
    """CLOB whose orders rest."""

    def __init__(self, script: WireScript) -> None:
        super().__init__()
        self.script = script

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/order":
            return self._write(request)
        if self.script.is_down and request.url.path.startswith("/data/"):
            raise httpx.ReadError("down")
        return super().__call__(request)

    def _write(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        cancels = request.method == "DELETE"
        reply = self.script.next_reply(cancellation=cancels)
        if reply is ScriptedReply.DROPPED:
            raise httpx.ReadError("dropped")
        answered = self._cancel(body["orderID"], reply) if cancels else self._place(body, reply)
        if reply is ScriptedReply.LOST:
            raise httpx.ReadError("lost")
        return answered

    def _place(self, body: dict[str, Any], reply: ScriptedReply) -> httpx.Response:
        if reply is ScriptedReply.REFUSED:
            return httpx.Response(400, json={"error": "not enough balance / allowance"})
        self.posted.append(body)
        row = {"id": self.hash, "status": "LIVE", "price": "0.47", "original_size": "10", "size_matched": "0"}
        self.orders[self.hash] = {**row, "side": "BUY"}
        self.open.append(self.orders[self.hash])
        return self.answer(status="live")

    def _cancel(self, order_id: str, reply: ScriptedReply) -> httpx.Response:
        if reply is ScriptedReply.REFUSED:
            return httpx.Response(200, json={"canceled": [], "not_canceled": {order_id: "already gone"}})
        self.open = [row for row in self.open if row["id"] != order_id]
        self.orders[order_id]["status"] = "CANCELED"
        return httpx.Response(200, json={"canceled": [order_id], "not_canceled": {}})


class PolymarketBench(VenueBench):
    def __init__(self) -> None:
        super().__init__(MemoryDocuments())
        self.script = WireScript()
        self.side = ScriptedClob(self.script)
        self.clock = DrivenClock(NOW)

    def connect(self) -> Venue:
        return venue_for(self.side, self.clock, self.documents)

    def order(self, client_id: str) -> Action:
        return order(client_id=client_id, time_in_force="GTC")


# Providers --------------------------------------------------------------------------------------------------


def scripted(kind: type[OldExchange], script: WireScript) -> OldExchange:
    """Return an old exchange whose writes and look-ups follow a script."""

    class Scripted(kind):  # type: ignore[misc,valid-type]
        def _place(self, *args: Any, **more: Any) -> dict[str, Any]:
            reply = script.next_reply()
            if reply is ScriptedReply.DROPPED:
                raise OSError("reset")
            if reply is ScriptedReply.REFUSED:
                raise OldExchangeError("not enough money")
            found: dict[str, Any] = super()._place(*args, **more)
            if reply is ScriptedReply.LOST:
                raise OSError("reset")
            return found

        def cancel_order(self, order_id: str) -> bool:
            reply = script.next_reply(cancellation=True)
            if reply is ScriptedReply.DROPPED:
                raise OSError("reset")
            if reply is ScriptedReply.REFUSED:
                raise OldExchangeError("too late")
            super().cancel_order(order_id)
            if reply is ScriptedReply.LOST:
                raise OSError("reset")
            return True

    def reading(method: Callable[..., Any]) -> Callable[..., Any]:
        def read(self: Any, pair: str) -> Any:
            if script.is_down:
                raise OSError("no route")
            return method(self, pair)

        return read

    if issubclass(kind, ListingExchange):
        Scripted.get_open_orders = reading(kind.get_open_orders)
        Scripted.get_orders = reading(kind.get_orders)
    made: OldExchange = Scripted()
    return made


class ProviderBench(VenueBench):
    """Provider of an old bot; `kind` says how its orders can be found."""

    def __init__(self, kind: type[OldExchange] = ModernExchange, *, loop: bool = False) -> None:
        super().__init__(MemoryDocuments())
        self.script = WireScript()
        self.exchange = scripted(kind, self.script)
        self.loop = loop
        self.finds_lost = kind is not OldExchange
        self.venues: list[ProviderVenue] = []

    def connect(self) -> Venue:
        provider: Any = AsyncExchange(self.exchange) if self.loop else self.exchange
        clock = DrivenClock(EPOCH)
        made = ProviderVenue(provider, self.documents, clock, name="old", refusals=(OldExchangeError,))
        self.venues.append(made)
        return made

    def order(self, client_id: str) -> Action:
        return place_order("old", "BTC/USDT", client_id, limit_price=Decimal(50), currency="USDT")

    def close(self) -> None:
        for venue in self.venues:
            venue.close()


# Paper accounts ---------------------------------------------------------------------------------------------


class PaperBench(VenueBench):
    def __init__(self) -> None:
        super().__init__(MemoryDocuments())
        self.clock = DrivenClock(START + timedelta(seconds=60))

    def connect(self) -> Venue:
        source = ScriptedVenue(self.clock, CALM)
        return PaperVenue(source, self.documents, self.clock, account="bot", capital=Decimal(1000))

    def order(self, client_id: str) -> Action:
        changes = {"quantity": Decimal(10), "limit_price": Decimal("0.40"), "parameters": {"slug": SLUG}}
        return place_order("polymarket", "up-token", client_id, **changes)


class SpotPaperBench(ProviderBench):
    def __init__(self) -> None:
        super().__init__()
        self.script = None

    def connect(self) -> Venue:
        return SpotPaperVenue(
            super().connect(),
            self.documents,
            DrivenClock(EPOCH),
            account="bot",
            capital=Decimal(1000),
            currencies=("USDT",),
        )
