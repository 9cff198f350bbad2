"""A bot acts at a venue of another domain: the states and limits of both domains bind, the worse one wins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from integration.gateway.conftest import a_caller
from support.node_context import TheseVenues
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import ActionStatus
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState, emergency_scope
from argosy.infrastructure.safety.enforcer import Enforcer
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.money import positions
from argosy.infrastructure.storage.safety import limits, reconciliation_state

pytestmark = pytest.mark.integration
S = ActionStatus


class Markets(TheseVenues):
    """The venue `scripted` is the bot's own domain's, `bazaar` is one of the domain spice."""

    def __init__(self, venue: ScriptedVenue) -> None:
        self.bazaar = ScriptedVenue()
        self.bazaar.name = "bazaar"
        super().__init__({"scripted": venue, "bazaar": self.bazaar})

    def names(self) -> list[str]:
        return ["scripted"]

    def domain_of(self, name: str) -> str:
        return {"scripted": "trading", "bazaar": "spice"}.get(name, "")


@pytest.fixture
def desk(desk: Any) -> Any:
    desk.venues = Markets(desk.venue)
    desk.reconciler.bot(desk.caller, desk.venues, trigger="start")
    return desk


def there(desk: Any, **more: Any) -> Any:
    return desk.order(**{"venue": "bazaar", **more})


@pytest.mark.parametrize("state", [EmergencyState.HALT, EmergencyState.SHUTDOWN])
def test_a_stop_of_the_venues_domain_stops_every_bot_there(desk: Any, state: EmergencyState) -> None:
    (bought,) = desk.submit(there(desk))
    assert bought.status is S.FILLED
    desk.set(state, 2, scope="domain:spice")
    here, refused = desk.submit(desk.order(), there(desk))
    assert here.status is S.FILLED, "its own domain goes on"
    assert (refused.status, refused.code) == (S.DENIED, f"emergency.{state.name.lower()}")
    assert "domain:spice" in str(refused.reason)
    (sold,) = desk.submit(there(desk, side="sell", quantity="5"))
    assert sold.status is (S.FILLED if state is EmergencyState.HALT else S.DENIED)


def test_a_stop_of_the_bots_own_domain_holds_there_too(desk: Any) -> None:
    desk.set(EmergencyState.HALT, 2, scope="domain:trading")
    assert [result.code for result in desk.submit(desk.order(), there(desk))] == ["emergency.halt"] * 2


def test_an_alert_of_the_venues_domain_makes_smaller_what_goes_there(desk: Any) -> None:
    desk.set(EmergencyState.ALERT, 2, scope="domain:spice")
    here, beside = desk.order(), there(desk)
    desk.submit(here, beside)
    assert [desk.intent(order).action.quantity for order in (here, beside)] == [Decimal(10), Decimal(5)]


@pytest.mark.parametrize("redis", [True, False])
def test_what_was_decided_before_the_stop_is_not_begun(desk: Any, redis: bool) -> None:
    """Also where Redis was not told: its copy of the domain's flag is older than Postgres."""
    order = there(desk)
    desk.journal.decide(desk.caller, [order], {"bazaar": "spice"})
    desk.set(EmergencyState.HALT, 2, scope="domain:spice", redis=redis)
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.DENIED, "emergency.halt")
    assert desk.venues.bazaar.calls == []


def test_a_process_that_does_not_know_the_domain_is_bound_by_what_others_know(desk: Any) -> None:
    desk.submit(there(desk))
    desk.set(EmergencyState.HALT, 2, scope="domain:spice")
    desk.venues = TheseVenues({"bazaar": desk.venues.bazaar})
    assert desk.submit(there(desk))[0].code == "emergency.halt"


@pytest.mark.parametrize("domain", ["spice", "trading"])
def test_limits_of_both_domains_bind(desk: Any, domain: str) -> None:
    limit = Constraint(
        id="most", scope=f"domain:{domain}", kind=ConstraintKind.TOTAL_EXPOSURE, limit=Decimal(25)
    )
    desk.database.run(limits.save(limit, Actor(id="t"), at=desk.clock.now()))
    first, second = desk.submit(there(desk), there(desk))
    assert (first.status, second.status) == (S.FILLED, S.DENIED)
    assert "most" in str(second.reason) or second.code == "risk.total_exposure"
    (here,) = desk.submit(desk.order())
    assert here.status is (S.FILLED if domain == "spice" else S.DENIED), "20 of 25 are used there"


def test_what_is_held_and_open_there_belongs_to_both(desk: Any) -> None:
    desk.submit(there(desk))
    held, flows = desk.database.run(positions.holdings("paper"))
    assert [(each.domain, each.venue_domain) for each in held] == [("trading", "spice")]
    assert {each.venue_domain for each in flows if each.venue} == {"spice"}
    scope = emergency_scope("domain:spice")
    assert desk.database.run(reconciliation_state.missing(scope)) is None
    assert desk.database.run(reconciliation_state.to_compare(scope)) == ["bot"]
    enforcer = Enforcer.__new__(Enforcer)
    enforcer._database = desk.database
    desk.run("UPDATE intents SET status = 'open' WHERE venue = 'bazaar'")
    assert [each.action.venue for each in enforcer._at_the_venue(scope, True)] == ["bazaar"]
    assert enforcer._at_the_venue(emergency_scope("domain:credit"), True) == []


def test_a_venue_that_was_used_is_compared_though_it_is_of_another_domain(desk: Any) -> None:
    asked: list[str] = []
    known = dict(desk.venues._venues)
    desk.venues.get = lambda name: asked.append(name) or known[name]
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    assert "bazaar" not in asked
    desk.submit(there(desk))
    asked.clear()
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    assert {"scripted", "bazaar"} <= set(asked)


def test_the_domain_of_a_venue_is_kept_once(desk: Any) -> None:
    desk.submit(there(desk))
    assert desk.database.run(venue_domains.every()) == {"bazaar": "spice"}
    desk.database.run(venue_domains.keep({"bazaar": "spice", "scripted": "trading"}))
    assert desk.database.run(venue_domains.every()) == {"bazaar": "spice", "scripted": "trading"}
    assert a_caller().domain == "trading"
