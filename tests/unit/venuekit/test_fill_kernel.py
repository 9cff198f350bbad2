"""Fill kernel: walks through books, and depth that is not filled twice."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.core.venues.venue import Level, OrderBook
from argosy.venuekit.paper.fill_kernel import ConsumedDepth, Taken, walk

D = Decimal
SIZES = st.integers(1, 50).map(D)


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
