"""Old exchange clients as venues."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.old_exchange import AsyncExchange, ListingExchange, ModernExchange, OldExchange, OldExchangeError

from argosy.core.actions.action import Action, ActionKind, ActionStatus, Side, TimeInForce
from argosy.core.clock import DrivenClock
from argosy.core.venues.venue import Capability, OrderRecords, Venue, VenueStatus
from argosy.domains.trading.action_kinds import MERGE_PAIR
from argosy.errors import (
    BadReply,
    ConfigError,
    InconsistentReply,
    OrderDenied,
    UnknownOutcome,
    VenueUnavailable,
)
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.venue import ProviderVenue


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(datetime.fromtimestamp(1_700_000_000, UTC))


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def exchange() -> OldExchange:
    return OldExchange()


@pytest.fixture
def venue(
    exchange: OldExchange, flavour: str, documents: MemoryDocuments, clock: DrivenClock
) -> Iterator[ProviderVenue]:
    provider: Any = exchange if flavour == "sync" else AsyncExchange(exchange)
    made = ProviderVenue(provider, documents, clock, name="old", refusals=(OldExchangeError,))
    yield made
    made.close()


def order(
    client_id: str = "a" * 32,
    *,
    side: Side = "buy",
    quantity: str = "1",
    price: str | None = "101",
    force: TimeInForce = "GTC",
) -> Action:
    return Action(
        client_id=client_id,
        venue="old",
        kind=ActionKind.PLACE_ORDER,
        symbol="BTC/USDT",
        side=side,
        quantity=Decimal(quantity),
        limit_price=None if price is None else Decimal(price),
        time_in_force=force,
        currency="USDT",
    )


def cancellation(target: str, client_id: str = "c" * 32) -> Action:
    return Action(
        client_id=client_id,
        venue="old",
        kind=ActionKind.CANCEL_ORDER,
        symbol="BTC/USDT",
        quantity=Decimal(1),
        parameters={"clientId": target},
    )


def test_reads(venue: ProviderVenue, exchange: OldExchange) -> None:
    assert isinstance(venue, Venue)
    venue.connect()
    assert exchange.connected
    (asset,) = venue.assets()
    assert (asset.symbol, asset.unit, asset.quote_currency) == ("BTC/USDT", "BTC", "USDT")
    book = venue.order_book("BTC/USDT")
    assert (book.bids[0].price, book.asks[0].size) == (Decimal("99.0"), Decimal("5.0"))
    assert book.at == datetime.fromtimestamp(1_700_000_000, UTC)
    quote = venue.quote("BTC/USDT")
    assert (quote.bid, quote.ask, quote.currency) == (Decimal(99), Decimal(101), "USDT")
    assert {b.currency: b.free for b in venue.balances()} == {
        "USDT": Decimal("1000.1"),
        "BTC": Decimal("0.3"),
    }
    assert venue.status() is VenueStatus.UP
    venue.close()
    assert not exchange.connected


def test_currencies_are_read_in_capitals(
    venue: ProviderVenue, exchange: OldExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "get_balance", lambda: {"usdt": 5.0, "Btc": {"free": 1.0, "used": 0.5}})
    assert [(each.currency, each.free) for each in venue.balances()] == [("USDT", 5), ("BTC", 1)]
    monkeypatch.setattr(exchange, "get_markets", lambda: {"btc/usdt": {"base": "btc", "quote": "usdt"}})
    (asset,) = venue.assets()
    assert (asset.symbol, asset.unit, asset.quote_currency) == ("btc/usdt", "BTC", "USDT")


def test_an_order_is_filled_and_never_sent_twice(venue: ProviderVenue, exchange: OldExchange) -> None:
    first = venue.execute(order(quantity="0.1"))
    assert first.status is ActionStatus.FILLED
    (fill,) = first.fills
    assert (fill.id, fill.quantity, fill.price) == ("o1-1", Decimal("0.1"), Decimal(101))
    assert (fill.fee, fill.currency, fill.fee_currency) == (Decimal("0.0101"), "USDT", None)
    assert venue.execute(order(quantity="0.1")) == first
    assert venue.query_action("a" * 32) == first
    assert exchange.placed == 1


def test_a_resting_order_fills_in_parts_that_add_up(venue: ProviderVenue, exchange: OldExchange) -> None:
    assert venue.execute(order(price="100", quantity="3")).status is ActionStatus.OPEN
    exchange.fill("o1", 1.0, 100.0)
    part = venue.query_action("a" * 32)
    assert part is not None
    assert (part.status, part.filled) == (ActionStatus.PARTIALLY_FILLED, Decimal(1))
    assert venue.query_action("a" * 32) == part
    exchange.fill("o1", 2.0, 99.0)
    whole = venue.query_action("a" * 32)
    assert whole is not None
    assert whole.status is ActionStatus.FILLED
    assert [fill.id for fill in whole.fills] == ["o1-1", "o1-2"]
    assert whole.fills[0] == part.fills[0]
    assert whole.fills[1].price.quantize(Decimal("0.0000001")) == Decimal(99)
    assert whole.fee == Decimal("0.298")


def test_the_providers_own_record_is_read_anew(venue: ProviderVenue, exchange: OldExchange) -> None:
    assert isinstance(venue, OrderRecords)
    assert venue.order_record("a" * 32) is None
    booked = venue.execute(order(quantity="1"))
    assert booked.status is ActionStatus.FILLED
    record = venue.order_record("a" * 32)
    assert record is not None
    assert (record.fills, record.ended) == (booked.fills, True)
    exchange.orders["o1"] |= {"average": 100.5, "fee": 0.2}
    assert venue.query_action("a" * 32) == booked  # an end that is noted stays
    record = venue.order_record("a" * 32)
    assert record is not None
    ((price, fee),) = [(fill.price, fill.fee) for fill in record.fills]
    assert (price, fee, record.ended) == (Decimal("100.5"), Decimal("0.2"), True)
    assert record.slack >= Decimal("0.05")
    exchange.orders["o1"] |= {"filled": 1.0, "fills": [{"id": "t1", "amount": 0.5, "price": 100.0}]}
    with pytest.raises(InconsistentReply, match="does not list all"):
        venue.order_record("a" * 32)
    del exchange.orders["o1"]
    with pytest.raises(UnknownOutcome, match="does not know"):
        venue.order_record("a" * 32)


def test_cancelling(venue: ProviderVenue, exchange: OldExchange) -> None:
    venue.execute(order(price="100", quantity="3"))
    exchange.fill("o1", 1.0, 100.0)
    done = venue.execute(cancellation("a" * 32))
    assert done.status is ActionStatus.FILLED
    ended = venue.query_action("a" * 32)
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, Decimal(1))
    assert venue.execute(cancellation("a" * 32)) == done
    with pytest.raises(OrderDenied):
        venue.execute(cancellation("unheard of", "d" * 32))


def test_a_cancellation_that_got_no_answer_ends_by_what_its_order_does(
    venue: ProviderVenue, exchange: OldExchange, clock: DrivenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue.execute(order(price="100", quantity="3"))

    def lost(*_: Any) -> bool:
        raise OSError("reset")

    cancelled = exchange.cancel_order
    monkeypatch.setattr(exchange, "cancel_order", lost)
    with pytest.raises(UnknownOutcome):
        venue.execute(cancellation("a" * 32))
    assert venue.query_action("c" * 32) is None
    with pytest.raises(UnknownOutcome):
        venue.execute(cancellation("a" * 32, "d" * 32))
    clock.advance(60)
    assert venue.query_action("c" * 32).status is ActionStatus.REJECTED  # type: ignore[union-attr]
    cancelled("o1")
    assert venue.query_action("d" * 32).status is ActionStatus.FILLED  # type: ignore[union-attr]


def test_an_order_that_cannot_be_found_is_not_cancelled_and_nothing_is_left_open(
    venue: ProviderVenue, exchange: OldExchange
) -> None:
    exchange.breaks_after = OSError("reset")
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    with pytest.raises(OrderDenied, match="cannot be found"):
        venue.execute(cancellation("a" * 32))


def test_a_known_refusal_is_final(venue: ProviderVenue, exchange: OldExchange) -> None:
    exchange.breaks_before = OldExchangeError("not enough money")
    result = venue.execute(order())
    assert result.status is ActionStatus.REJECTED
    assert "not enough money" in (result.reason or "")
    assert venue.execute(order()).status is ActionStatus.REJECTED
    assert exchange.placed == 0


@pytest.mark.parametrize("error", [OSError("reset"), TimeoutError(), ValueError("no JSON"), KeyError("id")])
def test_any_other_end_leaves_the_fate_unknown(
    venue: ProviderVenue, exchange: OldExchange, error: Exception
) -> None:
    exchange.breaks_after = error
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    assert exchange.placed == 1
    with pytest.raises(UnknownOutcome, match="lists no orders"):
        venue.query_action("a" * 32)
    assert venue.absence_proves_after_s == math.inf


def test_an_answer_that_says_nothing_is_unknown(
    venue: ProviderVenue, exchange: OldExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_place", lambda *a, **k: None)
    with pytest.raises(UnknownOutcome):
        venue.execute(order())


def test_a_word_that_settles_nothing_keeps_the_id(venue: ProviderVenue, exchange: OldExchange) -> None:
    placed = exchange._place
    exchange._place = lambda *a, **k: {**placed(*a, **k), "status": "error"}  # type: ignore[method-assign]
    with pytest.raises(UnknownOutcome):
        venue.execute(order(price="100"))
    found = venue.query_action("a" * 32)
    assert found is not None
    assert (found.status, found.venue_id) == (ActionStatus.OPEN, "o1")


def test_take_and_kill_without_a_time_in_force(venue: ProviderVenue, exchange: OldExchange) -> None:
    result = venue.execute(order(quantity="8", force="FAK"))
    assert (result.status, result.filled) == (ActionStatus.CANCELLED, Decimal(5))
    assert exchange.orders["o1"]["status"] == "cancelled"
    with pytest.raises(OrderDenied, match="time in force"):
        venue.execute(order("b" * 32, force="FOK"))


@pytest.mark.parametrize(
    "wrong", [{"price": None}, {"quantity": "0.12345678901234567890"}, {"quantity": "0"}]
)
def test_what_cannot_be_sent_as_meant_is_denied(
    venue: ProviderVenue, exchange: OldExchange, wrong: dict[str, Any]
) -> None:
    with pytest.raises(OrderDenied):
        venue.execute(order(**wrong))
    assert venue.query_action("a" * 32) is None
    assert exchange.placed == 0


def test_other_kinds_are_rejected(venue: ProviderVenue) -> None:
    merged = order().model_copy(update={"kind": MERGE_PAIR})
    assert venue.execute(merged).status is ActionStatus.REJECTED


def test_reads_that_fail(
    venue: ProviderVenue, exchange: OldExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any) -> None:
        raise OSError("no route")

    monkeypatch.setattr(exchange, "get_orderbook", down)
    with pytest.raises(VenueUnavailable):
        venue.order_book("BTC/USDT")
    assert venue.status() is VenueStatus.DOWN
    monkeypatch.setattr(exchange, "get_orderbook", lambda *_: "<html>")
    with pytest.raises(BadReply):
        venue.order_book("BTC/USDT")


class TestByTerms:
    """A client that lists orders but knows no client ids."""

    @pytest.fixture
    def exchange(self) -> OldExchange:
        return ListingExchange()

    @pytest.fixture
    def venue(self, exchange: OldExchange, documents: MemoryDocuments, clock: DrivenClock) -> ProviderVenue:
        return ProviderVenue(exchange, documents, clock, name="old")

    def test_an_order_whose_answer_was_lost_is_found(
        self, venue: ProviderVenue, exchange: OldExchange
    ) -> None:
        assert venue.absence_proves_after_s == 60
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        found = venue.query_action("a" * 32)
        assert found is not None
        assert (found.status, found.venue_id) == (ActionStatus.FILLED, "o1")

    def test_one_that_never_arrived_is_absent(self, venue: ProviderVenue, exchange: OldExchange) -> None:
        exchange.breaks_before = OSError("refused")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        assert venue.query_action("a" * 32) is None

    def test_anothers_order_of_the_same_terms_is_not_taken_for_it(
        self, venue: ProviderVenue, exchange: OldExchange
    ) -> None:
        venue.execute(order("b" * 32))
        exchange.breaks_before = OSError("refused")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        assert venue.query_action("a" * 32) is None

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("amount", 1.5),
            ("price", 102.0),
            ("side", "sell"),
            ("pair", "ETH/USDT"),
            ("timestamp", 1_700_000_000.0 - 86_401),
        ],
    )
    def test_other_terms_are_other_orders(
        self, venue: ProviderVenue, exchange: OldExchange, name: str, value: Any
    ) -> None:
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        exchange.orders["o1"][name] = value
        assert venue.query_action("a" * 32) is None

    @pytest.mark.parametrize(
        ("name", "value"),
        [("pair", None), ("side", None), ("amount", None), ("timestamp", "2023-11-14T10:13:20")],
    )
    def test_one_that_is_not_told_in_full_proves_nothing(
        self, venue: ProviderVenue, exchange: OldExchange, name: str, value: Any
    ) -> None:
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        exchange.orders["o1"][name] = value
        with pytest.raises(UnknownOutcome, match="does not report pair"):
            venue.query_action("a" * 32)

    @pytest.mark.parametrize("early_s", [6, 3_600, 86_400])
    def test_one_that_is_too_early_may_be_ours_by_a_wrong_clock(
        self, venue: ProviderVenue, exchange: OldExchange, early_s: int
    ) -> None:
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        exchange.orders["o1"]["timestamp"] -= early_s
        with pytest.raises(UnknownOutcome, match="a clock is wrong") as unknown:
            venue.query_action("a" * 32)
        assert "o1" in str(unknown.value.found)
        assert "by hand" in str(unknown.value.remedy)
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order("b" * 32))
        assert venue.query_action("b" * 32).venue_id == "o2"  # type: ignore[union-attr]

    def test_an_early_one_that_is_another_actions_is_no_doubt(
        self, venue: ProviderVenue, exchange: OldExchange
    ) -> None:
        venue.execute(order("b" * 32))
        exchange.orders["o1"]["timestamp"] -= 3_600
        exchange.breaks_before = OSError("refused")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        assert venue.query_action("a" * 32) is None

    def test_a_pair_may_be_written_otherwise_in_lists(
        self, venue: ProviderVenue, exchange: OldExchange
    ) -> None:
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        exchange.orders["o1"]["pair"] = "BTCUSDT"
        assert venue.query_action("a" * 32).venue_id == "o1"  # type: ignore[union-attr]

    def test_two_of_the_same_terms_cannot_be_told_apart(
        self, venue: ProviderVenue, exchange: OldExchange
    ) -> None:
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        exchange.place_order("BTC/USDT", "buy", 1.0, 101.0)
        with pytest.raises(UnknownOutcome, match="2 orders"):
            venue.query_action("a" * 32)


class TestByClientId:
    @pytest.fixture
    def exchange(self) -> ModernExchange:
        return ModernExchange()

    @pytest.fixture
    def venue(
        self, exchange: ModernExchange, documents: MemoryDocuments, clock: DrivenClock
    ) -> ProviderVenue:
        return ProviderVenue(exchange, documents, clock, name="old")

    def test_lookup(self, venue: ProviderVenue, exchange: ModernExchange) -> None:
        assert Capability.LOOKUP_BY_CLIENT_ID in venue.capabilities
        exchange.place_order("BTC/USDT", "buy", 1.0, 101.0)
        exchange.breaks_after = OSError("reset")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        found = venue.query_action("a" * 32)
        assert found is not None
        assert (found.status, found.venue_id) == (ActionStatus.FILLED, "o2")

    def test_lookup_whatever_the_venues_clock_says(
        self, documents: MemoryDocuments, clock: DrivenClock
    ) -> None:
        """Its clock stands an hour behind, and it lists what is later than it was asked for."""

        class Filtering(ModernExchange):
            def get_open_orders(self, pair: str, since: float = 0) -> list[dict[str, Any]]:
                return [o for o in self.orders.values() if o["timestamp"] >= since and o["status"] == "open"]

            def get_orders(self, pair: str, since: float = 0) -> list[dict[str, Any]]:
                return [o for o in self.orders.values() if o["timestamp"] >= since]

        exchange = Filtering()
        exchange.now -= 3600
        exchange.breaks_after = OSError("reset")
        venue = ProviderVenue(exchange, documents, clock, name="old")
        with pytest.raises(UnknownOutcome):
            venue.execute(order())
        found = venue.query_action("a" * 32)
        assert found is not None
        assert (found.status, found.venue_id) == (ActionStatus.FILLED, "o1")

    def test_times_in_force_are_handed_on(self, venue: ProviderVenue, exchange: ModernExchange) -> None:
        assert venue.execute(order(price="100", force="FOK")).status is ActionStatus.CANCELLED
        assert exchange.orders["o1"]["client_order_id"] == "a" * 32


def test_what_is_no_provider(documents: MemoryDocuments, clock: DrivenClock) -> None:
    with pytest.raises(ConfigError, match="place_order"):
        ProviderVenue(object(), documents, clock)


def test_a_provider_whose_arguments_mean_nothing(documents: MemoryDocuments, clock: DrivenClock) -> None:
    class Strange(OldExchange):
        def place_order(self, pair, side, amount, price, colour):  # type: ignore[no-untyped-def]
            raise AssertionError("never called")

    venue = ProviderVenue(Strange(), documents, clock)
    with pytest.raises(OrderDenied, match="colour"):
        venue.execute(order())
