"""Senders that are stopped on their way to the venue (SIGSTOP), with real processes and the sandbox over HTTP."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import frozen_sender
from support.forked import PythonModule
from support.frozen_sender import BOT, SteppedClock, Venues, build, order

from argosy.core.actions.action import Action, ActionStatus
from argosy.core.actions.intent import Intent
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.domains.trading.market import window_slug
from argosy.domains.trading.sandbox.identity import account_of
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.actions.senders import has_ended
from argosy.infrastructure.safety.service import EmergencyService
from argosy.infrastructure.state.database_documents import DatabaseDocuments

S = ActionStatus
LEASE_MS = 400
LATEST_S = 0.5
"""Seconds after the stop at which the deadline of the call has passed."""
ABSENCE_S = 0.2
_WAIT_S = 60.0
_serial = itertools.count(1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(simulated(seed=7)) as served:
        yield served


@dataclass
class Sender:
    """The frozen process."""

    process: subprocess.Popen[str]

    def wait_stopped(self) -> None:
        found = os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert found is not None
        if found.si_code != os.CLD_STOPPED:
            raise AssertionError(self.process.communicate())

    def go_on(self) -> dict[str, Any]:
        os.kill(self.process.pid, signal.SIGCONT)
        out, err = self.process.communicate(timeout=_WAIT_S)
        assert self.process.returncode == 0, err
        found: dict[str, Any] = json.loads(out)
        assert found["stopped"]
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


class Office:
    """Another process of the platform: it reconciles and halts."""

    def __init__(
        self, desk: Any, redis_url: str, database_url: str, sandbox: SandboxThread, folder: Path
    ) -> None:
        self.desk = desk
        self.urls = {"redis_url": redis_url, "database_url": database_url}
        self.sandbox = sandbox
        self.file = folder / "orders.jsonl"
        self.clock = SteppedClock()
        self.documents = DatabaseDocuments(desk.database)
        self.gateway = Gateway(
            desk.journal,
            desk.flags,
            desk.events,
            self.clock,
            owner="office",
            alive=lambda sender: False,  # whoever is asked for here stands still
            has_ended=has_ended,
        )
        self.emergency = EmergencyService(desk.database, desk.flags, desk.events, self.clock, drain_s=0.2)
        self.senders: list[Sender] = []

    def url(self, kind: str) -> str:
        return str(self.file) if kind.startswith("provider") else self.sandbox.url

    def venue(self, kind: str) -> Any:
        made = build(kind, self.url(kind), self.documents, self.clock)
        if kind != "paper":
            made.absence_proves_after_s = ABSENCE_S
        if kind == "binance":
            made.is_window_closed = lambda action: False
        return made

    def action(self, kind: str) -> Action:
        number = next(_serial)
        if kind in ("polymarket", "paper"):
            # The next window, so that none ends during the test.
            market = self.venue("polymarket").market(
                window_slug("btc-updown-15m", self.clock.now() + frozen_sender.timedelta(minutes=15))
            )
            found = order("polymarket", number, market.up, "0.02")
            return (
                found.model_copy(update={"parameters": {"slug": market.slug}}) if kind == "paper" else found
            )
        if kind.startswith("provider"):
            return order("old", number, "BTC/USDT", "50", quantity="0.5")
        return order("binance", number, "BTC/USDT", "20000.00", quantity="0.001")

    def send(
        self,
        kind: str,
        point: str,
        action: Action,
        *,
        step_s: float = 0.0,
        latest_s: float = LATEST_S,
        wall_s: float = LATEST_S,
    ) -> Sender:
        told = {
            **self.urls,
            "kind": kind,
            "point": point,
            "url": self.url(kind),
            "action": action.to_wire(),
            "lease_ms": LEASE_MS,
            "latest_s": latest_s,
            "wall_s": wall_s,
            "step_s": step_s,
        }
        made = PythonModule(
            "support.frozen_sender",
            json.dumps(told),
            held=frozen_sender.HELD,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        sender = Sender(made)
        self.senders.append(sender)
        sender.wait_stopped()
        return sender

    def intent(self, action: Action) -> Intent:
        return self.desk.intent(action)

    def settle(self, kind: str, action: Action, *, for_s: float) -> Intent:
        """What beat does every two seconds."""
        venues, ends = Venues(self.venue(kind)), time.monotonic() + for_s
        while True:
            found = self.gateway.resolve(self.intent(action), venues)
            if found.status.final or time.monotonic() > ends:
                return found
            time.sleep(0.05)  # the platform's own pace: nothing tells when a lease has run out

    def halt(self) -> int:
        return self.emergency.change(
            f"bot:{BOT}", EmergencyState.HALT, actor=Actor(id="test"), reason="test"
        ).in_flight

    def orders(self, kind: str) -> list[Any]:
        """What reached the venue."""
        if kind.startswith("provider"):
            return self.file.read_text().splitlines() if self.file.exists() else []
        if kind == "paper":
            return [each for each in self.venue("paper").results() if each.status is not S.DENIED] + list(
                self.venue("paper").open_orders()
            )
        account = account_of(BOT)
        with httpx.Client(base_url=self.sandbox.url, timeout=30) as http:
            record = http.get("/sandbox/record", params={"account": account}).raise_for_status().json()
        return list(record["polymarket" if kind == "polymarket" else "binance"]["orders"])


@pytest.fixture
def office(
    desk_on: Callable[..., Any], redis_url: str, database_url: str, sandbox: SandboxThread, tmp_path: Path
) -> Iterator[Office]:
    desk = desk_on()
    desk.reconciler.bot(desk.caller, desk.venues, trigger="start")
    made = Office(desk, redis_url, database_url, sandbox, tmp_path)
    yield made
    for sender in made.senders:
        if sender.process.poll() is None:
            sender.kill()


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        ("polymarket", "begun"),
        ("polymarket", "terms"),
        ("binance", "terms"),
        ("ccxt", "begun"),
        ("ccxt-async", "terms"),
        ("provider", "terms"),
        ("provider-async", "begun"),
        ("paper", "begun"),
    ],
)
def test_one_that_stands_still_before_its_record_is_given_up_and_sends_nothing(
    office: Office, kind: str, point: str
) -> None:
    action, before = office.action(kind), office.orders(kind)
    sender = office.send(kind, point, action)
    given_up = office.settle(kind, action, for_s=_WAIT_S)
    assert (given_up.status, given_up.code, given_up.reserved) == (S.DENIED, "never_sent", 0)
    assert office.halt() == 0
    result = sender.go_on()
    assert (result["status"], result["code"]) == ("denied", "never_sent")
    assert office.orders(kind) == before
    assert office.intent(action).code == "never_sent"


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        ("polymarket", "claimed"),
        ("polymarket", "signed"),
        ("binance", "claimed"),
        ("binance", "signed"),
        ("ccxt", "signed"),
        ("provider", "claimed"),
        ("provider-async", "claimed"),
    ],
)
def test_one_that_stands_still_after_it_is_in_flight_until_it_goes_on(
    office: Office, kind: str, point: str
) -> None:
    action, before = office.action(kind), office.orders(kind)
    sender = office.send(kind, point, action)
    waiting = office.settle(kind, action, for_s=LATEST_S + LEASE_MS / 1000)
    assert waiting.status is S.UNKNOWN
    assert waiting.reserved > 0
    assert office.halt() == 1
    for step_s in (5, -5, 3600, -3600, 86_400, -86_400):
        office.clock.step_s = step_s
        assert office.settle(kind, action, for_s=2 * ABSENCE_S).status is S.UNKNOWN
    office.clock.step_s = 0.0
    result = sender.go_on()
    assert (result["status"], result["code"]) == ("denied", "never_sent")
    assert office.orders(kind) == before
    assert (office.intent(action).status, office.intent(action).reserved) == (S.DENIED, 0)


def test_one_that_stands_still_between_the_check_and_its_first_byte_is_never_given_up(office: Office) -> None:
    """Nothing closes this gap: the order arrives late, and the record has said all the time that it may."""
    kind = "polymarket"
    action, before = office.action(kind), office.orders(kind)
    sender = office.send(kind, "bytes", action)
    waiting = office.settle(kind, action, for_s=LATEST_S + LEASE_MS / 1000)
    assert (waiting.status, office.halt()) == (S.UNKNOWN, 1)
    sender.go_on()
    assert len(office.orders(kind)) == len(before) + 1
    assert office.settle(kind, action, for_s=1.0).status is S.OPEN
    cancelled = office.gateway.cancel(
        office.intent(action), Venues(office.venue(kind)), office.desk.caller, why="t"
    )
    assert cancelled.status is S.FILLED


@pytest.mark.parametrize(("kind", "point"), [("polymarket", "bytes"), ("provider", "claimed")])
def test_one_that_is_killed_while_it_stands_still_is_given_up(office: Office, kind: str, point: str) -> None:
    action, before = office.action(kind), office.orders(kind)
    sender = office.send(kind, point, action)
    assert office.settle(kind, action, for_s=LEASE_MS / 1000 + 4 * ABSENCE_S).status is S.UNKNOWN
    sender.kill()
    given_up = office.settle(kind, action, for_s=_WAIT_S)
    assert (given_up.status, given_up.code, given_up.reserved) == (S.CANCELLED, "never_arrived", 0)
    assert (office.halt(), office.orders(kind)) == (0, before)


@pytest.mark.parametrize("step_s", [5, -3600, 86_400])
def test_a_clock_that_steps_while_it_stands_still_lets_nothing_leave(office: Office, step_s: float) -> None:
    action, before = office.action("polymarket"), office.orders("polymarket")
    sender = office.send("polymarket", "claimed", action, step_s=step_s, latest_s=_WAIT_S)
    result = sender.go_on()  # at once: the monotonic clock would still allow it
    assert result["code"] == "never_sent"
    assert office.orders("polymarket") == before


def test_a_short_stop_changes_nothing(office: Office) -> None:
    action = office.action("binance")
    sender = office.send("binance", "terms", action, latest_s=_WAIT_S, wall_s=_WAIT_S)
    assert Decimal(sender.go_on()["filled"]) == 0
    assert office.intent(action).status is S.OPEN
