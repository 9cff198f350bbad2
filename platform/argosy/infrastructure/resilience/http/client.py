"""HTTP client of all integrations: limits, breaker, retries of reads, one error tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import httpx
from loguru import logger

from argosy.core.actions.send_deadline import SendDeadline, check
from argosy.core.clock import Clock
from argosy.errors import (
    ArgosyError,
    AuthFailed,
    BadReply,
    RateLimited,
    Unavailable,
    VenueTimeout,
    VenueUnavailable,
)
from argosy.infrastructure.resilience.breaker import Breakers, guard_call
from argosy.infrastructure.resilience.deadline import Deadline
from argosy.infrastructure.resilience.http.auth import Auth, Outgoing
from argosy.infrastructure.resilience.http.body import UnreadableBody, dump_json
from argosy.infrastructure.resilience.http.reply import Inspect, Kind, Reply, error_of, retry_after, unknown
from argosy.infrastructure.resilience.http.transport import (
    before_writing,
    new_client,
    shared_client,
    user_agent,
)
from argosy.infrastructure.resilience.http.unpack import ENCODINGS, BodyTooLarge, read_body
from argosy.infrastructure.resilience.http.until import timeouts as limits_until
from argosy.infrastructure.resilience.limits import Charge, RateLimiter, acquire
from argosy.infrastructure.resilience.retry import CallRetryPolicy

NO_CHARGES: tuple[Charge, ...] = ()
_DEFAULT_RETRY = CallRetryPolicy()
# These errors come before anything is sent, so even a write has a definite outcome.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits in seconds: to connect, between two bytes, and for one whole attempt."""

    connect_s: float = 3.0
    read_s: float = 8.0
    total_s: float = 10.0


_DEFAULT_TIMEOUTS = Timeouts()


