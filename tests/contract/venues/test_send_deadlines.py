"""Deadlines on real sockets: no whole request arrives after its deadline has passed.

This holds however late the client notices.
"""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import stamina
from loopback import Answers
from support.deadlines import PassesAfter
from test_exchange_orders import ACTION, answer, trading

from argosy.core.actions.action import ActionKind, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import SystemClock
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.errors import NeverSent, RateLimited, VenueUnavailable
from argosy.infrastructure.resilience.breaker import BreakerState
from argosy.infrastructure.resilience.http import HttpClient
from argosy.infrastructure.resilience.limits import Charge, Limit
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.retry import NO_RETRY
from argosy.infrastructure.resilience.shared import Shared

ORDER = "/binance/api/v3/order"


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(True, attempts=1):
        yield


def http(url: str, **options: Any) -> HttpClient:
    return HttpClient(url, name="venue", clock=SystemClock(), retry=NO_RETRY, **options)


class Bodies:
    """Record of requests that arrive whole."""

    def __init__(self, answers: Answers) -> None:
        self.whole: list[bytes] = []
        self.ended = threading.Event()
        answers.raw = self

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        announced = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(announced)
        if len(body) == announced:
            self.whole.append(body)
            answer(200, b"{}")(handler)
        handler.close_connection = True
        self.ended.set()


# The shared HTTP client -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "json", "allowed", "connections"),
    [
        ("POST", {"order": 1}, 0, 0),  # before anything
        ("POST", {"order": 1}, 1, 1),  # on the open connection
        ("POST", {"order": 1}, 2, 1),  # the headers are gone, the order is not
        ("DELETE", None, 0, 0),
        ("DELETE", None, 1, 1),
    ],
)
def test_a_request_whose_deadline_passed_never_arrives_whole(
    answers: Answers, method: str, json: Any, allowed: int, connections: int
) -> None:
    bodies = Bodies(answers)
    before = answers.connections
    with pytest.raises(NeverSent):
        http(answers.url).request(method, "/order", kind="write", json=json, send_by=PassesAfter(allowed))
    assert bodies.whole == []
    if connections:
        # A second request shows that the server has handled the first connection.
        assert http(answers.url).request("POST", "/x", kind="write", json={}) == {}
    assert answers.connections - before == connections * 2
    assert bodies.whole == [b"{}"] * connections


@pytest.mark.parametrize(("method", "json", "checks"), [("POST", {"order": 1}, 3), ("DELETE", None, 2)])
def test_a_request_in_time_is_checked_at_every_step_and_arrives_once(
    answers: Answers, method: str, json: Any, checks: int
) -> None:
    bodies, deadline = Bodies(answers), PassesAfter(checks)
    assert http(answers.url).request(method, "/order", kind="write", json=json, send_by=deadline) == {}
    assert (deadline.checks, len(bodies.whole)) == (checks, 1)


def test_a_deadline_that_passes_while_the_connection_is_made_is_noticed() -> None:
    """The listener's queue is full, so that connecting takes as long as the deadline does."""
    clock = SystemClock()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with socket.create_connection(listener.getsockname()):
            deadline = SendDeadline.from_now(clock, 0.2)
            failed: list[Exception] = []

            def send() -> None:
                try:
                    http(url).request("POST", "/order", kind="write", json={}, send_by=deadline)
                except (NeverSent, VenueUnavailable) as error:
                    failed.append(error)

            sender = threading.Thread(target=send)
            sender.start()
            sender.join(0.5)
            taken, _ = listener.accept()
            with taken:
                sender.join(10)
            listener.settimeout(2)
            try:
                late, _ = listener.accept()
            except TimeoutError:
                late = None
            if late is not None:
                with late:
                    late.settimeout(2)
                    assert late.recv(100) == b""
    assert len(failed) == 1


def test_waiting_for_our_own_limit_counts_and_says_nothing_of_the_venue(answers: Answers) -> None:
    answers.routes["/order"] = lambda q: {}
    breakers = MemoryBreakers(SystemClock())
    deadline = SendDeadline.from_now(SystemClock(), 0.05)

    class Slow:
        def take(self, charges: Any) -> float:
            return 0.0 if deadline.is_passed else 0.02

        def penalise(self, name: str, seconds: float) -> None:
            raise AssertionError

    client = http(answers.url, limiter=Slow(), breakers=breakers)
    charges = [Charge(Limit("l", 1, 1))]
    with pytest.raises(NeverSent):
        client.request("POST", "/order", kind="write", json={}, charges=charges, send_by=deadline)
    assert answers.seen == []
    assert [each.state for each in breakers.statuses()] in ([], [BreakerState.CLOSED])


