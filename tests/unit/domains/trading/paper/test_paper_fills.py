"""What a paper order is filled by: books that are quotes, at prices that a trader could have had."""

from __future__ import annotations

import pytest

from argosy.core.actions.action import ActionStatus
from argosy.core.venues.venue import Level
from tests.support.binary import d
from tests.support.paper_desk import CALM, desk


def test_an_order_meets_the_book_of_later_not_of_its_decision() -> None:
    rows = [(0.0, "0.49", "0.50", "0.50", "0.51"), (60.1, "0.53", "0.54", "0.46", "0.47")]
    there = desk(rows)
    result = there.buy("up-token", "40", "0.50")
    assert (result.status, result.filled) == (ActionStatus.CANCELLED, 0)
    assert there.cash == 1000


def test_fok_takes_all_or_nothing_and_fak_what_there_is() -> None:
    there = desk(size="30")
    assert there.buy("up-token", "40", "0.50").filled == 0
    some = there.buy("up-token", "40", "0.50", time_in_force="FAK")
    assert (some.status, some.filled) == (ActionStatus.CANCELLED, 30)


def test_what_was_taken_is_gone_until_the_level_changes() -> None:
    there = desk(size="30")
    assert there.buy("up-token", "30", "0.50").filled == 30
    assert there.venue.books(["up-token"])[0].asks == [Level(price=d("0.50"), size=d(0))]
    assert there.buy("up-token", "30", "0.50").filled == 0
    there.source.size = "31"  # somebody has put in another order
    assert there.buy("up-token", "30", "0.50").filled == 30


def test_what_was_taken_stays_gone_when_the_other_side_is_taken_from() -> None:
    there = desk(size="30")
    assert there.buy("up-token", "30", "0.50").filled == 30
    assert there.buy("up-token", "1", "0.49", side="sell").filled == 1
    assert there.buy("up-token", "30", "0.50", time_in_force="FAK").filled == 0


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(0.0, "0.50", "0.50", "0.50", "0.51")], "locked or crossed"),
        ([(0.0, "0.52", "0.50", "0.50", "0.51")], "locked or crossed"),
        ([(0.0, "0.49", None, "0.50", "0.51")], "no such side"),
    ],
)
def test_books_that_are_no_quotes_fill_nothing(
    rows: list[tuple[float, str | None, str | None, str | None, str | None]], why: str
) -> None:
    there = desk(rows, at=0.5)
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert why in (result.reason or "")


def test_an_old_book_fills_nothing() -> None:
    there = desk([(0.0, "0.49", "0.50", "0.50", "0.51")], at=30)
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "old" in (result.reason or "")


def test_a_price_without_time_and_without_the_other_book_cannot_be_verified() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [(float(i), "0.49", "0.50", None, None) for i in range(100)]
    result = desk(rows, recorded=True).buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "cannot be verified" in (result.reason or "")


def test_a_price_the_other_book_contradicts_is_worsened_to_what_it_implies() -> None:
    # DOWN's bid of 0.50 says that UP cannot be bought under 0.50: an ask of 0.42 is an old read.
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [*CALM[:61], *((float(i), "0.41", "0.42", "0.50", "0.51") for i in range(61, 63))]
    cheap = desk(rows, recorded=True)
    assert cheap.buy("up-token", "40", "0.45").filled == 0
    fair = desk(rows, recorded=True)
    result = fair.buy("up-token", "40", "0.55")
    assert (result.filled, result.average_price) == (44, d("0.50"))


def test_a_proven_dislocation_fills_at_its_own_prices() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]] = list(CALM[:40])
    for i in range(40, 100):
        step = d(i % 3) / 100
        rows.append(
            (
                float(i),
                str(d("0.42") + step),
                str(d("0.43") + step),
                str(d("0.50") - step),
                str(d("0.51") - step),
            )
        )
    there = desk(rows, at=60, recorded=True)
    up = there.buy("up-token", "40", "0.46")
    assert up.status is ActionStatus.FILLED
    assert up.average_price is not None and up.average_price <= d("0.45")


def test_a_recording_that_ends_fills_nothing() -> None:
    there = desk(CALM[:61], at=60, recorded=True)
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "no later observation" in (result.reason or "")


def test_a_book_of_the_future_fills_nothing() -> None:
    there = desk()
    there.source.ahead_s = 10
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "clocks disagree" in (result.reason or "")
