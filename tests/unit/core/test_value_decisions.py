"""Decisions on changes of values: what limits see of an action, and of the actions before it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.gateway_desk import CALLER, Desk
from support.risk import limit
from support.value_venue import ValueVenue, accepted

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.actions.value_change import ValueChange
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.venues.market_facts import MarketFacts
from argosy.errors import VenueUnavailable

D = Decimal
K = ConstraintKind
S = ActionStatus


def desk_with(*limits: Constraint) -> Desk:
    return Desk(venue=ValueVenue(), constraints=limits)


def change(wanted: str, before: str = "10", field: str = "price", **more: Any) -> Action:
    values: dict[str, Any] = {
        "kind": ActionKind.SET_PRICE,
        "side": None,
        "quantity": "0",
        "price": "0",
        "change": ValueChange(field=field, before=before, wanted=wanted),
    }
    return Desk().order(**{**values, **more})


def level(wanted: str, current: str) -> Action:
    return Desk().order(
        kind=ActionKind.SET_BUDGET, side=None, quantity=wanted, price="1", parameters={"current": current}
    )


def test_two_edits_of_one_asset_in_one_submission_keep_their_distance() -> None:
    desk = desk_with(limit(K.COOLDOWN, 60))
    first, second = desk.submit(change("12"), change("41", "40", "budget", kind=ActionKind.CUSTOM))
    assert (first.status, second.code) == (S.FILLED, "risk.cooldown")


def test_a_level_without_a_change_is_an_edit_as_well() -> None:
    desk = Desk(constraints=[limit(K.LARGEST_CHANGE, "0.2"), limit(K.COOLDOWN, 60)])
    levels = [level("50", "40"), level("44", "40"), level("46", "44")]
    decided, _ = desk.journal.decide(CALLER, levels)
    assert [each.code for each in decided] == ["risk.largest_change", None, "risk.cooldown"]


def test_a_price_is_set_by_a_change_and_not_past_the_limits() -> None:
    desk = desk_with(limit(K.PRICE_FLOOR, 5))
    (result,) = desk.submit(change("12").model_copy(update={"change": None, "limit_price": D(1)}))
    assert (result.status, result.code) == (S.DENIED, "input.action")
    assert "needs a change" in (result.reason or "")


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (change("4"), "risk.price_floor"),
        (Desk().order("sell", price="4"), "risk.price_floor"),
        (Desk().order("sell", price="4").model_copy(update={"limit_price": None}), "price.unknown"),
        (Desk().order(kind=ActionKind.LIST, side=None, price="4"), "risk.price_floor"),
        (Desk().order(kind=ActionKind.CREATE_LISTING, side=None, price="4"), "risk.price_floor"),
        (
            Desk().order(kind=ActionKind.CREATE_LISTING, side=None).model_copy(update={"limit_price": None}),
            "risk.unknown",
        ),
    ],
)
def test_every_way_to_ask_for_a_price_meets_the_floor(action: Action, code: str) -> None:
    (result,) = desk_with(limit(K.PRICE_FLOOR, 5)).submit(action)
    assert (result.status, result.code) == (S.DENIED, code)


def test_an_edit_that_was_denied_starts_no_pause() -> None:
    desk = desk_with(limit(K.COOLDOWN, 60), limit(K.LARGEST_CHANGE, "0.2"))
    assert desk.submit(change("20"))[0].code == "risk.largest_change"
    assert desk.submit(change("12"))[0].status is S.FILLED
    desk.clock.advance(59)
    assert desk.submit(change("12.5", "12"))[0].code == "risk.cooldown"
    desk.clock.advance(1)
    assert desk.submit(change("12.5", "12"))[0].status is S.FILLED


def test_an_edit_of_another_user_starts_the_pause_too() -> None:
    desk = desk_with(limit(K.COOLDOWN, 60))
    desk.venue.values["X", "price"] = "11"  # type: ignore[attr-defined]
    assert desk.submit(change("12"))[0].code == "superseded"
    assert desk.submit(change("12", "11"))[0].code == "risk.cooldown"


class Ads(ValueVenue):
    """A venue that may spend twice a daily budget; each change stays open."""

    facts: MarketFacts | None = MarketFacts(overspend=D(2), spent_today=D(30))

    def __init__(self) -> None:
        super().__init__(*[accepted] * 9)

    def market_facts(self, symbol: str) -> MarketFacts:
        if self.facts is None:
            raise VenueUnavailable("the venue does not answer")
        return self.facts


def budget(wanted: str, before: str = "40") -> Action:
    change_ = ValueChange(field="budget", before=before, wanted=wanted)
    return Desk().order(kind=ActionKind.SET_BUDGET, side=None, quantity=wanted, price="1", change=change_)


@pytest.mark.parametrize(
    ("wanted", "facts", "reserved"),
    [
        ("50", MarketFacts(overspend=D(2), spent_today=D(30)), "70"),
        ("50", MarketFacts(overspend=D(2)), "100"),
        ("50", MarketFacts(overspend=D(2), spent_today=D(99)), "10"),
        ("50", MarketFacts(), "10"),
        ("515", MarketFacts(overspend=D(2), spent_today=D(30)), "1000"),
    ],
)
def test_a_raised_budget_reserves_the_rest_of_the_day_at_the_venues_overspend(
    wanted: str, facts: MarketFacts, reserved: str
) -> None:
    venue = Ads()
    venue.facts = facts
    desk, action = Desk(venue=venue), budget(wanted)
    assert desk.submit(action)[0].status is S.OPEN
    intent = desk.journal.get(action.client_id)
    assert intent is not None
    assert intent.reserved == D(reserved)


def test_a_budget_beyond_the_free_cash_at_its_worst_is_denied() -> None:
    desk = Desk(venue=Ads())
    (result,) = desk.submit(budget("515.01"))  # 2 * 515.01 - 30 is 1000.02
    assert (result.status, result.code) == (S.DENIED, "capital.cash")
    limited = Desk(venue=Ads(), constraints=[limit(K.CAPITAL_PER_ACTION, 69)])
    assert limited.submit(budget("50"))[0].code == "risk.capital_per_action"


def test_a_venue_that_cannot_be_read_raises_no_budget_and_lowers_one() -> None:
    venue = Ads()
    venue.facts = None
    desk = Desk(venue=venue)
    assert desk.submit(budget("50"))[0].code == "overspend.unknown"
    assert desk.submit(budget("30"))[0].status is S.OPEN
