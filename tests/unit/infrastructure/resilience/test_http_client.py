"""What the shared HTTP client makes of every kind of answer, over an in-process transport."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from argosy.core.clock import DrivenClock
from argosy.errors import (
    ArgosyError,
    AuthFailed,
    BadReply,
    CircuitOpen,
    OrderRejected,
    PermissionRefused,
    RateLimited,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
    VenueTimeout,
    VenueUnavailable,
)
from argosy.infrastructure.logging.context import bind
from argosy.infrastructure.resilience.breaker import BreakerPolicy
from argosy.infrastructure.resilience.deadline import Deadline
from argosy.infrastructure.resilience.http import HeaderAuth, HttpClient, Outgoing, Reply, Timeouts
from argosy.infrastructure.resilience.limits import Charge, Limit
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.shared import bound_correlation_id

Handler = Callable[[httpx.Request], httpx.Response]
NOW = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(NOW)


def client(handler: Handler, clock: DrivenClock, **options: Any) -> HttpClient:
    return HttpClient(
        "http://venue.test/base",
        name="venue",
        clock=clock,
        transport=httpx.MockTransport(handler),
        **options,
    )


def answering(*responses: httpx.Response | Exception) -> tuple[Handler, list[httpx.Request]]:
    """Gives the responses one after the other, the last one for ever."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        found = responses[min(len(seen), len(responses)) - 1]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    return handle, seen


def test_numbers_are_exact(clock: DrivenClock) -> None:
    handler, _ = answering(
        httpx.Response(200, content=b'{"p":0.1,"n":3,"big":71321045679252212594626385532706}')
    )
    assert client(handler, clock).get("/x") == {
        "p": Decimal("0.1"),
        "n": 3,
        "big": 71321045679252212594626385532706,
    }


def test_what_is_sent(clock: DrivenClock) -> None:
    handler, seen = answering(httpx.Response(200, json={}))
    http = client(handler, clock, correlation_id=bound_correlation_id)
    with bind(correlation_id="abc"):
        http.request("POST", "/books", params={"a": "x y", "b": "é"}, json=[{"p": Decimal("1.50")}])
    request = seen[0]
    assert str(request.url) == "http://venue.test/base/books?a=x+y&b=%C3%A9"
    assert request.content == b'[{"p":"1.50"}]'
    assert request.headers["x-correlation-id"] == "abc"
    assert request.headers["user-agent"].startswith("argosy/")
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, BadReply),
        (400, VenueError),
        (401, AuthFailed),
        (403, PermissionRefused),
        (404, VenueNotFound),
        (408, VenueTimeout),
        (418, RateLimited),
        (422, VenueError),
        (425, VenueUnavailable),
        (429, RateLimited),
        (500, VenueUnavailable),
        (503, VenueUnavailable),
    ],
)
def test_statuses_of_reads(clock: DrivenClock, status: int, kind: type[ArgosyError]) -> None:
    handler, _ = answering(httpx.Response(status, content=b"<html>down</html>"))
    with pytest.raises(kind) as caught:
        client(handler, clock).get("/x")
    assert type(caught.value) is kind
    assert "<html>down</html>" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, UnknownOutcome),
        (400, VenueError),
        (401, AuthFailed),
        (408, UnknownOutcome),
        (425, VenueUnavailable),
        (429, RateLimited),
        (500, UnknownOutcome),
        (502, UnknownOutcome),
    ],
)
def test_statuses_of_writes(clock: DrivenClock, status: int, kind: type[ArgosyError]) -> None:
    handler, seen = answering(httpx.Response(status))
    with pytest.raises(kind) as caught:
        client(handler, clock).request("POST", "/order", kind="write", json={})
    assert type(caught.value) is kind
    assert len(seen) == 1, "a write is never repeated"


