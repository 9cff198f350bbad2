"""`argosy actions`: what no venue will tell any more is settled by a person, and leaves a trace."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration.gateway.test_fates import hidden
from support.commands import Argosy, in_process

from argosy.core.actions.action import ActionStatus
from argosy.core.safety.audit import Actor
from argosy.infrastructure import processes
from argosy.infrastructure.actions.senders import machine
from argosy.infrastructure.cancelling import CancelReport
from argosy.infrastructure.config import load_settings

GONE = "host:7:x@another-machine@7.1.boot.4026531836"


@pytest.fixture
def argosy(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    redis_url: str,
    database_url: str,
) -> Argosy:
    return in_process(monkeypatch, capsys, tmp_path, redis_url, database_url)


@pytest.fixture
def lost(desk_on: Callable[..., Any]) -> Any:
    """A desk, and an order of which nobody knows what became of it."""
    desk = desk_on(hidden(3600))
    order = desk.order(quantity="10", price="2")
    assert desk.submit(order)[0].status is ActionStatus.UNKNOWN
    desk.run("UPDATE intents SET owner = %s", GONE)
    return desk, order.client_id


def settle(argosy: Argosy, client_id: str, *more: str) -> Any:
    return argosy("actions", "settle", client_id, "--outcome", "never-arrived", *more)


def test_it_is_listed_and_settled_with_a_typed_confirmation(argosy: Argosy, lost: Any) -> None:
    desk, client_id = lost
    (row,) = argosy("actions", "list", "--json").json["actions"]
    assert (row["clientId"], row["status"], row["sender"], row["senderEnded"]) == (
        client_id,
        "unknown",
        GONE,
        False,
    )
    assert client_id in argosy("actions", "list", "--bot", "bot").out
    done = settle(argosy, client_id, "--reason", "not in its history", "--confirm", client_id[-6:], "--json")
    assert (done.code, done.json["code"]) == (0, "never_arrived")
    assert desk.all("SELECT status, code, reserved, owner FROM intents") == [
        ("cancelled", "never_arrived", 0, None)
    ]
    (audited,) = desk.all("SELECT subject, reason, origin FROM audit_log WHERE action = 'action.settle'")
    assert audited == (f"action:{client_id}", "not in its history", "cli")
    assert argosy("actions", "list", "--json").json["actions"] == []
    assert desk.reconciler.announce() >= 0
    again = settle(argosy, client_id, "--reason", "again", "--confirm", client_id[-6:])
    assert again.code == 6


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--reason", "x", "--confirm", "000000x"), 2),
        (("--confirm", "{end}"), 2),
        (("--reason", "  ", "--confirm", "{end}"), 2),
    ],
)
def test_nothing_is_settled_without_confirmation_and_reason(
    argosy: Argosy, lost: Any, more: tuple[str, ...], code: int
) -> None:
    desk, client_id = lost
    given = [each.format(end=client_id[-6:]) for each in more]
    assert settle(argosy, client_id, *given).code == code
    assert desk.all("SELECT status FROM intents") == [("unknown",)]
    assert desk.all("SELECT 1 FROM audit_log WHERE action = 'action.settle'") == []


def test_a_sender_that_still_runs_here_must_be_ended_first(argosy: Argosy, lost: Any) -> None:
    desk, client_id = lost
    desk.run("UPDATE intents SET owner = %s", f"host:7:x@{machine()}@{processes.identity(os.getpid())}")
    refused = settle(argosy, client_id, "--reason", "x", "--confirm", client_id[-6:])
    assert refused.code == 6
    assert str(os.getpid()) in refused.err
    assert desk.all("SELECT status FROM intents") == [("unknown",)]


def test_an_unknown_id_is_said(argosy: Argosy, lost: Any) -> None:
    assert settle(argosy, "f" * 32, "--reason", "x", "--confirm", "f" * 6).code == 5


def test_a_later_word_of_the_venue_overrules_it(argosy: Argosy, lost: Any) -> None:
    desk, client_id = lost
    settle(argosy, client_id, "--reason", "x", "--confirm", client_id[-6:])
    order = desk.journal.get(client_id).action
    after, _ = desk.journal.settle(desk.venue.do(order, order.quantity), actor="test")
    assert after.status is ActionStatus.FILLED


def test_cancel_all_leaves_a_row_in_the_audit_when_postgres_answers(argosy: Argosy, desk: Any) -> None:
    from argosy.bootstrap.cancelling import leave_trace

    report = CancelReport(listed=True, failures=["one"])
    actor = Actor(id="me", origin="cli")
    assert leave_trace("binance", report, load_settings(), actor=actor, reason="drill", sandbox_bot="")
    (row,) = desk.all("SELECT subject, reason, after FROM audit_log WHERE action = 'orders.cancel_all'")
    assert row[:2] == ("venue:binance", "drill")
    assert row[2]["failures"] == ["one"]


def test_unknown_actions_are_counted_as_in_flight_and_not_waited_for(lost: Any) -> None:
    from argosy.core.safety.emergency import EmergencyState
    from argosy.infrastructure.safety.service import EmergencyService

    desk, _ = lost
    waits: list[float] = []

    class Clock(type(desk.clock)):  # type: ignore[misc]
        def sleep(self, seconds: float) -> None:
            waits.append(seconds)

    emergency = EmergencyService(desk.database, desk.flags, desk.events, Clock(), drain_s=60)
    halted = emergency.change("bot:bot", EmergencyState.HALT, actor=Actor(id="t"), reason="t")
    assert (halted.in_flight, waits) == (1, [])
