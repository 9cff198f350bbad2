"""Process that sends one action and stops itself (SIGSTOP) at one point. Run as a script.

The points, in the order of an order's way:

- `begun`: before the adapter does anything.
- `terms`: after its reads.
- `claimed`: after its record.
- `signed`: after the signature.
- `bytes`: right before the first byte, after the deadline was checked.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import SystemClock
from argosy.core.venues.venue import Venue
from argosy.domains.trading.sandbox.identity import account_of, exchange_secret, private_key
from argosy.domains.trading.settings import ExchangeSettings, TradingSettings
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.actions import gateway as gateways
from argosy.infrastructure.actions.database import DatabaseJournal
from argosy.infrastructure.actions.senders import sender_name
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.safety.flags import RedisEmergencyFlags
from argosy.infrastructure.state.database_documents import DatabaseDocuments
from argosy.infrastructure.state.redis import RedisRunStore
from argosy.infrastructure.storage.engine.database import Database
from argosy.legacy.venue import ProviderVenue

BOT = "bot"
HELD = (
    "ccxt.async_support.binance",
    "ccxt.binance",
    "argosy.domains.trading.paper.venue",
    "argosy.domains.trading.venues.exchange.adapter",
    "argosy.domains.trading.venues.polymarket.factory",
    "argosy.domains.trading.venues.polymarket.signing",
    "sqlalchemy.dialects.postgresql.psycopg",
    "support.frozen_sender",
)
"""Modules that every one of these processes imports."""
POINTS = ("begun", "terms", "claimed", "signed", "bytes")


@dataclass
class Venues:
    venue: Venue

    def get(self, name: str) -> Venue:
        return self.venue

    def names(self) -> list[str]:
        return [self.venue.name]


class SteppedClock(SystemClock):
    """The product's clock, wrong by `step_s` seconds."""

    step_s = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.step_s)

    def now_ms(self) -> int:
        return super().now_ms() + int(self.step_s * 1000)


AMPLE_S = 60.0
"""Time of every deadline until the process stops, however slow the machine is."""

resumed = threading.Event()


def let_deadlines_pass(clock: SteppedClock, after_s: float, wall_s: float) -> None:
    """Make every deadline of this process pass after so many seconds, or by the wall clock after `wall_s`."""
    ends, wall_ends = time.monotonic() + after_s, clock.now() + timedelta(seconds=wall_s)
    is_passed = SendDeadline.is_passed.fget
    assert is_passed is not None
    SendDeadline.is_passed = property(  # type: ignore[method-assign,assignment]
        lambda self: time.monotonic() > ends or clock.now() > wall_ends or is_passed(self)
    )


def freeze(clock: SteppedClock, step_s: float) -> None:
    """Stop until SIGCONT arrives; the clock is wrong from then on."""
    resumed.clear()
    os.kill(os.getpid(), signal.SIGSTOP)
    resumed.wait()  # another thread may take the signal while this one goes on for a moment
    clock.step_s = step_s


# Venues -----------------------------------------------------------------------------------------------------


class FileProvider:
    """Client of an old provider; an order is a line in a file."""

    id = "old"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.freeze: Callable[[], None] | None = None

    def get_orderbook(self, pair: str) -> dict[str, Any]:
        return {"bids": [[99.0, 5.0]], "asks": [[101.0, 5.0]]}

    def place_order(self, pair: str, side: str, amount: float, price: float, client_order_id: str) -> Any:
        row = {"id": f"o-{client_order_id[-6:]}", "client_order_id": client_order_id, "status": "open"}
        with self.path.open("a") as file:
            file.write(json.dumps({**row, "filled": 0.0, "amount": amount, "price": price}) + "\n")
        return row

    def get_order(self, order_id: str) -> Any:
        return next((row for row in self.rows() if row["id"] == order_id), None)

    def get_order_by_client_id(self, client_id: str) -> Any:
        return next((row for row in self.rows() if row["client_order_id"] == client_id), None)

    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []


class AsyncFileProvider(FileProvider):
    async def place_order(  # type: ignore[override]
        self, pair: str, side: str, amount: float, price: float, client_order_id: str
    ) -> Any:
        return FileProvider.place_order(self, pair, side, amount, price, client_order_id)


def exchange_settings(url: str) -> ExchangeSettings:
    key = account_of(BOT)
    return ExchangeSettings(
        base_url=f"{url}/binance",
        api_key=SecretStr(key),
        api_secret=SecretStr(exchange_secret(key)),
        trading_enabled=True,
    )


def ccxt_object(url: str, *, loop: bool) -> Any:
    from argosy.domains.trading.venues.exchange.loader import exchange_class
    from argosy.domains.trading.venues.exchange.pool import rebase_urls

    make = import_module("ccxt.async_support.binance").binance if loop else exchange_class("binance")
    options = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False}
    key = account_of(BOT)
    exchange = make(
        {"apiKey": key, "secret": exchange_secret(key), "options": {**options, "fetchMargins": False}}
    )
    exchange.urls["api"] = rebase_urls(exchange.urls["api"], f"{url}/binance")
    return exchange


