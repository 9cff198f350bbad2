"""Taking working orders back."""

from __future__ import annotations

from decimal import Decimal

from support.gateway_desk import CALLER, Desk, hidden

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.intent import Intent
from argosy.errors import UnknownOutcome

D = Decimal
S = ActionStatus


def working(desk: Desk, filled: str = "3") -> Intent:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(filled), status=S.OPEN)]
    order = desk.order(time_in_force="GTC")
    desk.submit(order)
    found = desk.journal.get(order.client_id)
    assert found is not None
    return found


def test_a_cancellation_asks_for_its_order_at_once(desk: Desk) -> None:
    order = working(desk)
    assert desk.gateway.cancel(order, desk.venues, CALLER, why="x").status is S.FILLED
    after = desk.journal.get(order.client_id)
    assert after is not None and (after.status, after.filled, after.reserved) == (S.CANCELLED, 3, 0)
    assert desk.venue.lookups == [order.client_id]


def test_a_cancellation_of_what_has_ended_asks_for_nothing(desk: Desk) -> None:
    order = working(desk)
    desk.journal.put(order.action, status=S.CANCELLED)
    desk.gateway.cancel(order, desk.venues, CALLER, why="x")
    assert desk.venue.lookups == []


def test_a_cancellation_of_what_nobody_knows_asks_for_nothing(desk: Desk) -> None:
    order = working(desk)
    del desk.journal._intents[order.client_id]
    assert desk.gateway.cancel(order, desk.venues, CALLER, why="x").status is S.FILLED
    assert desk.venue.lookups == []


def test_a_cancellation_that_is_not_known_says_nothing_of_its_order() -> None:
    desk = Desk(hidden(60))
    order = working(desk)

    def away(_: Action) -> ActionResult:
        raise UnknownOutcome("dropped")

    desk.venue.execute = away  # type: ignore[method-assign]
    assert desk.gateway.cancel(order, desk.venues, CALLER, why="x").status is S.UNKNOWN
    assert order.client_id not in desk.venue.lookups


def test_an_order_with_the_name_of_another_cancels_nothing(desk: Desk) -> None:
    order = working(desk)
    desk.submit(desk.order(parameters={"clientId": order.client_id}))
    assert desk.venue.lookups == []