# ccxt ---------------------------------------------------------------------------------------------------------


def orders_at(exchanges: Answers) -> list[str]:
    return [path for path in exchanges.seen if path == ORDER]


@pytest.mark.parametrize("allowed", [0, 1])
def test_an_order_whose_deadline_passes_in_ccxt_never_arrives_whole(exchanges: Answers, allowed: int) -> None:
    venue = trading(exchanges, Shared())
    bodies = Bodies(exchanges)
    result = venue.execute(ACTION, deadline=PassesAfter(allowed))
    assert (result.status, result.code) == (ActionStatus.DENIED, "never_sent")
    assert bodies.whole == []
    # The result is final: neither a look-up nor a second delivery sends anything.
    assert venue.query_action("c1") == result
    assert venue.execute(ACTION) == result
    assert bodies.whole == []


def test_an_order_in_time_arrives_once(exchanges: Answers) -> None:
    venue = trading(exchanges, Shared())
    deadline = PassesAfter(2)
    exchanges.raw = answer(400, b'{"code":-2010,"msg":"Account has insufficient balance"}')
    assert venue.execute(ACTION, deadline=deadline).status is ActionStatus.REJECTED
    assert (deadline.checks, len(orders_at(exchanges))) == (2, 1)


def test_a_cancellation_whose_deadline_passed_is_not_sent(exchanges: Answers) -> None:
    venue = trading(exchanges, Shared())
    exchanges.raw = answer(400, b'{"code":-2010,"msg":"no"}')
    venue.execute(ACTION)
    sent = len(exchanges.seen)
    cancel = ACTION.model_copy(
        update={"client_id": "c2", "kind": ActionKind.CANCEL_ORDER, "parameters": {"clientId": "c1"}}
    )
    assert venue.execute(cancel, deadline=PassesAfter(0)).code == "never_sent"
    assert venue.execute(cancel).code == "never_sent"
    assert len(exchanges.seen) == sent


def test_reads_of_a_late_write_are_not_stopped(exchanges: Answers) -> None:
    """Only the write itself has a deadline; its outcome is looked up however late it is."""
    venue = trading(exchanges, Shared())
    deadline = PassesAfter(2)
    exchanges.raw = answer(400, b'{"code":-2010,"msg":"Duplicate order sent."}')
    with pytest.raises(Exception, match="sent before"):
        venue.execute(ACTION, deadline=deadline)
    assert len(exchanges.seen) > 2


# Withdrawn actions --------------------------------------------------------------------------------------------


def test_what_was_given_up_is_not_sent_any_more(exchanges: Answers) -> None:
    venue = trading(exchanges, Shared())
    assert venue.withdraw(ACTION)
    assert venue.withdraw(ACTION)
    seen = len(exchanges.seen)
    assert venue.query_action("c1") is None
    with pytest.raises(NeverSent):
        venue.execute(ACTION)
    assert len(exchanges.seen) == seen


def test_what_was_sent_is_not_given_up(exchanges: Answers) -> None:
    venue = trading(exchanges, Shared())
    exchanges.raw = answer(400, b'{"code":-2010,"msg":"no"}')
    venue.execute(ACTION)
    assert not venue.withdraw(ACTION)


@pytest.mark.parametrize(("later_ms", "closed"), [(13_000, False), (13_001, True), (86_400_000, True)])
def test_binance_refuses_what_its_window_does_not_hold_any_more(
    exchanges: Answers, later_ms: int, closed: bool
) -> None:
    """The window is 3 s until the signature, 5 s of `recvWindow`, and 5 s of clock difference.

    The exchange's own clock counts.
    """
    venue = trading(exchanges, Shared())
    assert not venue.is_window_closed(ACTION)
    exchanges.raw = lambda handler: setattr(handler, "close_connection", True)
    with pytest.raises(Exception, match="certain answer"):
        venue.execute(ACTION)
    exchanges.raw = None
    sent_at = sent(venue).sent_at
    exchanges.routes["/binance/api/v3/time"] = lambda query: {"serverTime": sent_at + later_ms}
    assert venue.is_window_closed(ACTION) is closed


def test_a_venue_whose_clock_cannot_be_read_has_no_closed_window(exchanges: Answers) -> None:
    venue = trading(exchanges, Shared())
    exchanges.raw = answer(400, b'{"code":-2010,"msg":"no"}')
    venue.execute(ACTION)
    exchanges.raw = answer(429, b"{}")
    with pytest.raises((RateLimited, VenueUnavailable)):
        venue.is_window_closed(ACTION)


def sent(venue: ExchangeVenue) -> Any:
    assert venue._desk is not None
    found = venue._desk._sent.get("c1")
    assert found is not None
    return found