@pytest.mark.parametrize(
    ("failure", "read", "write"),
    [
        (httpx.ConnectError("x"), VenueUnavailable, VenueUnavailable),
        (httpx.ConnectTimeout("x"), VenueTimeout, VenueTimeout),
        (httpx.PoolTimeout("x"), VenueTimeout, VenueTimeout),
        (httpx.ReadTimeout("x"), VenueTimeout, UnknownOutcome),
        (httpx.WriteTimeout("x"), VenueTimeout, UnknownOutcome),
        (httpx.ReadError("x"), VenueUnavailable, UnknownOutcome),
        (httpx.WriteError("x"), VenueUnavailable, UnknownOutcome),
        (httpx.RemoteProtocolError("x"), VenueUnavailable, UnknownOutcome),
        (httpx.DecodingError("x"), BadReply, UnknownOutcome),
    ],
)
def test_no_answer(
    clock: DrivenClock, failure: Exception, read: type[ArgosyError], write: type[ArgosyError]
) -> None:
    handler, seen = answering(failure)
    with pytest.raises(ArgosyError) as caught:
        client(handler, clock).get("/x")
    assert type(caught.value) is read
    assert len(seen) == 3
    handler, seen = answering(failure)
    with pytest.raises(ArgosyError) as caught:
        client(handler, clock).request("POST", "/x", kind="write", json={})
    assert type(caught.value) is write
    assert len(seen) == 1
    assert caught.value.details.get("sent", True) is (write is UnknownOutcome)


def test_a_read_is_tried_again_and_a_refusal_is_not(clock: DrivenClock) -> None:
    handler, seen = answering(
        httpx.Response(503), httpx.Response(200, content=b"nonsense"), httpx.Response(200, json=7)
    )
    assert client(handler, clock).get("/x") == 7
    assert len(seen) == 3
    handler, seen = answering(httpx.Response(404))
    with pytest.raises(VenueNotFound):
        client(handler, clock).get("/x")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Retry-After": "7"}, b"", 7.0),
        ({"Retry-After": "Mon, 08 Jun 2026 12:00:30 GMT"}, b"", 30.0),
        ({"Retry-After": "Mon, 08 Jun 2026 11:00:00 GMT"}, b"", 0.0),
        ({}, b'{"retry_after_seconds": 4}', 4.0),
        ({"Retry-After": "soon"}, b"slow down", 1.0),
        ({"Retry-After": "1e999"}, b"", 1.0),
        ({"Retry-After": "999999"}, b"", 3600.0),
    ],
)
def test_retry_after(clock: DrivenClock, headers: dict[str, str], body: bytes, expected: float) -> None:
    handler, _ = answering(httpx.Response(429, headers=headers, content=body))
    with pytest.raises(RateLimited) as caught:
        client(handler, clock).get("/x")
    assert caught.value.retry_after_s == expected


def test_a_429_slows_everyone_on_that_limit(clock: DrivenClock) -> None:
    wide, narrow = Limit("wide", 100, 1), Limit("narrow", 100, 1)
    limiter = MemoryRateLimiter(clock)
    handler, _ = answering(httpx.Response(429, headers={"Retry-After": "60"}))
    with pytest.raises(RateLimited):
        client(handler, clock, limiter=limiter).get("/x", charges=[Charge(wide), Charge(narrow)])
    assert limiter.take([Charge(narrow)]) == pytest.approx(60)
    assert limiter.take([Charge(wide)]) == 0.0


def test_a_used_up_limit_stops_the_call_before_it_is_made(clock: DrivenClock) -> None:
    limit = Limit("slow", 1, 3600)
    handler, seen = answering(httpx.Response(200, json=1))
    http = client(handler, clock, limiter=MemoryRateLimiter(clock), limiter_wait_s=1)
    assert http.get("/x", charges=[Charge(limit)]) == 1
    with pytest.raises(RateLimited):
        http.get("/x", charges=[Charge(limit)])
    assert len(seen) == 1


def test_the_breaker_opens_and_closes_again(clock: DrivenClock) -> None:
    breakers = MemoryBreakers(clock, BreakerPolicy(failures=3, open_s=10))
    handler, seen = answering(*[httpx.Response(500)] * 3, httpx.Response(200, json="ok"))
    http = client(handler, clock, breakers=breakers)
    with pytest.raises(VenueUnavailable):
        http.get("/x")
    with pytest.raises(CircuitOpen):
        http.get("/x")
    assert len(seen) == 3
    clock.advance(10)
    assert http.get("/x") == "ok"
    assert breakers.status("venue").state == "closed"


