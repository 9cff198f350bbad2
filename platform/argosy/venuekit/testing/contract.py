"""Cases that every venue adapter passes.

A test module makes a subclass of `VenueContract` and a fixture `bench` that returns a `VenueBench`; pytest runs the
inherited cases. A simulated account takes `AccountContract`.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.venues import venue as venue_protocols
from argosy.core.venues.venue import (
    Balances,
    Capability,
    OpenOrders,
    OrderBooks,
    Positions,
    Quotes,
    Venue,
    Withdrawals,
)
from argosy.errors import NeverSent, OrderDenied, UnknownOutcome, VenueError
from argosy.venuekit.testing.bench import ScriptedReply, VenueBench, WireScript
from argosy.venuekit.testing.builders import PassesAfter

_PROTOCOLS = {
    Capability.QUOTES: Quotes,
    Capability.ORDER_BOOK: OrderBooks,
    Capability.BALANCES: Balances,
    Capability.POSITIONS: Positions,
    Capability.OPEN_ORDERS: OpenOrders,
}

_MOST_CHECKS = 8
"""More checks of a deadline than any adapter makes for one action."""


def execute(venue: Venue, action: Action, deadline: SendDeadline | None = None) -> ActionResult:
    """Execute an action; a denial is returned as a result, as the action gateway settles it."""
    try:
        return venue.execute(action, deadline=deadline)
    except OrderDenied as error:
        return ActionResult(
            client_id=action.client_id, status=ActionStatus.DENIED, code=error.code, reason=str(error)
        )


def is_unknown(venue: Venue, action: Action) -> bool:
    """Execute an action and return True if its outcome is unknown."""
    try:
        venue.execute(action)
    except UnknownOutcome:
        return True
    return False


def looked_up(venue: Venue, action: Action) -> ActionResult | None:
    """Look up an action; None if the venue does not know it, or cannot tell."""
    try:
        return venue.query_action(action.client_id)
    except VenueError:
        return None


def withdraw(venue: Venue, action: Action) -> bool:
    assert isinstance(venue, Withdrawals), "an adapter that records its actions has `withdraw`"
    return venue.withdraw(action)


def _optional_methods() -> Iterator[tuple[type, str]]:
    for protocol in list(vars(venue_protocols).values()):
        if (
            isinstance(protocol, type)
            and getattr(protocol, "_is_runtime_protocol", False)
            and protocol is not Venue
        ):
            for name, member in list(vars(protocol).items()):
                if not name.startswith("_") and inspect.isfunction(member):
                    yield protocol, name


def _wire(bench: VenueBench) -> WireScript:
    assert bench.script is not None, "a bench of an adapter has a script"
    return bench.script


def _writes(bench: VenueBench) -> int:
    return 0 if bench.script is None else bench.script.placed + bench.script.cancelled


class OrderContract:
    """Cases of orders."""

    def test_the_adapter_is_a_venue(self, bench: VenueBench) -> None:
        venue = bench.connect()
        assert isinstance(venue, Venue)
        assert venue.name
        assert venue.absence_proves_after_s >= 0
        assert venue.query_action("f" * 32) is None

    def test_an_order_is_sent_once_and_a_repetition_gets_the_same_result(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        first = venue.execute(order)
        assert first.status is ActionStatus.OPEN, "the bench's order must rest"
        again, elsewhere = venue.execute(order), bench.connect().execute(order)
        assert again == elsewhere == first
        assert bench.script is None or bench.script.placed == 1

    def test_two_processes_at_once_send_one_order(self, bench: VenueBench) -> None:
        order, start = bench.new_order(), threading.Barrier(2)
        found: list[ActionResult] = []

        def run(venue: Venue) -> None:
            start.wait(30)
            try:
                found.append(venue.execute(order))
            except UnknownOutcome:
                return

        threads = [threading.Thread(target=run, args=(bench.connect(),)) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert 1 <= len(found) <= 2
        assert bench.script is None or bench.script.placed == 1

    def test_an_action_of_another_kind_is_rejected(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        other = order.model_copy(update={"kind": ActionKind.CUSTOM})
        first = venue.execute(other)
        assert first.status is ActionStatus.REJECTED
        assert ActionKind.CUSTOM.value in (first.reason or "")
        assert first.code == "action.unsupported"
        assert venue.execute(other) == first
        assert _writes(bench) == 0


class LateContract:
    """Cases of late senders and of withdrawn actions."""

    def test_no_order_leaves_after_its_deadline(self, bench: VenueBench) -> None:
        for allowed in range(_MOST_CHECKS):
            venue, order = bench.connect(), bench.new_order()
            before = _writes(bench)
            found = execute(venue, order, PassesAfter(allowed))
            if found.code != NeverSent.code:
                assert allowed, "an order whose deadline has passed must not be sent"
                assert found.status is ActionStatus.OPEN
                return
            assert found.status is ActionStatus.DENIED
            assert _writes(bench) == before
        raise AssertionError("the order is never sent, however many checks pass")

    def test_no_cancellation_leaves_after_its_deadline(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        before, late = _writes(bench), bench.new_cancellation(order)
        assert execute(venue, late, PassesAfter(0)).code == NeverSent.code
        assert _writes(bench) == before
        found = venue.query_action(order.client_id)
        assert found is not None
        assert found.status is ActionStatus.OPEN

    def test_an_action_that_was_given_up_is_not_sent(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        assert withdraw(venue, order)
        assert withdraw(bench.connect(), order)
        assert execute(venue, order).code == NeverSent.code
        assert _writes(bench) == 0
        resting = bench.new_order()
        venue.execute(resting)
        before, cancellation = _writes(bench), bench.new_cancellation(resting)
        assert withdraw(venue, cancellation)
        assert execute(venue, cancellation).code == NeverSent.code
        assert _writes(bench) == before

    def test_an_action_that_was_sent_is_not_given_up(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        assert not withdraw(bench.connect(), order)
        cancellation = bench.new_cancellation(order)
        venue.execute(cancellation)
        assert not withdraw(bench.connect(), cancellation)

    def test_a_late_sender_loses_to_the_process_that_gave_up(self, bench: VenueBench) -> None:
        venue, other, order = bench.connect(), bench.connect(), bench.new_order()
        given_up: list[bool] = []
        bench.documents.before_write = lambda: given_up.append(withdraw(other, order))
        assert execute(venue, order).code == NeverSent.code
        assert given_up == [True]
        assert _writes(bench) == 0

    def test_a_store_that_is_away_stops_the_order_before_it_leaves(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        bench.documents.away = True
        assert is_unknown(venue, order)
        bench.documents.away = False
        assert _writes(bench) == 0


class CancelContract:
    """Cases of cancellations."""

    def test_a_cancellation_is_sent_once_and_a_repetition_gets_the_same_result(
        self, bench: VenueBench
    ) -> None:
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        cancellation = bench.new_cancellation(order)
        first = venue.execute(cancellation)
        assert first.status is ActionStatus.FILLED
        elsewhere = bench.connect()
        assert venue.execute(cancellation) == elsewhere.execute(cancellation) == first
        assert elsewhere.query_action(cancellation.client_id) == first
        assert bench.script is None or bench.script.cancelled == 1
        ended = venue.query_action(order.client_id)
        assert ended is not None
        assert ended.status is ActionStatus.CANCELLED

    def test_a_cancellation_of_a_cancellation_is_not_sent(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        cancellation = bench.new_cancellation(order)
        venue.execute(cancellation)
        before = _writes(bench)
        found = execute(venue, bench.new_cancellation(cancellation))
        assert found.status in (ActionStatus.DENIED, ActionStatus.REJECTED)
        assert _writes(bench) == before

    def test_a_cancellation_of_nothing_is_not_sent(self, bench: VenueBench) -> None:
        venue, order = bench.connect(), bench.new_order()
        found = execute(venue, bench.new_cancellation(order))
        assert found.status in (ActionStatus.DENIED, ActionStatus.REJECTED)
        assert found.reason
        assert _writes(bench) == 0


class WireContract:
    """Cases of lost replies, refusals and stores that fail after a request has left."""

    def test_an_order_is_recorded_before_it_leaves(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, other, order = bench.connect(), bench.connect(), bench.new_order()
        seen: list[bool] = []
        script.arrived = lambda: seen.append(withdraw(other, order))
        venue.execute(order)
        assert seen == [False], "an order on its way must not be withdrawn"

    def test_a_lost_reply_is_found_and_never_sent_again(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        script.reply = ScriptedReply.LOST
        assert is_unknown(venue, order)
        assert not withdraw(venue, order)
        if bench.finds_lost:
            found = bench.connect().query_action(order.client_id)
            assert found is not None
            assert found.status is ActionStatus.OPEN
            assert venue.execute(order) == found
        else:
            assert is_unknown(venue, order)
        assert script.placed == 1

    def test_an_order_that_never_arrived_is_not_sent_again(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        script.reply = ScriptedReply.DROPPED
        assert is_unknown(venue, order)
        assert looked_up(venue, order) is None
        assert is_unknown(venue, order)
        assert not withdraw(venue, order)
        assert script.placed == 0

    def test_a_refusal_is_final(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        script.reply = ScriptedReply.REFUSED
        first = venue.execute(order)
        assert first.status is ActionStatus.REJECTED
        assert first.reason
        assert bench.connect().execute(order) == venue.query_action(order.client_id) == first
        assert script.placed == 1

    def test_a_venue_that_cannot_be_reached_proves_no_absence(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        script.reply = ScriptedReply.LOST
        assert is_unknown(venue, order)
        script.is_down = True
        try:
            found = venue.query_action(order.client_id)
        except VenueError:
            return
        finally:
            script.is_down = False
        raise AssertionError(f"the look-up must raise, and returned {found}")

    def test_a_store_that_fails_after_the_order_left_leaves_its_outcome_unknown(
        self, bench: VenueBench
    ) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        script.arrived = lambda: setattr(bench.documents, "away", True)
        assert is_unknown(venue, order)
        bench.documents.away = False
        if bench.finds_lost:
            found = venue.query_action(order.client_id)
            assert found is not None
            assert found.status is ActionStatus.OPEN
            assert venue.execute(order) == found
        assert script.placed == 1

    def test_a_store_that_fails_after_a_refusal_leaves_the_outcome_unknown(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        script.reply = ScriptedReply.REFUSED
        script.arrived = lambda: setattr(bench.documents, "away", True)
        assert is_unknown(venue, order)
        bench.documents.away = False
        assert looked_up(venue, order) is None
        assert script.placed == 1

    def test_a_refused_cancellation_is_final(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        cancellation = bench.new_cancellation(order)
        script.reply = ScriptedReply.REFUSED
        first = venue.execute(cancellation)
        assert first.status is ActionStatus.REJECTED
        assert venue.execute(cancellation) == venue.query_action(cancellation.client_id) == first
        assert script.cancelled == 1

    def test_a_cancellation_whose_reply_was_lost_is_found(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        cancellation = bench.new_cancellation(order)
        script.reply = ScriptedReply.LOST
        assert is_unknown(venue, cancellation)
        found = bench.connect().query_action(cancellation.client_id)
        assert found is not None
        assert found.status is ActionStatus.FILLED
        assert venue.execute(cancellation) == found
        assert script.cancelled == 1

    def test_a_cancellation_that_never_arrived_is_not_sent_again(self, bench: VenueBench) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        cancellation = bench.new_cancellation(order)
        script.reply = ScriptedReply.DROPPED
        assert is_unknown(venue, cancellation)
        assert looked_up(venue, cancellation) is None
        assert is_unknown(venue, cancellation)
        assert script.cancelled == 0

    def test_a_store_that_fails_after_the_cancellation_left_leaves_its_outcome_unknown(
        self, bench: VenueBench
    ) -> None:
        script = _wire(bench)
        venue, order = bench.connect(), bench.new_order()
        venue.execute(order)
        cancellation = bench.new_cancellation(order)
        script.arrived = lambda: setattr(bench.documents, "away", True)
        assert is_unknown(venue, cancellation)
        bench.documents.away = False
        found = venue.query_action(cancellation.client_id)
        assert found is not None
        assert found.status is ActionStatus.FILLED
        assert script.cancelled == 1


class ProtocolContract:
    """Cases of optional protocols, which are recognised by the names of their methods."""

    def test_a_capability_comes_with_the_methods_of_its_protocol(self, bench: VenueBench) -> None:
        adapter = bench.connect()
        missing = [
            f"{capability} without {protocol.__name__}"
            for capability, protocol in _PROTOCOLS.items()
            if capability in adapter.capabilities and not isinstance(adapter, protocol)
        ]
        assert missing == []

    def test_methods_with_the_name_of_an_optional_protocol_have_its_parameters(
        self, bench: VenueBench
    ) -> None:
        adapter = bench.connect()
        for protocol, method in _optional_methods():
            if isinstance(adapter, protocol):
                asked = inspect.signature(getattr(protocol, method)).parameters
                offered = inspect.signature(getattr(adapter, method))
                named = [
                    name
                    for name, each in asked.items()
                    if name != "self" and each.kind is not each.KEYWORD_ONLY
                ]
                offered.bind(*named)  # raises TypeError for a method that only has the name


class AccountContract(OrderContract, LateContract, CancelContract, ProtocolContract):
    """All cases of a simulated account, which has no wire."""


class VenueContract(AccountContract, WireContract):
    """All cases of an adapter."""
