"""The venue's ledger must be exact whatever people do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.core.clock import DrivenClock
from argosy.domains.trading.sandbox.exchange.simulated_prices import SimulatedPrices
from argosy.domains.trading.sandbox.prediction.episodes import episodes
from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.matching import TAKER_DELAY_MS, MatchingEngine
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, OrderType, SandboxOrder, Side
from argosy.domains.trading.sandbox.prediction.rows import order_of, order_row
from argosy.domains.trading.sandbox.prediction.simulator import SimulatedMarkets
from argosy.domains.trading.spending import UNIT
from argosy.venuekit.sandbox.double_entry import FEES, HOUSE, MINT

START = datetime(2026, 11, 23, 11, 15, tzinfo=UTC)
SEED = 7
PEOPLE = ("0xa", "0xb", "0xc")
_ids = count(1)
D = Decimal


class Bench:
    """An engine on the simulator with a driven clock, 100 s into a window."""

    def __init__(self, *, seed: int = SEED, seconds_in: float = 100) -> None:
        self.clock = DrivenClock(START)
        self.feed = SimulatedMarkets(seed, SimulatedPrices(seed))
        self.engine = MatchingEngine(self.feed, self.clock)
        market = self.feed.market(f"btc-updown-15m-{int(START.timestamp())}", self.clock.now_ms())
        assert market is not None
        self.market: VenueMarket = market
        self.clock.advance(seconds_in)
        for person in PEOPLE:
            self.engine.open_account(person)

    def order(
        self,
        side: Side = "BUY",
        price: str = "0.50",
        size: str = "10",
        kind: OrderType = "GTC",
        *,
        who: str = "0xa",
        token: str | None = None,
        post_only: bool = False,
    ) -> SandboxOrder:
        return SandboxOrder(
            id=f"0x{next(_ids):064x}",
            account=who,
            token=token or self.market.up_token,
            side=side,
            price=Decimal(price),
            size=Decimal(size),
            type=kind,
            created_ms=self.clock.now_ms(),
            post_only=post_only,
        )

    @property
    def ask(self) -> Decimal:
        book = self.feed.real(self.market.up_token, self.clock.now_ms() + 150)
        assert book is not None
        return book.asks[0][0]

    @property
    def bid(self) -> Decimal:
        book = self.feed.real(self.market.up_token, self.clock.now_ms() + 150)
        assert book is not None
        return book.bids[0][0]

    def conserved(self) -> None:
        ledger = self.engine.ledger
        assert ledger.total_cash() == ledger.deposits
        for token in self.market.tokens:
            assert ledger.total_shares(token) == 0
        for name, account in ledger.accounts.items():
            if name not in {HOUSE, MINT, FEES}:
                assert account.cash >= 0
                assert all(size >= 0 for size in account.shares.values())


def test_a_buy_pays_each_level_and_the_exact_fee_of_each_fill() -> None:
    bench = Bench()
    book = bench.feed.real(bench.market.up_token, bench.clock.now_ms() + 150)
    assert book is not None
    (first, first_size), (second, _) = book.asks[:2]
    size = first_size + 7
    order = bench.order(price=str(second), size=str(size), kind="FOK")
    order.money = first * first_size + second * 7
    placed = bench.engine.place(order)
    assert [(trade.price, trade.size) for trade in placed.trades] == [
        (first, first_size),
        (second, Decimal(7)),
    ]
    fees = [
        (trade.size * Decimal("0.07") * trade.price * (1 - trade.price)).quantize(Decimal("0.00001"))
        for trade in placed.trades
    ]
    assert [trade.fee for trade in placed.trades] == fees
    account = bench.engine.ledger.accounts["0xa"]
    assert account.cash == Decimal(10_000) - first * first_size - second * 7 - sum(fees)
    assert account.shares[bench.market.up_token] == size
    bench.conserved()


def test_what_was_taken_is_gone_for_a_while_on_both_books() -> None:
    bench = Bench()
    now_ms = bench.clock.now_ms()
    before = bench.engine.book(bench.market, bench.market.up_token, now_ms)
    assert before is not None
    ask, size = before.asks[0]
    bench.engine.place(bench.order(price=str(ask), size=str(size), kind="FOK"))
    up = bench.engine.book(bench.market, bench.market.up_token, now_ms)
    down = bench.engine.book(bench.market, bench.market.down_token, now_ms)
    assert up is not None
    assert down is not None
    assert up.asks[0][0] > ask
    assert down.bids[0][0] == 1 - up.asks[0][0]


def test_fill_or_kill_does_nothing_when_it_cannot_fill_all() -> None:
    bench = Bench()
    with pytest.raises(OrderRefused, match="fully filled or killed"):
        bench.engine.place(bench.order(price=str(bench.ask), size="5000", kind="FOK"))
    assert bench.engine.trades == []
    assert bench.engine.ledger.accounts["0xa"].cash == 10_000


def test_a_sandbox_purchase_spends_its_amount() -> None:
    bench = Bench()
    ask = bench.ask
    limit = ask + D("0.05")
    order = bench.order(price=str(limit), size="20", kind="FOK")
    order.money = limit * 20
    placed = bench.engine.place(order)
    assert placed.shares > 20
    assert limit * 20 - D("0.000001") < placed.money <= limit * 20
    assert (order.status, order.matched, order.open) == ("MATCHED", placed.shares, 0)
    assert bench.engine.ledger.accounts["0xa"].shares[bench.market.up_token] == placed.shares
    bench.conserved()


def test_a_sandbox_order_of_all_or_nothing_needs_depth_for_its_amount() -> None:
    bench = Bench()
    book = bench.feed.real(bench.market.up_token, bench.clock.now_ms() + 150)
    assert book is not None
    (first, first_size), (second, second_size) = book.asks[:2]
    shares = first_size + second_size
    with pytest.raises(OrderRefused, match="fully filled or killed"):
        bench.engine.place(bench.order(price=str(second), size=str(shares), kind="FOK"))
    placed = bench.engine.place(bench.order(price=str(second), size=str(shares), kind="FAK"))
    assert placed.money == first * first_size + second * second_size


def test_the_amount_of_an_order_survives_a_restart_of_the_sandbox() -> None:
    order = Bench().order(kind="FOK")
    order.money = D("4.99")
    row = {
        name: str(value) if isinstance(value, Decimal) else value for name, value in order_row(order).items()
    }
    assert order_of(row).amount == D("4.99")
    del row["money"]
    assert order_of(row).amount == order.size * order.price, "as earlier versions kept it"


def test_fill_and_kill_takes_what_there_is_and_never_rests() -> None:
    bench = Bench()
    placed = bench.engine.place(bench.order(price=str(bench.ask), size="5000", kind="FAK"))
    assert 0 < placed.shares < 5000
    assert placed.order.open == 0
    assert bench.engine.free_cash("0xa") == bench.engine.ledger.accounts["0xa"].cash
    with pytest.raises(OrderRefused, match="no orders found to match"):
        bench.engine.place(bench.order(price="0.01", size="200", kind="FAK"))


def test_a_resting_order_locks_its_money_and_gives_it_back_when_cancelled() -> None:
    bench = Bench()

    def offered() -> Decimal:
        shown = bench.engine.book(bench.market, bench.market.down_token, bench.clock.now_ms())
        assert shown is not None
        return dict(shown.asks).get(Decimal("0.98"), Decimal(0))

    before = offered()
    order = bench.order(price="0.02", size="1000")
    assert bench.engine.place(order).trades == []
    assert bench.engine.free_cash("0xa") == 9_980
    assert offered() == before + 1000
    assert bench.engine.cancel(order.id, "0xb") == "order not found"
    assert bench.engine.cancel(order.id, "0xa") is None
    assert bench.engine.free_cash("0xa") == 10_000
    assert bench.engine.cancel(order.id, "0xa") == "order already canceled"


def test_two_buyers_of_opposite_outcomes_make_a_pair() -> None:
    bench = Bench()
    # Above the makers' bid and below their ask there may be no room: rest on the far side instead.
    resting = bench.order(price=str(bench.bid), size="40", who="0xb")
    bench.engine.place(resting)
    price = str(1 - bench.bid)
    bench.engine.place(bench.order(price=price, size="40", kind="FOK", token=bench.market.down_token))
    assert resting.status == "MATCHED"
    accounts = bench.engine.ledger.accounts
    assert accounts["0xb"].shares[bench.market.up_token] == 40
    assert accounts["0xa"].shares[bench.market.down_token] == 40
    assert accounts[MINT].cash == 40
    assert accounts["0xb"].cash == Decimal(10_000) - 40 * bench.bid  # makers pay no fee
    bench.conserved()


def test_merged_pairs_give_one_dollar_each() -> None:
    bench = Bench()
    bench.engine.place(bench.order(price="0.99", size="20", kind="FOK"))
    bench.engine.place(bench.order(price="0.99", size="20", kind="FOK", token=bench.market.down_token))
    cash = bench.engine.ledger.accounts["0xa"].cash
    bench.engine.merge("0xa", bench.market, Decimal(15))
    assert bench.engine.ledger.accounts["0xa"].cash == cash + 15
    with pytest.raises(OrderRefused, match="not enough balance"):
        bench.engine.merge("0xa", bench.market, Decimal(60))
    bench.conserved()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"price": "0.505"}, "invalid price"),
        ({"price": "1.00"}, "invalid price"),
        ({"size": "4"}, "lower than the minimum: 5"),
        ({"price": "0.10", "size": "6", "kind": "FAK"}, "min size: \\$1"),
        ({"side": "SELL"}, "not enough balance"),
        ({"price": "0.99", "size": "50000"}, "not enough balance"),
        ({"price": "0.99", "post_only": True}, "order crosses book"),
        ({"token": "123"}, "No orderbook exists"),
    ],
)
def test_orders_the_venue_refuses(changes: dict[str, str], text: str) -> None:
    bench = Bench()
    with pytest.raises(OrderRefused, match=text):
        bench.engine.place(bench.order(**changes))  # type: ignore[arg-type]
    bench.conserved()


def test_the_same_order_twice_is_a_duplicate() -> None:
    bench = Bench()
    order = bench.order(price="0.02", size="60")
    bench.engine.place(order)
    with pytest.raises(OrderRefused, match="Duplicated"):
        bench.engine.place(order)


def test_settlement_pays_the_winner_one_dollar_and_ends_resting_orders() -> None:
    bench = Bench()
    bought = bench.engine.place(bench.order(price="0.99", size="30", kind="FOK"))
    resting = bench.order(price="0.01", size="100", who="0xb")
    bench.engine.place(resting)
    cash = bench.engine.ledger.accounts["0xa"].cash
    bench.clock.advance(900 + 120)
    bench.engine.advance()
    winner = bench.feed.winner(bench.market, bench.clock.now_ms())
    expected = cash + (bought.shares if winner == "UP" else 0)
    assert bench.engine.ledger.accounts["0xa"].cash == expected
    assert not any(bench.engine.ledger.accounts["0xa"].shares.values())
    assert resting.open == 0
    assert bench.engine.settlements[0]["winner"] == winner
    bench.conserved()


def test_orders_meet_the_real_book_and_not_the_stale_one_that_is_shown() -> None:
    found = 0
    for seed in range(40):
        bench = Bench(seed=seed, seconds_in=0)
        for episode in episodes(seed, bench.market):
            if episode.kind != "stale":
                continue
            last = episode.end_ms - 500
            shown = bench.feed.shown(episode.token, last)
            real = bench.feed.real(episode.token, last + TAKER_DELAY_MS)
            assert shown is not None
            assert real is not None
            assert shown.at_ms is not None
            assert shown.at_ms <= episode.start_ms
            if not shown.asks or not real.asks or shown.asks[0][0] >= real.asks[0][0]:
                continue
            found += 1
            bench.clock.advance(last / 1000 - bench.clock.now().timestamp())
            order = bench.order(price=str(shown.asks[0][0]), size="20", kind="FOK", token=episode.token)
            with pytest.raises(OrderRefused):
                bench.engine.place(order)
            break
    assert found > 5


ORDERS = st.tuples(
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 99),
    st.integers(500, 20_000),
    st.sampled_from(["GTC", "FOK", "FAK"]),
    st.sampled_from(PEOPLE),
    st.booleans(),
    st.floats(0, 20),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ORDERS, max_size=25), st.integers(0, 5))
def test_cash_and_shares_are_conserved(
    steps: list[tuple[Side, int, int, OrderType, str, bool, float]], seed: int
) -> None:
    bench = Bench(seed=seed)
    refused = 0
    for side, cents, size, kind, who, up, pause in steps:
        token = bench.market.up_token if up else bench.market.down_token
        order = bench.order(side, f"0.{cents:02}", f"{size / 100:.2f}", kind, who=who, token=token)
        try:
            placed = bench.engine.place(order)
        except OrderRefused:
            refused += 1
        else:
            limit = Decimal(cents) / 100
            for trade in placed.trades:
                assert trade.price <= limit if side == "BUY" else trade.price >= limit
            if order.is_spent_whole:
                assert placed.money <= order.amount
            else:
                assert placed.shares <= order.size
            if kind == "FOK" and side == "SELL":
                assert placed.shares == order.size
            elif kind == "FOK":
                assert placed.money > order.amount - UNIT
        bench.conserved()
        bench.clock.advance(pause)
        bench.engine.advance()
        bench.conserved()
    taken = sum((trade.fee for trade in bench.engine.trades), Decimal(0))
    assert bench.engine.ledger.accounts[FEES].cash == taken
    bench.clock.advance(2_000)
    bench.engine.advance()
    bench.conserved()
    for name in (HOUSE, MINT, *PEOPLE):
        assert not any(bench.engine.ledger.accounts[name].shares.values())
    assert refused <= len(steps)
