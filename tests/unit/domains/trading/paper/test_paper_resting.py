"""Paper orders that wait: by what they fill, and when they end."""

from __future__ import annotations

from datetime import timedelta

from argosy.core.actions.action import ActionKind, ActionStatus
from argosy.core.clock import to_ms
from tests.support.binary import SLUG, START, d
from tests.support.paper_desk import desk


def test_a_resting_order_fills_only_when_the_market_trades_through_it() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [
        (0.0, "0.49", "0.50", "0.50", "0.51"),
        (60.0, "0.49", "0.50", "0.50", "0.51"),
        (70.0, "0.44", "0.45", "0.55", "0.56"),
        (80.0, "0.43", "0.44", "0.56", "0.57"),
    ]
    there = desk(rows)
    action = there.order("up-token", "40", "0.45", time_in_force="GTC")
    assert there.venue.execute(action).status is ActionStatus.OPEN
    assert there.cash == 1000 - 18
    there.clock.set(START + timedelta(seconds=71))
    assert there.venue.query_action(action.client_id).status is ActionStatus.OPEN  # type: ignore[union-attr]
    there.clock.set(START + timedelta(seconds=81))
    done = there.venue.query_action(action.client_id)
    assert done is not None
    assert (done.status, done.average_price, done.fee) == (ActionStatus.FILLED, d("0.45"), 0)
    assert [fill.price for fill in done.fills] == [d("0.45")]
    assert there.cash == 1000 - 18


def test_a_resting_order_fills_by_what_is_offered_beyond_its_price_and_by_that_once() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [
        (0.0, "0.49", "0.50", "0.50", "0.51"),
        *((float(i), "0.43", "0.44", "0.56", "0.57") for i in range(70, 90)),
    ]
    there = desk(rows, size="30", at=0)
    action = there.order("up-token", "100", "0.45", time_in_force="GTC")
    there.venue.execute(action)
    for second in (71, 72, 73):
        there.clock.set(START + timedelta(seconds=second))
        part = there.reopened().query_action(action.client_id)
        assert part is not None
        assert (part.status, part.filled) == (ActionStatus.PARTIALLY_FILLED, 30)
    (waiting,) = there.venue.open_orders()
    assert (waiting.quantity, waiting.filled) == (100, 30)
    assert there.cash == 1000 - 45
    there.source.size = "50"
    assert there.venue.query_action(action.client_id).filled == 80  # type: ignore[union-attr]
    there.other(ActionKind.CANCEL_ORDER, "up-token", clientId=action.client_id)
    ended = there.venue.query_action(action.client_id)
    assert ended is not None
    assert (ended.status, [fill.quantity for fill in ended.fills]) == (ActionStatus.CANCELLED, [30, 50])
    assert there.cash == 1000 - 36


def test_an_order_with_an_expiration_ends_a_minute_before_it() -> None:
    there = desk()
    expires = str(to_ms(there.clock.now()) // 1000 + 200)
    action = there.order(
        "up-token", "40", "0.45", time_in_force="GTD", parameters={"slug": SLUG, "expiresAt": expires}
    )
    assert there.venue.execute(action).status is ActionStatus.OPEN
    there.clock.advance(139)
    assert there.venue.query_action(action.client_id).status is ActionStatus.OPEN  # type: ignore[union-attr]
    there.clock.advance(1)
    ended = there.venue.query_action(action.client_id)
    assert ended is not None
    assert (ended.status, ended.reason) == (ActionStatus.CANCELLED, "the order expired")
    assert there.cash == 1000


def test_a_resting_order_can_be_cancelled_once() -> None:
    there = desk()
    action = there.order("up-token", "40", "0.45", time_in_force="GTC")
    there.venue.execute(action)
    cancelled = there.other(ActionKind.CANCEL_ORDER, "up-token", clientId=action.client_id)
    assert cancelled.status is ActionStatus.FILLED
    assert there.cash == 1000
    assert there.venue.query_action(action.client_id).status is ActionStatus.CANCELLED  # type: ignore[union-attr]
    again = there.other(ActionKind.CANCEL_ORDER, "up-token", clientId=action.client_id)
    assert again.status is ActionStatus.REJECTED


def test_a_resting_order_ends_with_its_window() -> None:
    there = desk()
    action = there.order("up-token", "40", "0.45", time_in_force="GTC")
    there.venue.execute(action)
    there.clock.advance(900)
    assert there.venue.query_action(action.client_id).status is ActionStatus.CANCELLED  # type: ignore[union-attr]
    assert there.cash == 1000
