"""Value actions on real Postgres: a process that died, a value that somebody else set, and the trace of both."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from support.value_venue import ValueVenue, accepted

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.actions.value_change import ValueChange
from argosy.infrastructure.storage.actions import intents

from .conftest import Desk

pytestmark = pytest.mark.integration
S = ActionStatus


def price(desk: Desk, wanted: str = "12") -> Action:
    change = ValueChange(field="price", before="10", wanted=wanted)
    return desk.order(
        kind=ActionKind.SET_PRICE, side=None, quantity="0", limit_price=Decimal(0), change=change
    )


@pytest.fixture
def desk(desk_on: Callable[..., Any]) -> Desk:
    made: Desk = desk_on(ValueVenue())
    return made


def died_in_the_call(desk: Desk, action: Action) -> None:
    """Leave the action as a process leaves it that died between sending and writing the answer."""
    desk.journal.decide(desk.caller, [action])
    begun, _ = desk.journal.begin(
        action.client_id,
        seen=desk.flags.read(desk.caller.scopes),
        quantity=None,
        liquidator=False,
        owner="dead",
    )
    assert begun.status is S.SUBMITTED


def test_a_change_of_a_dead_process_is_settled_by_a_read_and_not_sent_again(desk: Desk) -> None:
    desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    action = price(desk)
    died_in_the_call(desk, action)
    desk.venue.values["X", "price"] = "12"  # type: ignore[attr-defined]
    record = desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    assert (record.status, desk.intent(action).status, desk.venue.calls) == ("clean", S.FILLED, [])


def test_a_value_that_somebody_else_set_ends_the_change_with_an_alarm(desk: Desk) -> None:
    desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    action = price(desk)
    died_in_the_call(desk, action)
    desk.venue.values["X", "price"] = "11"  # type: ignore[attr-defined]
    desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    intent = desk.intent(action)
    assert (intent.status, intent.code) == (S.CANCELLED, "superseded")
    assert [e.data["code"] for e in desk.events.read() if e.type == "alarm"] == ["action.superseded"]
    assert intent.action.change == action.change  # `argosy trace` reads it from here


def test_an_open_change_keeps_a_second_one_of_its_field_from_being_sent(desk: Desk) -> None:
    desk.venue.setters = [accepted]  # type: ignore[attr-defined]
    (first,) = desk.submit(price(desk))
    (second,) = desk.submit(price(desk, "13"))
    assert (first.status, second.code, len(desk.venue.calls)) == (S.OPEN, "value.pending", 1)
    assert len(desk.database.run(intents.unsettled("bot"))) == 1
