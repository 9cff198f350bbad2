"""Paper orders that come late, or after they were given up."""

from __future__ import annotations

from typing import Any

import pytest
from support.deadlines import PassesAfter
from support.paper_desk import desk

from argosy.core.actions.action import ActionKind, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline
from argosy.domains.trading.action_kinds import MERGE_PAIR
from argosy.errors import NeverSent
from tests.support.binary import SLUG


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (ActionKind.PLACE_ORDER, {}),
        (ActionKind.PLACE_ORDER, {"time_in_force": "GTC", "limit_price": "0.40"}),
        (ActionKind.CANCEL_ORDER, {"side": None, "parameters": {"clientId": "resting"}}),
        (
            MERGE_PAIR,
            {"side": None, "quantity": "10", "parameters": {"slug": SLUG, "pairWith": "down-token"}},
        ),
    ],
)
def test_no_action_is_carried_out_after_its_deadline_or_after_it_was_given_up(
    kind: ActionKind, changes: dict[str, Any]
) -> None:
    there = desk()
    for token in ("up-token", "down-token"):
        assert there.buy(token, "20", "0.60").status is ActionStatus.FILLED
    resting = there.order("up-token", "40", "0.40", time_in_force="GTC", client_id="resting")
    there.venue.execute(resting)

    def state() -> Any:
        found = there.documents.get(there.venue.namespace, "account")
        assert found is not None
        return {name: value for name, value in found.value.items() if name not in ("recent", "consumed")}

    before = state()
    late = there.order("up-token", "10", "0.60", kind=kind, **changes)
    with pytest.raises(NeverSent):
        there.venue.execute(late, deadline=PassesAfter(0))
    assert there.venue.query_action(late.client_id) is None
    given_up = there.order("up-token", "10", "0.60", kind=kind, **changes)
    assert there.venue.withdraw(given_up)
    result = there.venue.execute(given_up, deadline=PassesAfter(9))
    assert (result.status, result.code) == (ActionStatus.DENIED, "never_sent")
    assert there.reopened().withdraw(given_up)
    assert state() == before
    in_time = there.order("up-token", "10", "0.60", kind=kind, **changes)
    assert there.venue.execute(in_time, deadline=PassesAfter(1)).status is not ActionStatus.REJECTED
    assert state() != before
    assert not there.venue.withdraw(in_time)


@pytest.mark.parametrize("recorded", [False, True])
def test_the_simulated_way_to_the_venue_is_no_delay_and_a_real_one_is(recorded: bool) -> None:
    there = desk(recorded=recorded)
    deadline = SendDeadline.from_now(there.clock, 0.001)
    assert there.venue.execute(there.order("up-token", "10", "0.60"), deadline=deadline).filled == 12
    books = there.source.books

    def slow(symbols: Any) -> Any:
        there.clock.advance(4)
        return books(symbols)

    there.source.books = slow  # type: ignore[method-assign]
    late = SendDeadline.from_now(there.clock, 3.0)
    with pytest.raises(NeverSent):
        there.venue.execute(there.order("up-token", "10", "0.60"), deadline=late)
