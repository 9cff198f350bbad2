"""Reference prices, their path, the price to beat, fair value, Kelly, buying and settling."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from argosy.core.actions.action import Action, ActionKind
from argosy.core.clock import DrivenClock, to_ms
from argosy.core.safety.emergency import EmergencyState
from argosy.core.venues.venue import Quote
from argosy.domains.trading.fair_value import fair_value as formula
from argosy.domains.trading.nodes.buy import buy_outcome, settle
from argosy.domains.trading.nodes.guard import QuoteGuardParams, quote_guard
from argosy.domains.trading.nodes.reference import (
    ConsensusParams,
    PathParams,
    ReferenceParams,
    ReferencePath,
    price_consensus,
    price_path,
    reference_price,
)
from argosy.domains.trading.nodes.support import PairBooks, ReferencePrice, VenueParams
from argosy.domains.trading.nodes.value import (
    BuyPlan,
    FairValueEstimate,
    FairValueParams,
    KellyParams,
    Strike,
    StrikeParams,
    ValueEdge,
    ValueEdgeParams,
    fair_value,
    kelly_size,
    opening_price,
    value_edge,
)
from argosy.domains.trading.paper.account import PaperHolding
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.redemption import own_part
from argosy.domains.trading.sizes import floor_purchase
from argosy.errors import NoQuote, StaleData
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.binary import SLUG, START, ScriptedVenue, a_book, a_market, d
from tests.support.node_context import a_context

CALM = [(float(i), "0.49", "0.50", "0.50", "0.51") for i in range(900)]


class Exchange:
    """Gives one quote."""

    def __init__(self, at: datetime, bid: str | None = "60000", ask: str | None = "60010") -> None:
        self.at, self.bid, self.ask = at, bid, ask
        self.asked = 0

    def quote(self, symbol: str) -> Quote:
        self.asked += 1
        return Quote(
            venue="coinbase",
            symbol=symbol,
            bid=None if self.bid is None else d(self.bid),
            ask=None if self.ask is None else d(self.ask),
            at=self.at,
        )


def price(value: str, at: datetime, venue: str = "coinbase") -> ReferencePrice:
    return ReferencePrice(venue=venue, symbol="BTC/USD", price=d(value), at=at)


# --- reference prices -----------------------------------------------------------------------------------


def ask_for(exchange: Exchange, given: ReferencePrice | None = None) -> ReferencePrice:
    clock = DrivenClock(START)
    ctx = a_context(clock, {"coinbase": exchange})  # type: ignore[dict-item]
    return reference_price(ctx, ReferenceParams(), given).price


def test_a_reference_price_is_the_middle_and_never_an_old_one() -> None:
    assert ask_for(Exchange(START)).price == 60_005
    with pytest.raises(StaleData):
        ask_for(Exchange(START - timedelta(seconds=16)))
    with pytest.raises(NoQuote):
        ask_for(Exchange(START, None, None))


def test_a_price_that_was_handed_in_saves_the_request_while_it_is_fresh() -> None:
    exchange = Exchange(START)
    assert ask_for(exchange, price("61000", START)).price == 61_000
    assert exchange.asked == 0
    assert ask_for(exchange, price("61000", START - timedelta(seconds=60))).price == 60_005


def test_consensus_is_the_median_or_nothing() -> None:
    ctx = a_context(DrivenClock(START))
    older = START - timedelta(seconds=1)
    three = [price("60000", START), price("60010", older, "kraken"), price("60030", START, "binance")]
    found = price_consensus(ctx, ConsensusParams(), three).price
    assert (found.price, found.at, found.sources) == (60_010, older, 3)
    with pytest.raises(NoQuote, match="disagree"):
        price_consensus(ctx, ConsensusParams(), [price("60000", START), price("60400", START)])
    with pytest.raises(NoQuote, match="too few"):
        price_consensus(ctx, ConsensusParams(minimum_sources=2), three[:1])


def follow(
    prices: dict[int, float], documents: MemoryDocuments | None = None, **params: Any
) -> ReferencePath:
    """The path after these prices, by seconds from the start of the window."""
    documents = documents or MemoryDocuments()
    found: ReferencePath | None = None
    for second, value in prices.items():
        clock = DrivenClock(START + timedelta(seconds=second))
        found = price_path(
            a_context(clock, documents=documents),
            PathParams.model_validate(params),
            a_market(),
            price(str(value), clock.now()),
        ).path
    assert found is not None
    return found


def test_the_path_knows_the_mean_of_the_minute_before_the_start() -> None:
    # 30 s at 60000, then 30 s at 60060.
    found = follow({-60: 60_000.0, -30: 60_060.0, 0: 60_500.0, 1: 60_500.0})
    assert found.opening_mean == pytest.approx(60_030.0)
    assert found.opening_coverage == pytest.approx(1.0)


def test_a_path_that_began_later_does_not_pretend_to_know_the_start() -> None:
    found = follow({10: 60_000.0, 11: 60_000.0})
    assert (found.opening_mean, found.opening_coverage) == (None, 0.0)


def test_the_closing_mean_is_that_of_the_window_so_far() -> None:
    prices = dict.fromkeys(range(800, 840), 60_000.0) | {
        i: 60_000.0 + (i >= 850) * 100 for i in range(840, 861)
    }
    found = follow(prices)
    assert found.closing_mean == pytest.approx((10 * 60_000 + 10 * 60_100) / 20)
    assert found.closing_coverage == pytest.approx(1.0)


def test_volatility_waits_for_enough_steps() -> None:
    few = follow({i: 60_000.0 + i % 2 for i in range(5)})
    assert few.sigma is None
    enough = follow({i: 60_000.0 + i % 2 for i in range(30)})
    assert enough.sigma == pytest.approx(1 / 60_000, rel=0.01)


def test_a_doubled_run_adds_its_price_once() -> None:
    documents = MemoryDocuments()
    follow({i: 60_000.0 + i for i in range(10)}, documents)
    once = follow({9: 60_009.0}, documents)
    twice = follow({9: 60_009.0}, documents)
    assert once == twice


# --- price to beat and fair value -----------------------------------------------------------------------


def a_path(**changes: Any) -> ReferencePath:
    values = {
        "price": d("60100"),
        "at_ms": to_ms(START) + 300_000,
        "steps": 100,
        "sigma": 5e-5,
        "opening_mean": 60_000.0,
        "opening_coverage": 1.0,
    }
    return ReferencePath.model_validate(values | changes)


def strike_of(market: Any, path: ReferencePath) -> Strike | None:
    taken = opening_price(a_context(DrivenClock(START)), StrikeParams(), market, path)
    return taken.value if taken.branch == "known" else None


def test_the_price_to_beat_is_the_venues_with_our_basis_taken_out() -> None:
    named = a_market(price_to_beat=d("60030"))
    assert strike_of(named, a_path()) == Strike(
        price=d("60030"), basis=d("30"), deviation=d(0), source="venue"
    )
    unsure = strike_of(named, a_path(opening_mean=None, opening_coverage=0.0))
    assert unsure is not None and unsure.deviation > 0
    own = strike_of(a_market(), a_path())
    assert own is not None and (own.price, own.basis, own.source) == (60_000, 0, "own")
    assert strike_of(a_market(), a_path(opening_coverage=0.3)) is None


def value_of(second: float, path: ReferencePath, strike: Strike) -> FairValueEstimate | None:
    clock = DrivenClock(START + timedelta(seconds=second))
    taken = fair_value(a_context(clock), FairValueParams(), a_market(), path, strike)
    return taken.value if taken.branch == "ready" else None


def test_fair_value_is_the_formulas_with_the_basis_added() -> None:
    strike = Strike(price=d("60030"), basis=d("30"), deviation=d(0), source="venue")
    found = value_of(300, a_path(), strike)
    assert found is not None
    assert float(found.up) == pytest.approx(formula(60_130, 60_030, 5e-5, 600).up, abs=1e-6)


def test_an_older_price_is_less_certain() -> None:
    strike = Strike(price=d("60000"), basis=d(0), deviation=d(0), source="own")
    fresh = value_of(300, a_path(), strike)
    old = value_of(300, a_path(at_ms=to_ms(START) + 240_000), strike)
    assert fresh is not None and old is not None
    assert fresh.up > old.up > d("0.5")


def test_inside_the_closing_window_the_mean_so_far_counts() -> None:
    strike = Strike(price=d("60000"), basis=d(0), deviation=d(0), source="own")
    path = a_path(at_ms=to_ms(START) + 880_000, closing_mean=60_050.0, closing_coverage=1.0)
    found = value_of(880, path, strike)
    assert found is not None
    expected = formula(60_100, 60_000, 5e-5, 20, mean_so_far=60_050)
    assert float(found.up) == pytest.approx(expected.up, abs=1e-6)
    assert value_of(880, path.model_copy(update={"closing_coverage": 0.2}), strike) is None
    assert value_of(300, a_path(sigma=None), strike) is None


# --- edge and size --------------------------------------------------------------------------------------


def pair(up: tuple[str, str], down: tuple[str, str]) -> PairBooks:
    return PairBooks(slug=SLUG, up=a_book("up-token", *up, START), down=a_book("down-token", *down, START))


def estimate(up: str) -> FairValueEstimate:
    return FairValueEstimate(
        slug=SLUG, up=d(up), mean=d(60_000), deviation=d(50), strike=d(60_000), sigma=5e-5, seconds_left=300
    )


def edge_of(books: PairBooks, up: str, **params: Any) -> ValueEdge | None:
    taken = value_edge(
        a_context(DrivenClock(START)), ValueEdgeParams.model_validate(params), a_market(), books, estimate(up)
    )
    return taken.value if taken.branch == "buy" else None


def test_the_cheap_side_is_bought_and_a_fair_one_is_not() -> None:
    books = pair(("0.49", "0.50"), ("0.50", "0.51"))
    up = edge_of(books, "0.60")
    assert up is not None and up.outcome == "UP"
    assert up.cost == d("0.5175")
    assert up.edge == d("0.6") - d("0.5175")
    down = edge_of(books, "0.40")
    assert down is not None and down.outcome == "DOWN"
    assert edge_of(books, "0.52") is None


def test_a_cheap_ask_the_other_book_contradicts_is_not_cheap() -> None:
    stale = pair(("0.39", "0.40"), ("0.50", "0.51"))  # DOWN's bid says that UP costs 0.50
    assert edge_of(stale, "0.52") is None
    bought = edge_of(stale, "0.60")
    assert bought is not None and bought.price == d("0.50")


def test_an_unbelievable_edge_is_not_believed() -> None:
    assert edge_of(pair(("0.19", "0.20"), ("0.79", "0.81")), "0.90") is None


def sized(
    paper: PaperVenue, clock: DrivenClock, capital: str, emergency: EmergencyState = EmergencyState.NORMAL
) -> BuyPlan:
    found = edge_of(pair(("0.49", "0.50"), ("0.50", "0.51")), "0.60")
    assert found is not None
    ctx = a_context(clock, {"polymarket": paper}, emergency=emergency)
    return kelly_size(ctx, KellyParams(), a_market(), found, d(capital)).plan


def desk() -> tuple[PaperVenue, DrivenClock, ScriptedVenue]:
    clock = DrivenClock(START + timedelta(seconds=60))
    source = ScriptedVenue(clock, CALM)
    return PaperVenue(source, MemoryDocuments(), clock, account="bot", capital=d(1000)), clock, source


def test_kelly_is_a_quarter_capped_and_the_gateway_alone_halves_in_alert() -> None:
    paper, clock, _ = desk()
    # f* = (0.6 − 0.5175)/0.4825 = 0.171; a quarter is 0.0427 of 1000 USD at 0.5175 a share.
    plan = sized(paper, clock, "1000")
    expected = d("1000") * d("0.25") * (d("0.6") - d("0.5175")) / d("0.4825") / d("0.5175")
    assert plan.shares == floor_purchase(expected, d("0.01")) == 82
    assert sized(paper, clock, "1000", EmergencyState.ALERT).shares == plan.shares
    assert sized(paper, clock, "10").shares == 0


def test_what_is_at_stake_already_counts_and_the_other_side_forbids() -> None:
    paper, clock, _ = desk()
    first = sized(paper, clock, "1000")
    ctx = a_context(clock, {"polymarket": paper})
    bought = buy_outcome(ctx, VenueParams(), a_market(), first)
    assert bought.shares == first.shares
    assert bought.opportunity is not None and bought.opportunity.details["outcome"] == "UP"
    assert bought.spent == paper.holdings()[0].cost
    more = sized(paper, clock, "1000")
    assert more.shares == 0
    nothing = buy_outcome(a_context(clock, {"polymarket": paper}), VenueParams(), a_market(), more)
    assert (nothing.opportunity, nothing.results) == (None, [])
    other = first.model_copy(update={"symbol": "down-token", "outcome": "DOWN", "limit": d("0.51")})
    buy_outcome(a_context(clock, {"polymarket": paper}, run_id="run-2"), VenueParams(), a_market(), other)
    assert "other outcome" in (sized(paper, clock, "9000").reason or "")


def test_settling_waits_for_the_resolution_and_then_pays_once() -> None:
    paper, clock, source = desk()
    buy_outcome(
        a_context(clock, {"polymarket": paper}), VenueParams(), a_market(), sized(paper, clock, "1000")
    )
    held = paper.holdings()[0]
    clock.set(START + timedelta(seconds=930))
    waiting = settle(a_context(clock, {"polymarket": paper}, run_id="run-3"), VenueParams())
    assert (waiting.unresolved, waiting.results) == ([SLUG], [])
    source.winner = "UP"
    ctx = a_context(clock, {"polymarket": paper}, run_id="run-4")
    paid = settle(ctx, VenueParams())
    assert paid.pnl == held.quantity - held.cost > 0
    assert paper.portfolio().realised == paid.pnl
    again = settle(a_context(clock, {"polymarket": paper}, run_id="run-4"), VenueParams())
    assert (again.results, again.pnl) == ([], Decimal(0))


class OtherAccount:
    """A market of another package that redeems by an action; it is no paper venue by name."""

    def __init__(self, paper: PaperVenue) -> None:
        self._paper = paper

    def __getattr__(self, name: str) -> Any:
        return getattr(self._paper, name)


class SelfPaying(OtherAccount):
    """A market that pays by itself: nothing can be redeemed there."""

    def __getattr__(self, name: str) -> Any:
        if name == "holdings":
            raise AttributeError(name)
        return super().__getattr__(name)


@pytest.mark.parametrize(("market", "redeemed"), [(OtherAccount, ["up-token"]), (SelfPaying, [])])
def test_the_protocol_of_a_market_decides_whether_shares_are_redeemed(
    market: type[OtherAccount], redeemed: list[str]
) -> None:
    paper, clock, source = desk()
    bought = paper.execute(
        Action(
            client_id="b" * 32,
            venue="polymarket",
            kind=ActionKind.PLACE_ORDER,
            symbol="up-token",
            side="buy",
            quantity=d(10),
            limit_price=d("0.99"),
            time_in_force="FAK",
            parameters={"slug": SLUG},
        )
    )
    assert bought.filled > 0, bought
    clock.set(START + timedelta(seconds=930))
    source.winner = "UP"
    venue: Any = market(paper)
    ctx = a_context(clock, {"polymarket": venue}, run_id="run-9")
    settle(ctx, VenueParams())
    sold = [fill.symbol for each in paper.results() for fill in each.fills if fill.side == "sell"]
    assert sold == redeemed
    assert len(paper.holdings()) == 1 - len(redeemed)


def test_a_strategy_redeems_its_own_shares_alone() -> None:
    holding = PaperHolding(
        symbol="up-token",
        slug=SLUG,
        outcome="UP",
        quantity=d(10),
        cost=d(5),
        expires_at=START,
    )
    other = holding.model_copy(update={"symbol": "down-token"})
    (part,) = own_part(
        [holding, other], "polymarket", {("polymarket", "up-token"): d(4), ("kalshi", "down-token"): d(9)}
    )
    assert (part.symbol, part.quantity, part.cost) == ("up-token", 4, 2)
    (whole,) = own_part([holding], "polymarket", {("polymarket", "up-token"): d(40)})
    assert (whole.quantity, whole.cost) == (10, 5)
    assert own_part([holding], "polymarket", {("polymarket", "up-token"): d(-4)}) == []


def test_the_quote_guard_stops_what_is_no_quote() -> None:
    for at, rows, branch in (
        (60, (("0.49", "0.50"), ("0.50", "0.51")), "ok"),
        (60, (("0.41", "0.42"), ("0.50", "0.51")), "ok"),
        (60, (("0.51", "0.50"), ("0.50", "0.51")), "reject"),
        (5, (("0.49", "0.50"), ("0.50", "0.51")), "reject"),
        (898, (("0.49", "0.50"), ("0.50", "0.51")), "reject"),
    ):
        clock = DrivenClock(START + timedelta(seconds=at))
        books = PairBooks(
            slug=SLUG,
            up=a_book("up-token", *rows[0], clock.now()),
            down=a_book("down-token", *rows[1], clock.now()),
        )
        assert quote_guard(a_context(clock), QuoteGuardParams(), a_market(), books).branch == branch
