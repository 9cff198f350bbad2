"""Deadline of one write, checked inside the client library that sends it.

A library may wait, connect and sign between our call and its first byte. One call of it may be several requests.
The guard travels in a context variable. So it reaches the threads and event loops that run the call for us.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from typing import Any

from argosy.core.actions.send_deadline import SendDeadline
from argosy.errors import UnknownOutcome

_MARK = "_argosy_guarded"


class SendGuard:
    """Guard of one write.

    It lets requests leave until the deadline. After the first request that may have written, it lets all of them
    leave.
    """

    def __init__(self, deadline: SendDeadline) -> None:
        self._deadline = deadline
        self._left = 0
        self._written = False

    def check(self) -> None:
        """Raise NeverSent after the deadline; UnknownOutcome if an earlier request has left."""
        if self._written or not self._deadline.is_passed:
            return
        if self._left:
            raise UnknownOutcome(
                "the write was stopped at its deadline after a first request of it had left",
                remedy="wait: reconciliation queries the outcome; the action is not sent again",
            )
        self._deadline.check()

    def note(self, method: str) -> None:
        """Record that one request has left."""
        self._left += 1
        self._written = self._written or method.upper() not in ("GET", "HEAD")


_current: ContextVar[SendGuard | None] = ContextVar("send_guard", default=None)


def current() -> SendGuard | None:
    """Return the guard of the present write, or None."""
    return _current.get()


@contextmanager
def sending(deadline: SendDeadline | None) -> Iterator[None]:
    """Treat everything inside as one write that must leave by `deadline`."""
    before = _current.set(None if deadline is None else SendGuard(deadline))
    try:
        yield
    finally:
        _current.reset(before)


def guard_fetch(exchange: Any) -> None:
    """Make a ccxt object check the deadline in `fetch`.

    The check comes after its throttle and signature, and before its session.
    """
    fetch = getattr(exchange, "fetch", None)
    if callable(fetch) and not hasattr(fetch, _MARK):
        with suppress(AttributeError):  # without settable attributes: checked before its method only
            exchange.fetch = _guarded(fetch)


def _guarded(fetch: Callable[..., Any]) -> Callable[..., Any]:
    def leave(method: str) -> None:
        guard = current()
        if guard is not None:
            guard.check()
            guard.note(method)

    if inspect.iscoroutinefunction(fetch):

        @wraps(fetch)
        async def later(url: str, method: str = "GET", *args: Any, **more: Any) -> Any:
            leave(method)
            return await fetch(url, method, *args, **more)

        setattr(later, _MARK, True)
        return later

    @wraps(fetch)
    def now(url: str, method: str = "GET", *args: Any, **more: Any) -> Any:
        leave(method)
        return fetch(url, method, *args, **more)

    setattr(now, _MARK, True)
    return now