class HttpClient:
    """HTTP client of one service under `base_url`.

    `name` is the service in messages and the name of its circuit breaker.
    `inspect` may turn a reply into an error before the general rules do (for errors inside HTTP 200).
    `limiter` and `breakers` are optional: without them no call is limited or refused.
    `correlation_id` returns the value of X-Correlation-Id.
    `transport` replaces the process's shared connections.

    Reads are retried by `retry`; writes are sent once. Only errors of `argosy.errors` are raised:
    VenueUnavailable, VenueTimeout, RateLimited, AuthFailed, PermissionRefused, VenueNotFound, BadReply,
    CircuitOpen. Other refusals raise VenueError. A write with an unknown outcome raises UnknownOutcome. A
    write that was never sent raises VenueUnavailable with details["sent"] = False.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        clock: Clock,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
        auth: Auth | None = None,
        limiter: RateLimiter | None = None,
        limiter_wait_s: float = 5.0,
        breakers: Breakers | None = None,
        retry: CallRetryPolicy = _DEFAULT_RETRY,
        inspect: Inspect | None = None,
        headers: Mapping[str, str] | None = None,
        correlation_id: Callable[[], str | None] | None = None,
        max_bytes: int = 16 * 1024 * 1024,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.name = name
        self._clock = clock
        self._timeouts = timeouts
        self._auth = auth
        self._limiter = limiter
        self._limiter_wait_s = limiter_wait_s
        self._breakers = breakers
        self._retry = retry
        self._inspect = inspect
        self._headers = {
            "user-agent": user_agent(),
            "accept": "application/json",
            "accept-encoding": ENCODINGS,
            **(headers or {}),
        }
        self._correlation_id = correlation_id
        self._max_bytes = max_bytes
        self._own = None if transport is None else new_client(transport=transport)

    def get(self, path: str, **options: Any) -> Any:
        """Send a GET and return the parsed JSON of the reply; options as in `request`."""
        return self.request("GET", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        kind: Kind = "read",
        params: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        charges: Sequence[Charge] = NO_CHARGES,
        timeouts: Timeouts | None = None,
        deadline: Deadline | None = None,
        send_by: SendDeadline | None = None,
    ) -> Any:
        """Return the parsed JSON of the reply, with fractions as Decimal.

        `kind` "read": sending the request twice does no harm (a POST may be a read).
        `auth` replaces the client's own scheme.
        `charges` are taken from the limiter before each attempt.
        `send_by` is checked on the open connection, right before the request is written.

        NeverSent is raised if no part of the request was sent.
        """
        pairs = list(params.items()) if isinstance(params, Mapping) else list(params or ())
        body = "" if json is None else dump_json(json)
        signer = auth or self._auth
        limits = timeouts or self._timeouts

        def once() -> Any:
            outgoing = Outgoing(method, path, list(pairs), {**self._headers, **(headers or {})}, body)
            if signer is not None:
                signer.apply(outgoing)
            until = deadline or Deadline(self._clock, limits.total_s)
            return self._attempt(outgoing, kind, charges, limits, until, send_by)

        def with_renewal() -> Any:
            try:
                return once()
            except AuthFailed:
                if signer is None or not signer.renew():
                    raise
                return once()

        return with_renewal() if kind == "write" else self._retry.run(with_renewal, deadline)

    def _attempt(
        self,
        outgoing: Outgoing,
        kind: Kind,
        charges: Sequence[Charge],
        limits: Timeouts,
        until: Deadline,
        send_by: SendDeadline | None,
    ) -> Any:
        if self._limiter is not None:
            acquire(self._limiter, charges, wait_s=until.cap(self._limiter_wait_s), clock=self._clock)
        guard = nullcontext() if self._breakers is None else guard_call(self._breakers, self.name)
        with guard:
            try:
                return self._answer(self._send(outgoing, kind, limits, until, send_by))
            except RateLimited as error:
                self._penalise(charges, error.retry_after_s)
                raise

    def _penalise(self, charges: Sequence[Charge], seconds: float) -> None:
        if self._limiter is None:
            return
        try:
            # Only the narrowest limit: the venue refused this endpoint, not the whole service.
            for charge in charges[-1:]:
                self._limiter.penalise(charge.limit.name, seconds)
        except Unavailable as error:
            logger.warning("rate limit of {} could not be tightened: {}", self.name, error)

    def _answer(self, reply: Reply) -> Any:
        error: ArgosyError | None = None if self._inspect is None else self._inspect(reply)
        error = error or error_of(reply)
        if error is not None:
            raise error
        try:
            return reply.data
        except UnreadableBody as unreadable:
            raise self._unreadable(reply.kind, f"{reply.method} {reply.path}", str(unreadable)) from None

    def _send(
        self,
        outgoing: Outgoing,
        kind: Kind,
        limits: Timeouts,
        until: Deadline,
        send_by: SendDeadline | None,
    ) -> Reply:
        what = f"{outgoing.method} {outgoing.path}"
        left = until.cap(limits.total_s)
        if left <= 0:
            raise VenueTimeout(f"no time left for {what} at {self.name}", sent=False)
        headers = dict(outgoing.headers)
        if outgoing.body:
            headers.setdefault("content-type", "application/json")
        correlation = self._correlation_id() if self._correlation_id is not None else None
        if correlation:
            headers["x-correlation-id"] = correlation
        client = self._own or shared_client(self.base_url)
        extensions: dict[str, Any] = {
            "timeout": limits_until(until, connect_s=limits.connect_s, read_s=min(limits.read_s, left))
        }
        if send_by is not None:
            extensions["trace"] = before_writing(send_by, body=bool(outgoing.body))
        check(send_by)
        try:
            with client.stream(
                outgoing.method,
                self.base_url + outgoing.target,
                headers=headers,
                content=outgoing.body.encode() if outgoing.body else None,
                extensions=extensions,
            ) as response:
                body = self._read(response, kind, what, until)
        except _NOT_SENT as error:
            late = isinstance(error, httpx.TimeoutException)
            kind_of = VenueTimeout if late else VenueUnavailable
            raise kind_of(
                f"{self.name} cannot be reached for {what}", found=_name(error), sent=False
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise self._lost(kind, what, error) from None
        received = {name.lower(): value for name, value in response.headers.items()}
        at = self._clock.now()
        reply = Reply(
            response.status_code, received, body, outgoing.method, outgoing.path, kind, at, self.name
        )
        if reply.ok:
            return reply
        return replace(reply, retry_after_s=retry_after(received, reply.fields, self._clock))

    def _read(self, response: httpx.Response, kind: Kind, what: str, until: Deadline) -> bytes:
        try:
            return read_body(response, self._max_bytes, until)
        except BodyTooLarge:
            raise self._unreadable(kind, what, f"more than {self._max_bytes} bytes") from None

    def _lost(self, kind: Kind, what: str, error: Exception) -> ArgosyError:
        """Return the error for a request that may have been sent and has no complete reply."""
        if kind == "write":
            return unknown(f"no answer from {self.name} to {what}", found=_name(error), service=self.name)
        if isinstance(error, httpx.TimeoutException):
            return VenueTimeout(f"{self.name} did not answer {what} in time", found=_name(error))
        if isinstance(error, httpx.DecodingError):
            return BadReply(f"{self.name} answered {what} in no readable form", found=_name(error))
        return VenueUnavailable(f"{self.name} gave no answer to {what}", found=_name(error))

    def _unreadable(self, kind: Kind, what: str, found: str) -> ArgosyError:
        if kind == "write":
            return unknown(f"{self.name}'s answer to {what} cannot be read", found=found, service=self.name)
        return BadReply(
            f"{self.name}'s answer to {what} cannot be read", expected="JSON", found=found, service=self.name
        )


def _name(error: Exception) -> str:
    # Not the error's text: it may contain the address with signed parameters.
    return type(error).__name__
