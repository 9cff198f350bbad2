"""What is told of actions while nobody waits for them: how often, and of whom."""

from __future__ import annotations

from decimal import Decimal

import pytest

from argosy.core.actions.action import ActionStatus
from argosy.core.clock import DrivenClock
from argosy.infrastructure.actions.reconcile import Reconciler

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("later_s", "told"), [(59.999, 0), (60, 1), (61, 1)])
def test_what_history_does_not_hear_of_is_told_again_once_a_minute(desk, later_s: float, told: int) -> None:
    desk.submit(desk.order())
    desk.run("UPDATE intent_changes SET at = at - interval '1 hour'")
    clock = DrivenClock(desk.clock.now())
    reconciler = Reconciler(desk.database, desk.gateway, desk.events, clock)
    assert reconciler.announce() == 1
    clock.advance(later_s)
    assert reconciler.announce() == told


def test_an_alarm_says_whose_it_is(desk) -> None:
    """Of a strategy where legs ended unequal, of the bot alone where its record differs."""
    first, second = desk.pair()
    desk.venue.answers = [
        lambda venue, action: venue.do(action, Decimal(4), status=ActionStatus.CANCELLED),
        lambda venue, action: venue.do(action, Decimal(1), status=ActionStatus.CANCELLED),
    ]
    desk.submit(first, second)
    desk.reconciler.check_legs(desk.intent(first))
    desk.reconciler.bot(desk.caller, desk.venues, trigger="start")
    desk.venue.cash += 1
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    alarms = [event for event in desk.events.read() if event.type == "alarm"]
    assert {(event.data["code"], event.bot_id, event.strategy_id) for event in alarms} == {
        ("one_legged", "bot", "s1"),
        ("reconciliation.drift", "bot", None),
    }
