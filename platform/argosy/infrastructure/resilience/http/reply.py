"""Turn a venue's reply, or its absence, into an error of the tree."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Literal

from argosy.core.clock import Clock
from argosy.errors import (
    ArgosyError,
    AuthFailed,
    BadReply,
    PermissionRefused,
    RateLimited,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
    VenueTimeout,
    VenueUnavailable,
)
from argosy.infrastructure.resilience.http.body import UnreadableBody, parse_json, preview

Kind = Literal["read", "write"]
MAX_RETRY_AFTER_S = 3600.0


@dataclass(frozen=True)
class Reply:
    """Complete reply of a venue.

    `data` is the parsed body, or raises UnreadableBody.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    method: str
    path: str
    kind: Kind
    received_at: datetime
    service: str = ""
    retry_after_s: float | None = None

    @cached_property
    def data(self) -> Any:
        return parse_json(self.body)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def fields(self) -> Mapping[str, Any]:
        """Body if it is a JSON object, else empty: for error details."""
        try:
            data = self.data
        except UnreadableBody:
            return {}
        return data if isinstance(data, dict) else {}

    @property
    def text(self) -> str:
        return preview(self.body)


Inspect = Callable[[Reply], ArgosyError | None]
"""Callback that reads a venue's own error from a reply; None continues as usual."""


def error_of(reply: Reply) -> ArgosyError | None:
    """Return the error for a status, or None for success.

    A write without a definite answer is UnknownOutcome.
    """
    status, write = reply.status, reply.kind == "write"
    if reply.ok:
        return None
    what = f"{reply.service} answered {status} to {reply.method} {reply.path}"
    details: dict[str, Any] = {"status": status, "service": reply.service, "path": reply.path}
    found = reply.text or "an empty body"
    if status in {418, 429}:
        wait = 1.0 if reply.retry_after_s is None else reply.retry_after_s
        return RateLimited(what, found=found, retry_after_s=wait, **details)
    if write and (status >= 500 or status < 200 or 300 <= status < 400 or status == 408):
        return unknown(what, found=found, **details)
    simple: dict[int, type[VenueError]] = {
        401: AuthFailed,
        403: PermissionRefused,
        404: VenueNotFound,
        408: VenueTimeout,
        410: VenueNotFound,
        425: VenueUnavailable,
    }
    kind = simple.get(status, VenueUnavailable if status >= 500 else VenueError)
    if status < 400:
        kind = BadReply
    return kind(what, found=found, **details)


def unknown(what: str, *, found: str, **details: Any) -> UnknownOutcome:
    return UnknownOutcome(
        what,
        expected="a definite answer to a write",
        found=found,
        remedy="wait: reconciliation queries the outcome; the action is not sent again",
        **details,
    )


def retry_after(headers: Mapping[str, str], fields: Mapping[str, Any], clock: Clock) -> float | None:
    """Return the seconds that the venue asks to wait, or None.

    Read from the header `Retry-After` (seconds or a date), or from `retry_after_seconds` in JSON.
    """
    text = str(headers.get("retry-after") or fields.get("retry_after_seconds") or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
            seconds = (when - clock.now()).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