def build(kind: str, url: str, documents: Any, clock: SystemClock) -> Venue:
    """Return a venue of the given family.

    The venue is at the sandbox, or on a file whose path is `url`.
    """
    if kind == "polymarket":
        from argosy.domains.trading.venues.polymarket.factory import polymarket_venue

        settings = TradingSettings().at_sandbox(url)
        keys = {"private_key": SecretStr(private_key(BOT)), "trading_enabled": True}
        settings = settings.model_copy(update={"polymarket": settings.polymarket.model_copy(update=keys)})
        return polymarket_venue(
            settings, clock, Shared(), documents=documents, trading=True, absence_proves_after_s=1.0
        )
    if kind == "paper":
        from argosy.domains.trading.paper.venue import PaperVenue
        from argosy.domains.trading.venues.polymarket.factory import polymarket_venue

        reading = polymarket_venue(TradingSettings().at_sandbox(url), clock, Shared())
        return PaperVenue(reading, documents, clock, account=BOT, capital=Decimal(1000))
    if kind == "binance":
        from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue

        return ExchangeVenue("binance", exchange_settings(url), clock, Shared(), documents=documents)
    if kind in ("ccxt", "ccxt-async"):
        made = ProviderVenue(ccxt_object(url, loop=kind.endswith("async")), documents, clock, name="binance")
        made.connect()
        return made
    provider = AsyncFileProvider if kind.endswith("async") else FileProvider
    return ProviderVenue(provider(Path(url)), documents, clock, name="old")


# Points -----------------------------------------------------------------------------------------------------


def arm(point: str, venue: Any, stop: Callable[[], None]) -> None:
    """Make the next write stop at `point`."""
    if point == "begun":
        _around(venue, "execute", before=stop)
    elif point == "claimed":
        from argosy.venuekit.adapter import order_records

        _around(order_records, "claim", before=None, after=stop)
    elif point == "terms":
        from argosy.venuekit.adapter import order_records

        _around(order_records, "claim", before=stop)
    elif point == "signed":
        _after_signing(venue, stop)
    elif point == "bytes":
        # Right after the last check passed: the product cannot close this gap.
        _last_check(stop)


def _around(
    owner: Any,
    name: str,
    before: Callable[[], None] | None,
    after: Callable[[], None] | None = None,
) -> None:
    inner = getattr(owner, name)

    def wrapped(*args: Any, **more: Any) -> Any:
        if before is not None:
            before()
        result = inner(*args, **more)
        if after is not None:
            after()
        return result

    setattr(owner, name, wrapped)


def _after_signing(venue: Any, stop: Callable[[], None]) -> None:
    from argosy.domains.trading.venues.polymarket.signing import TradingAuth

    if hasattr(venue, "_pool"):
        pool = venue._pool
        with pool.borrow() as exchange:
            _around(exchange, "sign", before=None, after=stop)
    elif hasattr(venue, "_dialect"):
        _around(venue._calls.target, "sign", before=None, after=stop)
    else:
        apply = TradingAuth.apply

        def signed(auth: Any, request: Any) -> None:
            apply(auth, request)
            if request.method == "POST":
                stop()

        TradingAuth.apply = signed  # type: ignore[method-assign]


def _last_check(stop: Callable[[], None]) -> None:
    """Stop after the last check: the one before the body if there are two, else the only one."""
    from argosy.venuekit.adapter import send_guard

    last = {"trace": 2, "send": 2, "leave": 1, "_started": 1}
    seen: Counter[str] = Counter()

    def stopping(owner: Any) -> None:
        inner = owner.check

        def check(checked: Any) -> None:
            inner(checked)
            caller = sys._getframe(1).f_code.co_name
            seen[caller] += 1
            if last.get(caller) == seen[caller]:
                stop()

        owner.check = check

    stopping(SendDeadline)
    stopping(send_guard.SendGuard)


# The process ------------------------------------------------------------------------------------------------


def main(told: dict[str, Any]) -> None:
    signal.signal(signal.SIGCONT, lambda *_: resumed.set())
    clock = SteppedClock()
    database = Database(told["database_url"])
    store = RedisRunStore(told["redis_url"])
    owner = f"test:{os.getpid()}:1"
    store.beat(owner, told["lease_ms"])
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(0.2):
            store.beat(owner, told["lease_ms"])

    threading.Thread(target=beat, daemon=True).start()
    venue = build(told["kind"], told["url"], DatabaseDocuments(database), clock)
    venue.query_action("warm")
    if told["kind"] in ("polymarket", "binance"):
        venue.balances()
    once: list[int] = []

    def stop() -> None:
        if not once:
            once.append(1)
            let_deadlines_pass(clock, told["latest_s"], told["wall_s"])
            freeze(clock, told["step_s"])

    arm(told["point"], venue, stop)
    gateways.LATEST_CALL_S = AMPLE_S
    gateway = Gateway(
        DatabaseJournal(database, clock, GatewayPolicy()),
        RedisEmergencyFlags(told["redis_url"]),
        RedisEventBus(told["redis_url"]),
        clock,
        owner=sender_name(owner),
        alive=lambda sender: store.owner_alive(sender.partition("@")[0]),
        has_ended=lambda sender: False,
    )
    caller = Caller("paper", "trading", BOT, "s1", "r1")
    (result,) = gateway.submit(caller, Venues(venue), [Action.model_validate(told["action"])])
    sys.stdout.write(json.dumps({"stopped": bool(once), **result.to_wire()}) + "\n")


def order(
    kind: str, number: int, symbol: str, price: str, *, quantity: str = "10", force: str = "GTC"
) -> Action:
    return Action(
        client_id=f"{number:032x}",
        venue=kind,
        kind=ActionKind.PLACE_ORDER,
        symbol=symbol,
        side="buy",
        quantity=Decimal(quantity),
        limit_price=Decimal(price),
        time_in_force=force,  # type: ignore[arg-type]
        max_fee=Decimal(1),
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
