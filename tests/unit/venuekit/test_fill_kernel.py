"""Fill kernel: walks through books, and depth that is not filled twice."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.core.venues.venue import Level, OrderBook
from argosy.venuekit.paper.consumed_depth import ConsumedDepth, RefilledDepth, Taken
from argosy.venuekit.paper.fill_kernel import rounded_fee, spend, walk

D = Decimal
SIZES = st.integers(1, 50).map(D)
ASKS = st.lists(st.tuples(st.integers(1, 99), st.integers(0, 50)), max_size=8).map(
    lambda rows: [Level(price=D(price) / 100, size=D(size)) for price, size in sorted(rows)]
)


def book(*asks: tuple[Decimal, Decimal]) -> OrderBook:
    return OrderBook(
        venue="v",
        symbol="s",
        bids=[],
        asks=[Level(price=price, size=size) for price, size in asks],
        at=None,
        received_at=datetime(2026, 11, 30, tzinfo=UTC),
    )


@given(st.lists(SIZES, min_size=1, max_size=6), st.lists(SIZES, min_size=1, max_size=8))
def test_a_level_that_shows_the_same_size_is_filled_once(sizes: list[Decimal], orders: list[Decimal]) -> None:
    shown = book(*((D(100 + n), size) for n, size in enumerate(sizes)))
    depth, filled = ConsumedDepth(), D(0)
    for quantity in orders:
        offered = shown.asks
        walked = walk(depth.left(offered), quantity)
        filled += walked.shares
        depth = depth.plus(offered, walked, shown)
    assert filled == min(sum(sizes), sum(orders))
    assert sum(each.gone for each in depth.levels.values()) == filled


def test_a_level_that_shows_another_size_is_new() -> None:
    depth = ConsumedDepth({D(100): Taken(D(5), D(5)), D(101): Taken(D(3), D(1))})
    later = book((D(100), D(4)), (D(101), D(3)))
    assert depth.left(later.asks) == [Level(price=D(100), size=D(4)), Level(price=D(101), size=D(2))]
    assert set(depth.still_shown(later).levels) == {D(101)}


def test_a_record_of_the_other_side_stays_while_it_is_shown() -> None:
    both = book((D(101), D(3))).model_copy(update={"bids": [Level(price=D(99), size=D(2))]})
    depth = ConsumedDepth({D(99): Taken(D(2), D(1)), D(98): Taken(D(9), D(9))})
    after = depth.plus(both.asks, walk(both.asks, D(1)), both)
    assert after.levels == {D(99): Taken(D(2), D(1)), D(101): Taken(D(3), D(1))}


@given(ASKS, SIZES, st.integers(0, 100).map(lambda cents: D(cents) / 100), st.sampled_from(["buy", "sell"]))
def test_a_walk_takes_the_best_offers_within_its_limit(
    asks: list[Level], quantity: Decimal, limit: Decimal, side: str
) -> None:
    offers = asks if side == "buy" else asks[::-1]
    walked = walk(offers, quantity, limit, side=side)
    allowed = [level for level in offers if (level.price <= limit) == (side == "buy") or level.price == limit]
    assert walked.shares == min(quantity, sum(level.size for level in allowed))
    assert walked.notional == sum(part.price * part.size for part in walked.taken)
    before = [level for level in allowed if level.size][: len(walked.taken)]
    assert [part.offer for part in walked.taken] == before
    assert all(part.size == part.offer.size for part in walked.taken[:-1])


@given(ASKS, SIZES, SIZES)
def test_the_first_part_of_a_walk_is_the_walk_for_less(
    asks: list[Level], quantity: Decimal, less: Decimal
) -> None:
    assert walk(asks, quantity).first(less) == walk(asks, min(quantity, less))


@given(ASKS, st.integers(1, 5_000).map(lambda cents: D(cents) / 100))
def test_an_amount_is_spent_but_for_less_than_a_step(asks: list[Level], amount: Decimal) -> None:
    step = D("0.000001")
    walked = spend(asks, amount, step)
    assert walked.notional <= amount
    if walked.shares < sum(level.size for level in asks):
        assert amount - walked.notional < step
    assert all(part.size == part.offer.size or not part.size % step for part in walked.taken)


@given(st.lists(st.tuples(SIZES, st.integers(1, 5)), max_size=6), st.integers(0, 12))
def test_refilled_depth_comes_back_at_its_own_time(fills: list[tuple[Decimal, int]], now_ms: int) -> None:
    depth: RefilledDepth[str] = RefilledDepth()
    for at_ms, (size, wait_ms) in enumerate(fills):
        depth.take("level", size, at_ms + wait_ms)
    gone = sum(size for at_ms, (size, wait_ms) in enumerate(fills) if at_ms + wait_ms > now_ms)
    assert depth.left("level", D(100), now_ms) == max(D(0), 100 - gone)
    assert depth.left("another", D(100), now_ms) == 100
    depth.forget(now_ms)
    assert depth.is_empty == (not gone)


def test_half_a_step_of_a_fee_is_charged_in_full() -> None:
    assert rounded_fee(D("0.5"), D("0.00000001"), D("0.00000001")) == D("0.00000001")
