"""From decision to answer: what is sent, what is not, and what is written of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import localcontext
from typing import Any

import pytest
from support.gateway_desk import CALLER, MOMENT, START, Desk

from argosy.core.actions.action import ActionStatus
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.errors import Unavailable
from argosy.infrastructure.actions import ScopedGateway

S = ActionStatus


def test_nothing_asks_for_nothing() -> None:
    desk = Desk(reconciled=[])
    assert desk.submit() == []
    assert desk.reconciled == []
    desk.submit(desk.order())
    assert desk.reconciled == [CALLER]


def test_a_filled_order_is_told_step_by_step_and_noted(desk: Desk) -> None:
    (result,) = desk.submit(desk.order())
    assert (result.status, result.filled) == (S.FILLED, 10)
    assert [event.data["status"] for event in desk.events.read()] == ["planned", "submitted", "filled"]
    assert desk.journal.noted == [1, 2, 3]
    assert desk.waited_s() == 0


def test_the_same_order_again_is_not_sent(desk: Desk) -> None:
    order = desk.order()
    assert desk.submit(order) == desk.submit(order)
    assert len(desk.venue.calls) == 1
    assert desk.venue.lookups == []


def test_a_denied_order_is_not_sent(desk: Desk) -> None:
    (result,) = desk.submit(desk.order(quantity="1000"))
    assert (result.status, result.code) == (S.DENIED, "capital.cash")
    assert desk.venue.calls == []


def test_a_node_that_reckons_with_few_digits_is_judged_by_all(desk: Desk) -> None:
    gateway = ScopedGateway(lambda: desk.gateway, CALLER, desk.venues)
    with localcontext(prec=2):
        (result,) = gateway.submit([desk.order(quantity="500.4")])  # 1000.80 of 1000
    assert (result.status, result.code) == (S.DENIED, "capital.cash")


def test_a_journal_that_is_away_refuses_in_words(desk: Desk) -> None:
    def away(*_: Any) -> Any:
        raise Unavailable("Postgres is away")

    desk.journal.decide = away  # type: ignore[method-assign]
    (result,) = desk.submit(desk.order())
    assert (result.status, result.code) == (S.DENIED, "unavailable.unavailable")


def test_flags_that_cannot_be_read_let_nothing_start(desk: Desk) -> None:
    def away(_: Sequence[str]) -> Any:
        raise Unavailable("Redis is away")

    desk.flags.read = away  # type: ignore[method-assign]
    order = desk.order()
    desk.flags.effective = lambda _: EmergencyFlag("platform", EmergencyState.NORMAL, 1)  # type: ignore[method-assign]
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.DENIED, "emergency.unknown")
    assert desk.venue.calls == []


def test_a_halt_after_the_decision_stops_the_call(desk: Desk) -> None:
    order = desk.order()
    desk.decided(order)
    desk.flags.write(EmergencyFlag("bot:bot", EmergencyState.HALT, 2))
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.DENIED, "emergency.halt")
    assert desk.venue.calls == []
    assert desk.venue.lookups == []


@pytest.mark.parametrize(
    ("role", "status"), [("liquidator", S.FILLED), ("strategy", S.DENIED), ("operator", S.DENIED)]
)
def test_in_shutdown_the_liquidator_alone_begins(desk: Desk, role: Any, status: ActionStatus) -> None:
    desk.submit(desk.order())
    desk.flags.write(EmergencyFlag("platform", EmergencyState.SHUTDOWN, 2))
    (result,) = desk.submit(desk.order("sell"), caller=replace(CALLER, role=role))
    assert result.status is status


def test_a_venue_that_is_not_there_drops_the_order(desk: Desk) -> None:
    (result,) = desk.submit(desk.order(venue="nowhere"))
    assert (result.status, result.code) == (S.CANCELLED, "not_found")


def test_an_answer_waits_for_postgres_for_half_a_minute(desk: Desk) -> None:
    desk.journal.away_until = START + timedelta(seconds=29)
    (result,) = desk.submit(desk.order())
    assert result.status is S.FILLED
    assert 29 <= desk.waited_s() <= 31


def test_and_not_for_longer(desk: Desk) -> None:
    desk.journal.away_until = START + timedelta(hours=1)
    order = desk.order()
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.UNKNOWN, "unavailable.unavailable")
    assert 30 <= desk.waited_s() < 32
    assert desk.journal.tries > 10
    found = desk.journal.get(order.client_id)
    assert found is not None and found.status is S.SUBMITTED


def test_the_last_try_is_at_the_deadline(desk: Desk) -> None:
    """0.1, 0.2, 0.4, 0.8, 1.6 and then every 2 s: 0.1 · 31 + 2 · 13 = 29.1, so the next one is over 30."""
    desk.journal.away_until = START + timedelta(seconds=31.2)
    assert desk.submit(desk.order())[0].status is S.UNKNOWN
    assert desk.waited_s() == pytest.approx(31.1)
    exact = Desk()
    exact.clock.monotonic = lambda: 30.0 if exact.journal.tries else 0.0  # type: ignore[method-assign]
    exact.journal.away_until = START + timedelta(seconds=1)
    assert exact.submit(exact.order())[0].status is S.UNKNOWN
    assert exact.journal.tries == 1


def test_an_event_that_cannot_be_published_is_not_noted(desk: Desk) -> None:
    def away(_: Any) -> str:
        raise Unavailable("Redis is away")

    desk.events.publish = away  # type: ignore[method-assign]
    assert desk.submit(desk.order())[0].status is S.FILLED
    assert desk.journal.noted == []


def test_what_cannot_be_written_keeps_no_other_action_from_its_answer(desk: Desk) -> None:
    begin = desk.journal.begin
    first, second, third = (desk.order() for _ in range(3))

    def away_for_one(client_id: str, **more: Any) -> Any:
        if client_id == second.client_id:
            raise Unavailable("Postgres is away")
        return begin(client_id, **more)

    desk.journal.begin = away_for_one  # type: ignore[method-assign]
    assert [result.status for result in desk.submit(first, second, third)] == [S.FILLED, S.UNKNOWN, S.FILLED]
    assert [call.client_id for call in desk.venue.calls] == [first.client_id, third.client_id]


@pytest.mark.parametrize(("held_up_s", "sent"), [(3.0, 1), (3.001, 0)])
def test_a_process_that_was_held_up_after_it_began_sends_nothing(
    desk: Desk, held_up_s: float, sent: int
) -> None:
    """Whoever halts has waited for calls that had begun, and answered."""
    begin = desk.journal.begin

    def slow(client_id: str, **more: Any) -> Any:
        begun = begin(client_id, **more)
        desk.clock.advance(held_up_s)
        return begun

    desk.journal.begin = slow  # type: ignore[method-assign]
    order = desk.order()
    (result,) = desk.submit(order)
    assert (len(desk.venue.calls), result.status) == (sent, S.FILLED if sent else S.DENIED)
    assert result.code == (None if sent else "never_sent")
    found = desk.journal.get(order.client_id)
    assert found is not None and found.reserved == 0


@pytest.mark.parametrize(
    ("ago", "sent"),
    [(timedelta(seconds=60) - MOMENT, 1), (timedelta(seconds=60), 0), (timedelta(hours=1), 0)],
)
def test_what_was_decided_long_ago_is_not_sent(desk: Desk, ago: timedelta, sent: int) -> None:
    order = desk.order()
    desk.decided(order, decided_at=START - ago)
    (result,) = desk.submit(order)
    assert (len(desk.venue.calls), result.code) == (sent, None if sent else "never_sent")
