"""Spot trading by candles on a paper account, without any key of the exchange."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.clock import DrivenClock
from argosy.core.venues.asset import Asset, AssetKind
from argosy.core.venues.venue import Capability, Level, OrderBook, Quote, VenueStatus
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.nodes.spot import (
    CandlesParams,
    MeanParams,
    SpotOrderOutputs,
    SpotOrderParams,
    candles,
    mean,
    spot_order,
)
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.errors import InvalidInput, NoQuote, StaleData, VenueNotFound
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.node_context import a_context

START = datetime(2026, 1, 1, tzinfo=UTC)
D = Decimal


class PublicExchange:
    """Candles and books as anybody may read them; every order needs a key that it does not have."""

    name = "binance"
    capabilities = frozenset({Capability.QUOTES, Capability.ORDER_BOOK, Capability.CANDLES})
    absence_proves_after_s = 20.0

    def __init__(self, clock: DrivenClock) -> None:
        self.clock = clock
        self.closes = [D(100)] * 30
        self.bid, self.ask, self.age_s = D("99.99"), D("100.01"), 0.0

    def candles(self, symbol: str, interval: str = "1m", *, limit: int = 100) -> list[Candle]:
        bars = [
            Candle(at=START + timedelta(minutes=5 * i), open=c, high=c, low=c, close=c, volume=D(1))
            for i, c in enumerate(self.closes)
        ]
        return bars[-limit:]

    def order_book(self, symbol: str) -> OrderBook:
        if symbol != "BTC/USDT":
            raise VenueNotFound(f"no symbol {symbol}")
        at = self.clock.now() - timedelta(seconds=self.age_s)
        return OrderBook(
            venue=self.name,
            symbol=symbol,
            bids=[Level(price=self.bid, size=D(50))],
            asks=[Level(price=self.ask, size=D(50))],
            at=at,
            received_at=at,
        )

    def assets(self) -> list[Asset]:
        return [
            Asset(
                kind=AssetKind.SPOT,
                symbol="BTC/USDT",
                venue=self.name,
                unit="BTC",
                quote_currency="USDT",
                quantity_step=D("0.001"),
                price_step=D("0.01"),
                minimum_quantity=D("0.01"),
            )
        ]

    def quote(self, symbol: str) -> Quote:
        return Quote(venue=self.name, symbol=symbol, bid=self.bid, ask=self.ask, at=self.clock.now())

    def status(self) -> VenueStatus:
        return VenueStatus.UP

    def execute(self, action: Action) -> ActionResult:
        raise AssertionError("no paper order reaches the exchange")


class Rig:
    def __init__(self) -> None:
        self.clock = DrivenClock(START + timedelta(minutes=150))
        self.exchange = PublicExchange(self.clock)
        self.documents = MemoryDocuments()
        self.venue = SpotPaperVenue(
            self.exchange,  # type: ignore[arg-type]
            self.documents,
            self.clock,
            account="bot",
            capital=D(1000),
        )
        self.runs = 0

    def order(
        self, *, run: str | None = None, capital: Decimal | None = None, **params: object
    ) -> SpotOrderOutputs:
        self.runs += 1
        context = a_context(
            self.clock,
            {"binance": self.venue},
            documents=self.documents,
            run_id=run or f"run-{self.runs}",
            node_id=str(params.get("side", "buy")),
        )
        return spot_order(context, SpotOrderParams.model_validate(params), capital)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_candles_are_closed_ones(rig: Rig) -> None:
    context = a_context(rig.clock, {"binance": rig.venue})
    found = candles(context, CandlesParams(limit=7)).candles
    assert [bar.at for bar in found] == [START + timedelta(minutes=5 * i) for i in range(23, 30)]
    rig.exchange.closes.append(D(90))  # forming
    assert candles(context, CandlesParams(limit=2)).candles[-1].close == 100


def test_candles_that_stopped_decide_nothing(rig: Rig) -> None:
    rig.clock.advance(6 * 60 + 1)
    with pytest.raises(StaleData, match="stopped"):
        candles(a_context(rig.clock, {"binance": rig.venue}), CandlesParams())


def test_a_venue_without_candles_and_one_that_has_not_begun_are_refused(rig: Rig) -> None:
    with pytest.raises(InvalidInput, match="no candles"):
        candles(a_context(rig.clock, {"binance": object()}), CandlesParams())  # type: ignore[dict-item]
    rig.exchange.closes = []
    with pytest.raises(NoQuote):
        candles(a_context(rig.clock, {"binance": rig.venue}), CandlesParams())


@pytest.mark.parametrize(
    ("last", "band", "below", "above"),
    [
        ("98", "0", True, False),
        ("102", "0", False, True),
        ("100", "0", False, False),
        ("98", "0.05", False, False),
    ],
)
def test_the_last_close_stands_below_or_above_the_mean(
    rig: Rig, last: str, band: str, below: bool, above: bool
) -> None:
    rig.exchange.closes[-1] = D(last)
    context = a_context(rig.clock, {"binance": rig.venue})
    found = mean(context, MeanParams(length=4, band=D(band)), candles(context, CandlesParams()).candles)
    assert (found.below, found.above) == (below, above)
    assert found.mean == (D(300) + D(last)) / 4


def test_too_few_candles_have_no_mean(rig: Rig) -> None:
    context = a_context(rig.clock, {"binance": rig.venue})
    with pytest.raises(NoQuote, match="too few"):
        mean(context, MeanParams(length=31), candles(context, CandlesParams()).candles)


def test_buy_once_and_sell_it_again_without_a_key(rig: Rig) -> None:
    bought = rig.order(side="buy", amount="50")
    assert (bought.held, bought.reason) == (D("0.499"), None)
    assert bought.results[0].status is ActionStatus.FILLED
    assert rig.order(side="buy", amount="50").reason == "0.499 BTC is held already"
    sold = rig.order(side="sell")
    assert (sold.held, sold.traded) == (D(0), D("0.499") * D("99.99"))
    assert rig.order(side="sell").reason == "nothing is held"
    assert {b.currency: b.free for b in rig.venue.balances()}["USDT"] < 1000


def test_it_buys_more_only_where_it_is_asked_to(rig: Rig) -> None:
    rig.order(side="buy", amount="50")
    assert rig.order(side="buy", amount="50", again=True).held == D("0.998")


def test_coins_of_others_are_not_sold(rig: Rig) -> None:
    other = Action(
        client_id="other",
        venue="binance",
        kind=ActionKind.PLACE_ORDER,
        symbol="BTC/USDT",
        label="buy",
        side="buy",
        quantity=D(1),
        limit_price=D(101),
        time_in_force="FAK",
        currency="USDT",
    )
    rig.venue.execute(other)
    assert rig.order(side="sell").reason == "nothing is held"


def test_the_capital_bounds_what_is_spent(rig: Rig) -> None:
    assert rig.order(side="buy", amount="50", capital=D(10)).held == D("0.099")
    poor = Rig().order(side="buy", amount="50", capital=D("0.5"))
    assert poor.reason is not None and "minimum" in poor.reason


def test_a_run_that_is_delivered_twice_buys_once(rig: Rig) -> None:
    first = rig.order(run="same", side="buy", amount="50")
    again = rig.order(run="same", side="buy", amount="50")
    assert first.results == again.results
    assert again.held == D("0.499")
    assert {b.currency: b.free for b in rig.venue.balances()}["BTC"] == D("0.499")


def test_nothing_is_sent_while_the_last_outcome_is_unknown(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(action: Action, **_: object) -> ActionResult:
        return ActionResult(client_id=action.client_id, status=ActionStatus.UNKNOWN, reason="no answer")

    found: list[ActionResult | None] = [None]
    monkeypatch.setattr(rig.venue, "execute", lost)
    monkeypatch.setattr(rig.venue, "query_action", lambda client_id: found[0])
    rig.venue.absence_proves_after_s = 20.0
    assert rig.order(side="buy", amount="50").held == 0
    waiting = rig.order(side="buy", amount="50")
    assert waiting.reason is not None and "not known yet" in waiting.reason
    found[0] = ActionResult(client_id="x", status=ActionStatus.FILLED, filled=D("0.4"))
    settled = rig.order(side="buy", amount="50")
    assert (settled.held, settled.reason) == (D("0.4"), "0.4 BTC is held already")


def test_an_order_that_never_arrived_is_forgotten(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    execute = rig.venue.execute
    monkeypatch.setattr(
        rig.venue,
        "execute",
        lambda action, **_: ActionResult(client_id=action.client_id, status=ActionStatus.UNKNOWN),
    )
    rig.venue.absence_proves_after_s = 20.0
    rig.order(side="buy", amount="50")
    monkeypatch.setattr(rig.venue, "execute", execute)
    rig.clock.advance(21)
    assert rig.order(side="buy", amount="50").held == D("0.499")


@pytest.mark.parametrize(("age_s", "bid", "error"), [(16, "99.99", StaleData), (0, "100.02", NoQuote)])
def test_a_book_that_is_old_or_crossed_is_not_traded_on(
    rig: Rig, age_s: float, bid: str, error: type[Exception]
) -> None:
    rig.exchange.age_s, rig.exchange.bid = age_s, D(bid)
    with pytest.raises(error, match="nothing is sent"):
        rig.order(side="buy")
