"""The same action from another delivery."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.gateway_desk import Desk

from argosy.core.actions.action import ActionStatus
from argosy.core.actions.intent import Change, Intent

D = Decimal
S = ActionStatus


def test_another_delivery_waits_for_the_word_of_the_first(desk: Desk) -> None:
    desk.living.add("other")
    order = desk.order()
    desk.sent(order)
    sleep = desk.clock.sleep

    def settled_meanwhile(seconds: float) -> None:
        sleep(seconds)
        if desk.waited_s() > 0.1:
            desk.journal.put(order, status=S.FILLED, filled=D(10), result=None)

    desk.clock.sleep = settled_meanwhile  # type: ignore[method-assign]
    assert desk.submit(order)[0].status is S.FILLED
    assert desk.venue.lookups == []
    assert desk.waited_s() == pytest.approx(0.2)


def test_another_delivery_asks_at_once_when_the_first_is_dead(desk: Desk) -> None:
    order = desk.order()
    desk.sent(order)
    desk.venue.do(order, D(10))
    assert desk.submit(order)[0].status is S.FILLED
    assert desk.waited_s() == 0
    assert desk.venue.calls == []


def test_another_delivery_gives_up_on_a_call_that_lasts(desk: Desk) -> None:
    desk.living.add("other")
    order = desk.order()
    desk.sent(order)
    assert desk.submit(order)[0].status is S.SUBMITTED
    assert desk.waited_s() == pytest.approx(1.7)
    assert desk.venue.calls == desk.venue.lookups == []


def test_an_action_begun_by_another_meanwhile_is_waited_for(desk: Desk) -> None:
    order = desk.order()
    begin = desk.journal.begin

    def too_late(client_id: str, **more: Any) -> tuple[Intent, Change | None]:
        begin(client_id, **{**more, "owner": "other"})
        desk.venue.do(order, D(10))
        return begin(client_id, **more)

    desk.journal.begin = too_late  # type: ignore[method-assign]
    assert desk.submit(order)[0].status is S.FILLED
    assert desk.venue.calls == []
    assert desk.venue.lookups == [order.client_id]


def test_an_action_ended_by_another_meanwhile_has_its_end(desk: Desk) -> None:
    order = desk.order()
    begin = desk.journal.begin

    def dropped(client_id: str, **more: Any) -> tuple[Intent, Change | None]:
        desk.journal.drop(client_id, code="x", reason="x", actor="other")
        return begin(client_id, **more)

    desk.journal.begin = dropped  # type: ignore[method-assign]
    assert desk.submit(order)[0].status is S.CANCELLED
    assert desk.waited_s() == 0
    assert desk.venue.lookups == []


def test_what_ends_while_it_is_dropped_is_told_once(desk: Desk) -> None:
    order = desk.order(venue="nowhere")
    intent = desk.decided(order)
    desk.journal.drop(order.client_id, code="x", reason="x", actor="other")
    assert desk.gateway._drop(intent, "y", "y").code == "x"
    assert desk.events.read() == []
