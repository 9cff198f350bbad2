"""The product's Polymarket adapter at a sandbox in this process, and direct calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import httpx
from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.clock import DrivenClock
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.sandbox.app import build_app
from argosy.domains.trading.sandbox.prediction.order import SandboxOrder
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.domains.trading.venues.polymarket.factory import polymarket_venue
from argosy.domains.trading.venues.polymarket.signing import (
    ApiCredentials,
    OrderSigner,
    TradingAuth,
    WalletAuth,
)
from argosy.infrastructure.resilience.http import Outgoing
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from support.served import Served

START = datetime(2026, 11, 23, 11, 16, tzinfo=UTC)
SLUG = f"btc-updown-15m-{int(START.timestamp()) - 60}"
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ME, OTHER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0xb"


class Bench:
    """The product's adapter at a sandbox in this process, with a driven clock."""

    def __init__(self, **changes: Any) -> None:
        self.clock = DrivenClock(START)
        self.world = simulated(clock=self.clock)
        self.http = Served(build_app(self.world))
        settings = TradingSettings().at_sandbox("http://127.0.0.1")
        places = settings.polymarket.model_copy(
            update={"private_key": SecretStr(KEY), "trading_enabled": True, **changes}
        )
        self.venue: PolymarketVenue = polymarket_venue(
            settings.model_copy(update={"polymarket": places}),
            self.clock,
            Shared(),
            documents=MemoryDocuments(),
            trading=True,
            transport=httpx.MockTransport(self._served),
        )
        self.venue.balances()
        self.world.engine.open_account(OTHER)
        self.market: BinaryMarket = self.venue.market(SLUG)

    def _served(self, request: httpx.Request) -> httpx.Response:
        reply = self.http.request(
            request.method, str(request.url), content=request.content, headers=dict(request.headers)
        )
        return httpx.Response(
            reply.status_code, content=reply.content, headers={"content-type": "application/json"}
        )

    def rest(self, number: int, symbol: str, price: str, quantity: str = "10") -> str:
        """Place an order that rests inside the spread or behind it, and return its client id."""
        action = Action(
            client_id=f"{number:032x}",
            venue="polymarket",
            kind=ActionKind.PLACE_ORDER,
            symbol=symbol,
            side="buy",
            quantity=Decimal(quantity),
            limit_price=Decimal(price),
            time_in_force="GTC",
        )
        assert self.venue.execute(action).status is ActionStatus.OPEN
        return action.client_id

    def take_other(self, number: int, price: str, size: str = "10") -> None:
        """Buy the other outcome from another account, with a fill-or-kill order."""
        token = self.market.down
        engine = self.world.engine
        order = SandboxOrder(
            f"0x{number:064x}", OTHER, token, "BUY", Decimal(price), Decimal(size), "FOK", self.world.now_ms()
        )
        assert engine.place(order).shares == Decimal(size)

    def signed(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the rows of a list that needs credentials."""
        found: list[dict[str, Any]] = self.ask("GET", path, query)["data"]
        return found

    def ask(self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None) -> Any:
        """Return the answer to a call that needs credentials."""
        reply = self.send(method, path, query, body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def send(
        self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None
    ) -> httpx.Response:
        text = "" if body is None else json.dumps(body, separators=(",", ":"))
        asked = Outgoing(method, path, body=text)
        TradingAuth(OrderSigner(SecretStr(KEY)).address, self._credentials, self.clock).apply(asked)
        return self.http.request(
            method, f"/polymarket/clob{path}", params=query, headers=asked.headers, content=text
        )

    def make_key(self, method: str, path: str) -> httpx.Response:
        """Send a call that proves the wallet."""
        asked = Outgoing(method, path)
        WalletAuth(OrderSigner(SecretStr(KEY)), self.clock).apply(asked)
        return self.http.request(method, f"/polymarket/clob{path}", headers=asked.headers)

    @property
    def key(self) -> str:
        return self._credentials.key.get_secret_value()

    @cached_property
    def _credentials(self) -> ApiCredentials:
        raw = self.make_key("GET", "/auth/derive-api-key").json()
        return ApiCredentials.of(raw["apiKey"], raw["secret"], raw["passphrase"])