def test_authentication_is_applied_to_each_attempt_and_renewed_once(clock: DrivenClock) -> None:
    class Renewing:
        token = 0

        def apply(self, request: Outgoing) -> None:
            request.headers["authorization"] = f"Bearer {self.token}"

        def renew(self) -> bool:
            self.token += 1
            return self.token == 1

    handler, seen = answering(httpx.Response(401), httpx.Response(200, json=1))
    assert client(handler, clock, auth=Renewing()).get("/x") == 1
    assert [request.headers["authorization"] for request in seen] == ["Bearer 0", "Bearer 1"]
    handler, seen = answering(httpx.Response(401))
    with pytest.raises(AuthFailed):
        client(handler, clock, auth=Renewing()).get("/x")
    assert len(seen) == 2


def test_secrets_stay_out_of_errors_and_logs(clock: DrivenClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    handler, seen = answering(httpx.ReadError("GET http://venue.test/x?signature=hush"))
    auth = HeaderAuth({"x-key": SecretStr("hush")})
    with pytest.raises(VenueUnavailable) as caught:
        client(handler, clock, auth=auth).get("/x", params={"signature": "hush"})
    assert seen[0].headers["x-key"] == "hush"
    handler, _ = answering(httpx.Response(200, json=1))
    client(handler, clock, auth=auth).get("/x", params={"signature": "hush"})
    assert "hush" not in str(caught.value) + str(caught.value.as_dict()) + repr(caught.value) + caplog.text


def test_errors_inside_a_200(clock: DrivenClock) -> None:
    def inspect(reply: Reply) -> ArgosyError | None:
        return OrderRejected("no") if reply.fields.get("success") is False else None

    handler, _ = answering(httpx.Response(200, json={"success": False}))
    with pytest.raises(OrderRejected):
        client(handler, clock, inspect=inspect).request("POST", "/x", kind="write", json={})


def test_a_reply_without_end_is_cut_off(clock: DrivenClock) -> None:
    bomb = gzip.compress(b" " * 5_000_000)

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    with pytest.raises(BadReply, match="more than 100000 bytes"):
        client(handle, clock, max_bytes=100_000).get("/x")


def test_a_dripping_reply_ends_at_the_total_timeout(clock: DrivenClock) -> None:
    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                clock.advance(1)
                yield b" " * 70_000

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Drip())

    with pytest.raises(VenueTimeout):
        client(handle, clock, timeouts=Timeouts(total_s=3)).get("/x")
    with pytest.raises(UnknownOutcome):
        client(handle, clock, timeouts=Timeouts(total_s=3)).request("POST", "/x", kind="write", json={})


def test_a_deadline_bounds_all_attempts(clock: DrivenClock) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        clock.advance(4)
        return httpx.Response(503)

    deadline = Deadline(clock, 6)
    with pytest.raises(VenueUnavailable):
        client(handle, clock).get("/x", deadline=deadline)
    assert deadline.expired
    handler, seen = answering(httpx.Response(200, json=1))
    with pytest.raises(VenueTimeout, match="no time left"):
        client(handler, clock).get("/x", deadline=deadline)
    assert seen == []


BODIES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(str.encode),
    st.sampled_from(
        [
            b"",
            b"NaN",
            b'{"a":Infinity}',
            b"[" * 100_000,
            b"1" * 5000,
            b"1e999999999",
            b'{"p":1e-400}',
            b'"\\ud800"',
            b"\xef\xbb\xbf{}",
            b"\x00",
            b"null",
            b"0." + b"1" * 5000,
        ]
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "content-type", "content-encoding", "location", "age"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    max_size=3,
)


@settings(max_examples=2500, deadline=None)
@given(status=st.integers(100, 599), body=BODIES, headers=HEADERS, kind=st.sampled_from(["read", "write"]))
def test_no_answer_whatever_causes_an_unexpected_error(
    status: int, body: bytes, headers: dict[str, str], kind: Any
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    http = client(handle, DrivenClock(NOW), breakers=MemoryBreakers(DrivenClock(NOW)))
    try:
        http.request("POST", "/x", kind=kind, json={})
    except ArgosyError as error:
        assert error.code != "internal"
        if kind == "write" and (200 <= status < 300 or status >= 500):
            assert isinstance(error, UnknownOutcome)
    else:
        assert 200 <= status < 300
