"""Deadlines of writes to other people's clients, and giving actions up before they are sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.deadlines import PassesAfter
from support.old_exchange import AsyncExchange, ListingExchange, OldExchange

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import DrivenClock, SystemClock
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.errors import NeverSent, UnknownOutcome
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.calls import Calls
from argosy.legacy.venue import ProviderVenue
from argosy.venuekit.adapter.order_records import SentCancellation
from argosy.venuekit.adapter.send_guard import current, guard_fetch, sending

CLOCK = DrivenClock(datetime.fromtimestamp(1_700_000_000, UTC))
ORDER = Action(
    client_id="a" * 32,
    venue="old",
    kind=ActionKind.PLACE_ORDER,
    symbol="BTC/USDT",
    side="buy",
    quantity=Decimal(1),
    limit_price=Decimal(50),
    time_in_force="GTC",
)
CANCEL = ORDER.model_copy(
    update={"client_id": "c" * 32, "kind": ActionKind.CANCEL_ORDER, "parameters": {"clientId": "a" * 32}}
)


@pytest.fixture
def exchange() -> OldExchange:
    return ListingExchange()


@pytest.fixture(params=["sync", "async"])
def venue(request: pytest.FixtureRequest, exchange: OldExchange) -> Iterator[ProviderVenue]:
    provider: Any = exchange if request.param == "sync" else AsyncExchange(exchange)
    made = ProviderVenue(provider, MemoryDocuments(), CLOCK, name="old")
    yield made
    made.close()


def test_an_order_whose_deadline_passed_is_not_placed_and_settled(
    venue: ProviderVenue, exchange: OldExchange
) -> None:
    result = venue.execute(ORDER, deadline=PassesAfter(0))
    assert (result.status, result.code) == (ActionStatus.DENIED, "never_sent")
    assert venue.execute(ORDER) == result
    assert venue.query_action(ORDER.client_id) == result
    assert exchange.placed == 0


def test_one_in_time_is_placed(venue: ProviderVenue, exchange: OldExchange) -> None:
    deadline = PassesAfter(1)
    assert venue.execute(ORDER, deadline=deadline).status is ActionStatus.OPEN
    assert (exchange.placed, deadline.checks) == (1, 1)


def test_a_cancellation_whose_deadline_passed_is_not_made(
    venue: ProviderVenue, exchange: OldExchange
) -> None:
    venue.execute(ORDER)
    assert venue.execute(CANCEL, deadline=PassesAfter(0)).code == "never_sent"
    assert [order["status"] for order in exchange.orders.values()] == ["open"]


def test_a_cancellation_is_made_once(venue: ProviderVenue, exchange: OldExchange) -> None:
    """The note of a cancellation that another delivery has made is a look-up."""
    venue.execute(ORDER)
    assert not venue.withdraw(ORDER)
    assert venue._notes.add(CANCEL.client_id, SentCancellation(cancels=ORDER.client_id, sent_at=CLOCK.now()))
    with pytest.raises(UnknownOutcome):
        venue.execute(CANCEL)
    assert [order["status"] for order in exchange.orders.values()] == ["open"]


def test_what_was_given_up_is_not_placed_any_more(venue: ProviderVenue, exchange: OldExchange) -> None:
    assert venue.withdraw(ORDER)
    assert venue.withdraw(ORDER)
    assert venue.query_action(ORDER.client_id) is None
    with pytest.raises(NeverSent):
        venue.execute(ORDER)
    assert exchange.placed == 0


def test_an_error_of_ours_after_the_order_leaves_its_fate_unknown(
    venue: ProviderVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from argosy.errors import Unavailable

    def away(*_: Any) -> bool:
        raise Unavailable("Postgres is away")

    monkeypatch.setattr(venue._notes, "claim", away)
    with pytest.raises(UnknownOutcome):
        venue.execute(ORDER)


# Waiting for a turn, a thread or a loop ---------------------------------------------------------------------


class Slow:
    """A client in one's own hands: `go` lets its first call end."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.inside, self.go = threading.Event(), threading.Event()

    def read(self) -> None:
        self.inside.set()
        self.go.wait(10)

    def place(self) -> None:
        self.called.append("place")

    async def place_later(self) -> None:
        self.called.append("place_later")

    def place_promised(self) -> Any:
        return self.place_later()


@pytest.mark.parametrize("method", ["place", "place_later", "place_promised"])
def test_a_write_that_waited_too_long_for_its_turn_is_not_made(method: str) -> None:
    target = Slow()
    calls = Calls(target)
    busy = threading.Thread(target=calls, args=("read",))
    busy.start()
    target.inside.wait(10)
    clock = SystemClock()
    deadline = SendDeadline.from_now(clock, 0.02)
    failed: list[Exception] = []

    def write() -> None:
        try:
            calls.write(deadline, method)
        except NeverSent as error:
            failed.append(error)

    late = threading.Thread(target=write)
    late.start()
    while not deadline.is_passed:
        threading.Event().wait(0.005)
    target.go.set()
    late.join(10)
    busy.join(10)
    calls.close()
    assert target.called == []
    assert len(failed) == 1


