"""Polymarket orders that come late, or after they were given up."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.clob import NOW, VenueSide, order, venue_for

from argosy.core.actions.action import ActionKind, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import DrivenClock, to_ms
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.errors import NeverSent, UnknownOutcome
from argosy.infrastructure.state.memory_documents import MemoryDocuments


@pytest.fixture
def side() -> VenueSide:
    return VenueSide()


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(NOW)


@pytest.fixture
def venue(side: VenueSide, clock: DrivenClock) -> PolymarketVenue:
    return venue_for(side, clock, MemoryDocuments())


CANCEL = order(client_id="c2", kind=ActionKind.CANCEL_ORDER, parameters={"clientId": "c1"})


@pytest.mark.parametrize("path", ["/markets-by-token", "/clob-markets", "/auth/derive-api-key"])
@pytest.mark.parametrize(("seconds", "posted"), [(2.9, 1), (3.1, 0)])
def test_reads_before_the_post_count(clock: DrivenClock, path: str, seconds: float, posted: int) -> None:
    class Slow(VenueSide):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.startswith(path):
                clock.advance(seconds)
            return super().__call__(request)

    side = Slow()
    venue = venue_for(side, clock, MemoryDocuments())
    result = venue.execute(order(), deadline=SendDeadline.from_now(clock, 3.0))
    assert len(side.posted) == posted
    assert result.status is (ActionStatus.FILLED if posted else ActionStatus.DENIED)
    if not posted:
        assert result.code == "never_sent"
        assert venue.query_action("c1") == venue.execute(order()) == result
        assert side.posted == []


def test_what_was_given_up_is_not_posted(venue: PolymarketVenue, side: VenueSide) -> None:
    assert venue.withdraw(order())
    assert venue.withdraw(order())
    with pytest.raises(NeverSent):
        venue.execute(order())
    assert side.posted == []
    assert venue.query_action("c1") is None


def test_what_was_posted_is_not_given_up(venue: PolymarketVenue) -> None:
    venue.execute(order())
    assert not venue.withdraw(order())


def test_cancellations_too(venue: PolymarketVenue, side: VenueSide, clock: DrivenClock) -> None:
    side.reply = lambda body: side.answer(status="live")
    venue.execute(order(time_in_force="GTC"))
    late = SendDeadline.from_now(clock, 3.0)
    clock.advance(3.1)
    assert venue.execute(CANCEL, deadline=late).code == "never_sent"
    assert venue.execute(CANCEL).code == "never_sent"
    assert "DELETE /order" not in side.paths
    given_up = CANCEL.model_copy(update={"client_id": "c3"})
    assert venue.withdraw(given_up)
    with pytest.raises(NeverSent):
        venue.execute(given_up)
    assert "DELETE /order" not in side.paths
    assert venue.query_action("c3") is None
    sent = CANCEL.model_copy(update={"client_id": "c4"})
    side.orders[side.hash] = {"id": side.hash}
    assert venue.execute(sent).status is ActionStatus.FILLED
    assert not venue.withdraw(sent)


@pytest.mark.parametrize(
    ("force", "told_s", "closed"),
    [("GTD", 600, False), ("GTD", 601, True), ("GTC", 86_400, False), ("FOK", 86_400, False)],
)
def test_only_an_expiry_that_was_signed_closes_the_venues_window(
    clock: DrivenClock, force: Any, told_s: int, closed: bool
) -> None:
    """By the venue's clock, whatever ours says."""
    expires = to_ms(NOW) // 1000 + 600

    class Dropping(VenueSide):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/time":
                return httpx.Response(200, content=str(expires - 600 + told_s).encode())
            if request.url.path == "/order":
                raise httpx.ReadError("dropped")
            return super().__call__(request)

    venue = venue_for(Dropping(), clock, MemoryDocuments())
    parameters = {"expiresAt": str(expires)} if force == "GTD" else {}
    action = order(time_in_force=force, parameters=parameters)
    assert not venue.is_window_closed(action)
    with pytest.raises(UnknownOutcome):
        venue.execute(action)
    assert venue.is_window_closed(action) is closed
