"""Depth walks, fees and the pair edge: vectors worked out by hand, and laws that hold for any book."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.core.venues.venue import Level
from argosy.domains.trading.fees import breakeven_sum, fee_per_share, walk_fee
from argosy.domains.trading.market import FeeSchedule
from argosy.domains.trading.pair import marginal_edge, pair_edge
from argosy.venuekit.paper.fill_kernel import walk

NOW = datetime(2026, 9, 1, tzinfo=UTC)
CRYPTO = FeeSchedule(rate=Decimal("0.07"), exponent=Decimal(1), source="test", as_of=NOW)
D = Decimal

prices = st.integers(1, 99).map(lambda cents: D(cents) / 100)
sizes = st.integers(1, 50_000).map(lambda n: D(n) / 100)
ladders = st.lists(st.tuples(prices, sizes), min_size=1, max_size=8, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [Level(price=price, size=size) for price, size in sorted(pairs)]
)


def asks(*pairs: tuple[str, str]) -> list[Level]:
    return [Level(price=D(price), size=D(size)) for price, size in pairs]


def test_a_walk_over_two_levels_has_the_weighted_average() -> None:
    walked = walk(asks(("0.40", "10"), ("0.42", "30")), D(20))
    assert walked.shares == 20
    assert walked.average == D("0.41")
    assert walked.worst == D("0.42")


def test_a_walk_stops_at_its_limit() -> None:
    walked = walk(asks(("0.40", "10"), ("0.42", "30")), D(20), D("0.41"))
    assert (walked.shares, walked.notional) == (10, D("4.00"))


@given(ladders, sizes)
def test_a_walk_takes_what_there_is_and_no_more(ladder: list[Level], wanted: Decimal) -> None:
    walked = walk(ladder, wanted)
    assert walked.shares == min(wanted, sum(level.size for level in ladder))
    assert walked.average is not None
    assert ladder[0].price <= walked.average <= (walked.worst or 0)


def test_fee_vectors() -> None:
    # The venue's example: 100 shares at 0.50 in crypto cost 1.75 USD.
    assert CRYPTO.fee(D(100), D("0.50")) == D("1.75000")
    assert walk_fee(CRYPTO, asks(("0.50", "100"))) == D("1.75000")
    # Rounded to 5 decimals a fill: 7 · 0.07 · 0.33 · 0.67 = 0.108339.
    assert CRYPTO.fee(D(7), D("0.33")) == D("0.10834")
    squared = FeeSchedule(rate=D("0.25"), exponent=D(2), source="test", as_of=NOW)
    assert fee_per_share(squared, D("0.5")) == D("0.015625")
    assert CRYPTO.fee(D(100), D("0.50"), taker=False) == 0


def test_breakeven_at_even_odds_is_0965() -> None:
    assert breakeven_sum(CRYPTO, D("0.5"), D("0.5")) == D("0.965")


@given(prices, prices)
def test_breakeven_is_where_the_edge_is_nothing(up: Decimal, down: Decimal) -> None:
    assert marginal_edge(CRYPTO, up, down, D(0)) == breakeven_sum(CRYPTO, up, down) - up - down


def test_pair_edge_worked_out_by_hand() -> None:
    found = pair_edge(asks(("0.45", "100")), asks(("0.48", "60")), CRYPTO, buffer=D("0.002"))
    assert found is not None
    assert found.shares == 60
    # fees: 60·0.07·(0.45·0.55) + 60·0.07·(0.48·0.52) = 1.0395 + 1.04832
    assert found.fees == D("2.08782")
    assert found.profit == 60 - D("27.00") - D("28.80") - D("2.08782")
    assert found.edge == found.profit / 60 - D("0.002")
    assert found.cost + found.profit == 60


def test_a_sum_of_097_at_even_odds_has_no_edge() -> None:
    found = pair_edge(asks(("0.48", "100")), asks(("0.49", "100")), CRYPTO)
    assert found is not None
    assert found.shares == 0
    assert found.edge < 0


def test_the_walk_ends_where_the_next_pair_would_lose() -> None:
    found = pair_edge(asks(("0.40", "10"), ("0.55", "500")), asks(("0.48", "200")), CRYPTO)
    assert found is not None
    assert found.shares == 10
    assert found.up_limit == D("0.40")


def test_no_asks_no_edge() -> None:
    assert pair_edge([], asks(("0.48", "200")), CRYPTO) is None


@given(ladders, ladders, st.integers(0, 50).map(lambda n: D(n) / 1000))
def test_pair_edge_laws(up: list[Level], down: list[Level], minimum: Decimal) -> None:
    found = pair_edge(up, down, CRYPTO, minimum=minimum)
    assert found is not None
    if found.shares:
        ups, downs = walk(up, found.shares), walk(down, found.shares)
        # The same shares on both legs, at the prices the books really give.
        assert ups.shares == downs.shares == found.shares
        assert abs(found.up_average * found.shares - ups.notional) < D("1e-15")
        # Fees are rounded fill by fill, so the whole may be off by half a last digit for each.
        slack = D("0.00001") * 2 * (len(up) + len(down)) / found.shares
        assert found.edge > minimum - slack
        assert marginal_edge(CRYPTO, found.up_limit, found.down_limit, D(0)) > minimum
    else:
        assert marginal_edge(CRYPTO, up[0].price, down[0].price, D(0)) <= minimum


@given(ladders, ladders, sizes)
def test_a_cap_is_kept_and_never_costs_edge(up: list[Level], down: list[Level], most: Decimal) -> None:
    free = pair_edge(up, down, CRYPTO)
    capped = pair_edge(up, down, CRYPTO, most=most)
    assert free is not None and capped is not None
    assert capped.shares == min(free.shares, most)
    if capped.shares:
        assert capped.edge >= free.edge - D("0.001")