def test_a_coroutine_whose_loop_was_busy_for_too_long_is_not_begun() -> None:
    """It passes the check in its own thread; the loop takes it up when the deadline is over."""
    target = Slow()
    calls = Calls(target)
    deadline = PassesAfter(0)
    with pytest.raises(NeverSent):
        calls.write(deadline, "place_later")
    with pytest.raises(NeverSent):
        calls.write(PassesAfter(1), "place_promised")  # before the method, and again in the loop
    calls.close()
    assert target.called == []


def test_the_guard_ends_with_its_write() -> None:
    calls = Calls(Slow())
    with pytest.raises(NeverSent):
        calls.write(PassesAfter(0), "place")
    assert current() is None
    calls("place")
    calls.close()


# ccxt objects -----------------------------------------------------------------------------------------------


class Exchange:
    """Makes several requests in one call, as some of ccxt's do."""

    def __init__(self, *requests: str) -> None:
        self.requests = requests
        self.left: list[str] = []
        self.dull = 1

    def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> str:
        self.left.append(f"{method} {url}")
        return url

    def create_order(self) -> None:
        for each in self.requests:
            method, url = each.split()
            self.fetch(url, method=method)


class AsyncExchangeObject(Exchange):
    async def fetch(  # type: ignore[override]
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> str:
        return Exchange.fetch(self, url, method, headers, body)

    async def create_order(self) -> None:  # type: ignore[override]
        for each in self.requests:
            method, url = each.split()
            await self.fetch(url, method)


@pytest.mark.parametrize("kind", [Exchange, AsyncExchangeObject])
@pytest.mark.parametrize(
    ("requests", "allowed", "left", "outcome"),
    [
        # The first check is before the method, then one before each request.
        (["POST order"], 0, [], NeverSent),
        (["POST order"], 1, [], NeverSent),
        (["POST order"], 2, ["POST order"], None),
        (["GET markets", "POST order"], 1, [], NeverSent),
        # Whether the first request did something, nobody can say for all exchanges.
        (["GET markets", "POST order"], 2, ["GET markets"], UnknownOutcome),
        (["GET markets", "POST order"], 3, ["GET markets", "POST order"], None),
        # What follows a write reads what became of it.
        (["POST order", "GET order"], 2, ["POST order", "GET order"], None),
        (["POST order", "POST confirm"], 2, ["POST order", "POST confirm"], None),
        (["GET order?do=1", "GET order"], 2, ["GET order?do=1"], UnknownOutcome),
    ],
)
def test_a_ccxt_object_is_stopped_before_its_session(
    kind: type[Exchange],
    requests: list[str],
    allowed: int,
    left: list[str],
    outcome: type[Exception] | None,
) -> None:
    exchange = kind(*requests)
    guard_fetch(exchange)
    guard_fetch(exchange)  # a second venue around the same object
    calls = Calls(exchange)
    if outcome is None:
        calls.write(PassesAfter(allowed), "create_order")
    else:
        with pytest.raises(outcome):
            calls.write(PassesAfter(allowed), "create_order")
    assert exchange.left == left
    exchange.left.clear()
    calls("create_order")  # a call without a deadline is not touched
    assert exchange.left == requests
    calls.close()


def test_an_object_that_takes_no_attributes_is_left_as_it_is() -> None:
    class Closed:
        __slots__ = ()

        def fetch(self) -> int:
            return 1

    closed = Closed()
    guard_fetch(closed)
    with sending(PassesAfter(0)):
        assert closed.fetch() == 1
    guard_fetch(object())


# The paper account ------------------------------------------------------------------------------------------


@pytest.fixture
def paper(exchange: OldExchange) -> SpotPaperVenue:
    documents = MemoryDocuments()
    source = ProviderVenue(exchange, documents, CLOCK, name="old")
    return SpotPaperVenue(
        source, documents, CLOCK, account="bot", capital=Decimal(1000), currencies=("USDT",)
    )


def test_a_late_paper_order_changes_nothing(paper: SpotPaperVenue) -> None:
    with pytest.raises(NeverSent):
        paper.execute(ORDER, deadline=PassesAfter(0))
    assert paper.query_action(ORDER.client_id) is None
    assert paper.execute(ORDER, deadline=PassesAfter(1)).status is ActionStatus.OPEN
    with pytest.raises(NeverSent):
        paper.execute(CANCEL, deadline=PassesAfter(0))
    assert paper.query_action(ORDER.client_id).status is ActionStatus.OPEN  # type: ignore[union-attr]


def test_a_paper_order_that_was_given_up_stays_so(paper: SpotPaperVenue) -> None:
    assert paper.withdraw(ORDER)
    for number in range(40):  # its note leaves the account for a document of its own
        paper.execute(ORDER.model_copy(update={"client_id": f"{number:032x}", "time_in_force": "FAK"}))
    assert paper.withdraw(ORDER)
    assert paper.execute(ORDER).code == "never_sent"
    done = ORDER.model_copy(update={"client_id": "d" * 32})
    paper.execute(done)
    assert not paper.withdraw(done)
