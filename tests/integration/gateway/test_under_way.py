"""A comparison beside actions that are under way, and what cannot be settled."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionResult, ActionStatus, Leg

D = Decimal
S = ActionStatus


def on_beat(desk, **more):
    return desk.reconciler.bot(desk.caller, desk.venues, trigger="beat", **more)


def alarms(desk) -> list[str]:
    return [event.data["code"] for event in desk.events.read() if event.type == "alarm"]


def working(venue: ScriptedVenue, action: Action) -> ActionResult:
    return venue.do(action, D(0), status=S.OPEN)


class Sudden(ScriptedVenue):
    """Does something just before it is asked for its balances."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], object] | None = None

    def balances(self):
        if self.before is not None:
            before, self.before = self.before, None
            before()
        return super().balances()


def test_an_order_that_fills_while_it_is_compared_is_no_drift(desk_on: Callable) -> None:
    venue = Sudden()
    desk = desk_on(venue)
    venue.answers = [working]
    order = desk.order(time_in_force="GTC")
    desk.submit(order)
    venue.before = lambda: venue.do(order, D(10))
    record = on_beat(desk)
    assert (record.status, record.settled) == ("clean", 1)
    assert desk.intent(order).status is S.FILLED


def test_in_live_mode_the_order_of_another_bot_is_asked_for_too(desk_on: Callable) -> None:
    venue = Sudden()
    desk = desk_on(venue)
    desk.run(
        "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, base_currency) "
        "VALUES ('bot2', 'Bot', 'trading', 'live', 'running', 'w', 'd', 1000, 'USD')"
    )
    mine, other = (type(desk.caller)("live", "trading", bot, "s1") for bot in ("bot", "bot2"))
    for caller in (mine, other):
        desk.reconciler.bot(caller, desk.venues, trigger="start")
    desk.run("UPDATE capital_accounts SET live_enabled = true")
    venue.answers = [working]
    order = desk.order(time_in_force="GTC")
    (result,) = desk.gateway.submit(other, desk.venues, [order])
    assert result.status is S.OPEN
    venue.before = lambda: venue.do(order, D(10))
    assert desk.reconciler.bot(mine, desk.venues, trigger="beat").clean


def test_a_call_that_lasts_leaves_the_comparison_open(desk_on: Callable) -> None:
    venue = ScriptedVenue()
    desk = desk_on(venue)
    on_beat(desk)
    before = desk.all("SELECT reconciled_at, reconciled_clean, blocked FROM capital_accounts")

    def slow(venue: ScriptedVenue, action: Action) -> ActionResult:
        result = venue.do(action, action.quantity)
        other = desk_on(venue, owner="other", living={"me", "other"})
        record = on_beat(other)
        assert (record.status, record.clean, list(record.differences)) == ("unsettled", False, [])
        return result

    venue.answers = [slow]
    desk.submit(desk.order())
    assert desk.all("SELECT reconciled_at, reconciled_clean, blocked FROM capital_accounts") == before
    assert alarms(desk) == []
    assert on_beat(desk).clean


def test_one_that_cannot_be_settled_blocks_its_bot_and_no_other_action(desk) -> None:
    desk.venue.answers = [working, working]
    odd, good = desk.order(time_in_force="GTC"), desk.order(time_in_force="GTC")
    desk.submit(odd, good)
    for order in (odd, good):
        desk.venue.do(order, D(10))
    found = desk.venue.known[odd.client_id]
    nameless = [fill.model_copy(update={"client_id": ""}) for fill in found.fills]
    desk.venue.known[odd.client_id] = found.model_copy(update={"fills": nameless})
    record = on_beat(desk)
    assert (record.status, record.unsettled, record.settled) == ("unsettled", 1, 1)
    assert desk.intent(good).status is S.FILLED
    assert desk.submit(desk.order())[0].code == "reconcile.blocked"
    assert alarms(desk) == ["reconciliation.unsettled"]


# --- legs -----------------------------------------------------------------------------------------------


def test_a_leg_that_is_taken_back_beside_a_filled_one_is_told(desk) -> None:
    up, down = desk.pair()
    desk.venue.answers = [lambda venue, action: venue.do(action, action.quantity), working]
    desk.submit(up, down)
    assert desk.gateway.cancel(desk.intent(down), desk.venues, desk.caller, why="halt").status is S.FILLED
    assert desk.intent(down).status is S.CANCELLED
    assert alarms(desk) == ["one_legged"]


@pytest.mark.parametrize(("filled", "told"), [("5", []), ("4", ["one_legged"])])
def test_a_leg_that_shrank_is_equal_when_it_did_all_that_was_left(desk, filled: str, told: list[str]) -> None:
    up, down = desk.pair()
    desk.venue.answers = [lambda venue, action: venue.do(action, D(5), status=S.CANCELLED), working]
    desk.submit(up, down)
    leg = desk.intent(down).action.leg
    assert isinstance(leg, Leg)
    assert (desk.intent(down).action.quantity, leg.asked) == (5, 10)
    desk.venue.do(down, D(filled), status=S.CANCELLED)
    on_beat(desk)
    assert alarms(desk) == told
