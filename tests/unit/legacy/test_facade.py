"""A venue served to old bots, sync and async, every write through a gateway."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.old_exchange import ModernExchange

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, client_id
from argosy.core.clock import DrivenClock
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.errors import InvalidInput, NoQuote, StaleData, VenueNotFound
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.facade import AsyncVenueProvider, VenueProvider
from argosy.legacy.venue import ProviderVenue

CLOCK = DrivenClock(datetime.fromtimestamp(1_700_000_000, UTC))


class Through:
    """A gateway that lets everything through, or refuses everything, and remembers what it was asked."""

    def __init__(self, venue: Any) -> None:
        self.venue = venue
        self.refuses: str | None = None
        self.asked: list[Action] = []

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
        self.asked += actions
        if self.refuses:
            return [
                ActionResult(client_id=a.client_id, status=ActionStatus.DENIED, reason=self.refuses)
                for a in actions
            ]
        return [self.venue.execute(action) for action in actions]


@pytest.fixture
def exchange() -> ModernExchange:
    return ModernExchange()


@pytest.fixture
def venue(exchange: ModernExchange) -> SpotPaperVenue:
    documents = MemoryDocuments()
    source = ProviderVenue(exchange, documents, CLOCK, name="old")
    return SpotPaperVenue(
        source,
        documents,
        CLOCK,
        account="a",
        capital=Decimal(1000),
        currencies=("USDT",),
        fee=Decimal("0.01"),
    )


@pytest.fixture
def gateway(venue: SpotPaperVenue) -> Through:
    return Through(venue)


@pytest.fixture
def provider(venue: SpotPaperVenue, gateway: Through) -> VenueProvider:
    return VenueProvider(venue, gateway, lambda number: client_id("run", "node", number), CLOCK)


def test_reads(provider: VenueProvider) -> None:
    assert provider.connect() is True
    assert provider.get_markets() == ["BTC/USDT"]
    assert provider.get_balance() == {"USDT": 1000.0}
    assert (provider.get_balance("USDT"), provider.get_balance("XRP")) == (1000.0, 0.0)
    book = provider.get_orderbook("btc-usdt")
    assert (book["bids"], book.asks) == ([[99.0, 5.0]], [[101.0, 5.0]])
    ticker = provider.get_ticker("BTCUSDT")
    assert (ticker.bid, ticker.ask) == (99.0, 101.0)
    with pytest.raises(VenueNotFound):
        provider.get_orderbook("ETH/USDT")
    provider.disconnect()


def test_a_limit_order(provider: VenueProvider, gateway: Through) -> None:
    order = provider.place_order("BTC-USDT", "BUY", 0.1, 101.0)
    assert (order.id, order.status, order.filled, order.average) == (
        client_id("run", "node", 0),
        "closed",
        0.1,
        101.0,
    )
    assert order.fee == {"cost": 0.101, "currency": "USDT"}
    (action,) = gateway.asked
    assert (action.quantity, action.limit_price, action.time_in_force) == (
        Decimal("0.1"),
        Decimal(101),
        "GTC",
    )
    assert action.currency == "USDT"
    assert provider.get_order(order.id) == order
    assert provider.place_order("BTC/USDT", "sell", 0.1, 99.0).id == client_id("run", "node", 1)


def test_a_market_order_is_bounded(provider: VenueProvider, gateway: Through) -> None:
    order = provider.place_order("BTC/USDT", "buy", 0.1, order_type="market")
    assert (order.status, order.average) == ("closed", 101.0)
    assert gateway.asked[0].limit_price == Decimal("102.01")
    assert gateway.asked[0].time_in_force == "FAK"
    sold = provider.create_market_sell_order("BTC/USDT", 0.1)
    assert (sold.status, gateway.asked[1].limit_price) == ("closed", Decimal("98.01"))


def test_no_price_no_market_order(provider: VenueProvider, exchange: ModernExchange) -> None:
    exchange.bid = 102.0
    with pytest.raises(NoQuote):
        provider.place_order("BTC/USDT", "buy", 0.1)


def test_a_resting_order_is_seen_and_cancelled(provider: VenueProvider, gateway: Through) -> None:
    order = provider.place_order("BTC/USDT", "buy", 1.0, 100.0)
    assert order.status == "open"
    assert [each.id for each in provider.get_open_orders("BTC/USDT")] == [order.id]
    assert provider.fetch_balance()["USDT"] == {"free": 899.0, "used": 101.0, "total": 1000.0}
    assert provider.cancel_order(order.id).status == "canceled"
    assert gateway.asked[-1].kind is ActionKind.CANCEL_ORDER
    assert gateway.asked[-1].parameters == {"clientId": order.id}
    assert provider.get_open_orders() == []
    assert provider.cancel_order(order.id).reason is not None


def test_the_market_comes_to_a_resting_order(provider: VenueProvider, exchange: ModernExchange) -> None:
    order = provider.place_order("BTC/USDT", "buy", 1.0, 100.0)
    exchange.ask, exchange.bid = 100.0, 98.0
    assert provider.get_order(order.id).status == "closed"
    assert provider.get_order(order.id).average == 100.0


def test_a_refusal_is_an_order_with_a_reason(provider: VenueProvider, gateway: Through) -> None:
    gateway.refuses = "bot:x is HALT"
    order = provider.place_order("BTC/USDT", "buy", 1.0, 101.0)
    assert (order.status, order.filled, order.reason) == ("rejected", 0.0, "bot:x is HALT")


def test_what_is_no_order(provider: VenueProvider, gateway: Through) -> None:
    for wrong in (("hold", 1.0, 100.0), ("buy", 0.0, 100.0), ("buy", float("nan"), 100.0)):
        with pytest.raises(InvalidInput):
            provider.place_order("BTC/USDT", *wrong)
    with pytest.raises(InvalidInput):
        provider.place_order("BTC/USDT", "buy", 1.0, 100.0, time_in_force="NEVER")
    with pytest.raises(VenueNotFound):
        provider.get_order("nobody's")
    with pytest.raises(VenueNotFound):
        provider.cancel_order("nobody's")
    assert gateway.asked == []


def test_too_many_actions(venue: SpotPaperVenue, gateway: Through) -> None:
    provider = VenueProvider(venue, gateway, lambda n: f"id-{n}", CLOCK, maximum_actions=1)
    provider.place_order("BTC/USDT", "buy", 0.1, 101.0)
    with pytest.raises(InvalidInput, match="too many"):
        provider.place_order("BTC/USDT", "buy", 0.1, 101.0)


def test_grids_are_kept_on_the_safe_side(
    venue: SpotPaperVenue, gateway: Through, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asset,) = venue.assets()
    stepped = asset.model_copy(update={"quantity_step": Decimal("0.01"), "price_step": Decimal("0.5")})
    monkeypatch.setattr(venue, "assets", lambda: [stepped])
    provider = VenueProvider(venue, gateway, lambda n: f"id-{n}", CLOCK)
    provider.place_order("BTC/USDT", "buy", 0.129, 101.7)
    provider.place_order("BTC/USDT", "sell", 0.129, 98.7)
    assert [(a.quantity, a.limit_price) for a in gateway.asked] == [
        (Decimal("0.12"), Decimal("101.5")),
        (Decimal("0.12"), Decimal("99.0")),
    ]
    assert provider.amount_to_precision("BTC/USDT", 0.129) == "0.12"
    assert provider.price_to_precision("BTC/USDT", 101.7) == "101.5"


def test_as_a_ccxt_exchange(provider: VenueProvider) -> None:
    assert provider.load_markets()["BTC/USDT"].base == "BTC"
    assert provider.fetch_order_book("BTC/USDT", 1).asks == [[101.0, 5.0]]
    assert provider.fetch_ticker("BTC/USDT").close == 99.0
    order = provider.create_limit_buy_order("BTC/USDT", 0.5, 101.0, {"timeInForce": "IOC"})
    assert provider.fetch_order(order["id"], "BTC/USDT").status == "closed"
    assert provider.create_order("BTC/USDT", "limit", "sell", 0.5, 110.0).status == "open"
    assert len(provider.fetch_open_orders("BTC/USDT")) == 1
    assert provider.has["createOrder"] and provider.id == "old"
    with pytest.raises(InvalidInput):
        provider.fetch_ohlcv("BTC/USDT")


def test_async(provider: VenueProvider) -> None:
    facade = AsyncVenueProvider(provider)

    async def bot() -> Any:
        await facade.connect()
        return await facade.place_order("BTC/USDT", "buy", 0.1, price=101.0)

    assert asyncio.run(bot()).status == "closed"
    assert facade.id == "old"


class Slow(Through):
    """The venue takes its time, and one after another."""

    def __init__(self, venue: Any) -> None:
        super().__init__(venue)
        self.inside = 0

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
        self.inside += 1
        assert self.inside == 1
        threading.Event().wait(0.02)
        found = super().submit(actions)
        self.inside -= 1
        return found


def test_orders_placed_together_are_each_an_order_and_in_their_order(venue: SpotPaperVenue) -> None:
    gateway = Slow(venue)
    provider = VenueProvider(venue, gateway, lambda n: f"id-{n}", CLOCK)
    facade = AsyncVenueProvider(provider)

    async def bot() -> Any:
        amounts = (0.1, 0.2, 0.3, 0.4)
        return await asyncio.gather(
            *(facade.place_order("BTC/USDT", "buy", amount, 101.0) for amount in amounts)
        )

    orders = asyncio.run(bot())
    assert [order.filled for order in asyncio.run(bot())] == [0.1, 0.2, 0.3, 0.4]
    assert [(order.id, order.filled) for order in orders] == [
        ("id-0", 0.1),
        ("id-1", 0.2),
        ("id-2", 0.3),
        ("id-3", 0.4),
    ]
    with ThreadPoolExecutor(4) as threads:
        more = list(threads.map(lambda _: provider.place_order("BTC/USDT", "buy", 0.1, 101.0), range(4)))
    assert len({order.id for order in more}) == 4


def test_what_ccxt_does_not_have_awaited_is_not_awaited(provider: VenueProvider) -> None:
    facade = AsyncVenueProvider(provider)
    assert facade.amount_to_precision("BTC/USDT", 0.5) == "0.5"
    assert facade.milliseconds() == 1_700_000_000_000
    assert (facade.market("btc-usdt").quote, facade.symbols) == ("USDT", ["BTC/USDT"])


def test_an_order_keeps_the_time_it_was_placed_at(
    venue: SpotPaperVenue, gateway: Through, exchange: ModernExchange
) -> None:
    clock = DrivenClock(CLOCK.now())
    provider = VenueProvider(
        venue,
        gateway,
        lambda n: f"id-{n}",
        clock,
        parameters=lambda asset: {"decidedAt": str(clock.now_ms())},
    )
    order = provider.create_order("BTC/USDT", "limit", "buy", 0.1, 100.0)
    clock.advance(3600)
    assert order.timestamp == 1_700_000_000_000
    assert provider.fetch_order(order.id).timestamp == 1_700_000_000_000
    assert [each.timestamp for each in provider.fetch_open_orders()] == [1_700_000_000_000]
    assert provider.get_order(order.id).timestamp == 1_700_000_000.0
    later = VenueProvider(venue, gateway, lambda n: f"later-{n}", clock, known=provider.orders)
    assert later.get_order(order.id).timestamp == 1_700_000_000.0


def test_a_market_order_is_not_bounded_by_an_old_book(
    provider: VenueProvider, exchange: ModernExchange, gateway: Through
) -> None:
    exchange.now -= 60
    with pytest.raises(StaleData):
        provider.place_order("BTC/USDT", "buy", 0.1, order_type="market")
    assert gateway.asked == []


class Lost(Through):
    """No answer, and nothing arrived."""

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
        return [ActionResult(client_id=a.client_id, status=ActionStatus.UNKNOWN) for a in actions]


def test_an_order_the_venue_does_not_know_ends_when_that_proves_something(
    venue: SpotPaperVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = DrivenClock(CLOCK.now())
    monkeypatch.setattr(venue, "absence_proves_after_s", 60.0)
    provider = VenueProvider(venue, Lost(venue), lambda n: f"id-{n}", clock)
    order = provider.place_order("BTC/USDT", "buy", 0.1, 101.0)
    assert (order.status, provider.get_order(order.id).status) == ("unknown", "unknown")
    clock.advance(60)
    assert provider.get_order(order.id).status == "canceled"


def test_fees_are_told_by_what_they_were_taken_in(venue: SpotPaperVenue) -> None:
    class InUnits(Through):
        def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
            (result,) = super().submit(actions)
            fill = result.fills[0].model_copy(update={"fee": Decimal("0.0001"), "fee_currency": "BTC"})
            return [result.model_copy(update={"fills": [fill], "fee": Decimal(0)})]

    provider = VenueProvider(venue, InUnits(venue), lambda n: f"id-{n}", CLOCK)
    order = provider.place_order("BTC/USDT", "buy", 0.1, 101.0)
    assert order.fees == [{"cost": 0.0001, "currency": "BTC"}]


def test_orders_of_before_are_known(venue: SpotPaperVenue, gateway: Through, provider: VenueProvider) -> None:
    order = provider.place_order("BTC/USDT", "buy", 1.0, 100.0)
    later = VenueProvider(venue, gateway, lambda n: f"later-{n}", CLOCK, known=provider.orders)
    assert later.get_order(order.id).amount == 1.0
    assert later.cancel_order(order.id).status == "canceled"
