"""Pooled HTTP connections of the process, reused by every client and node execution."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from typing import Any

import httpx

from argosy.core.actions.send_deadline import SendDeadline
from argosy.infrastructure.resilience.http.until import bound

# HTTPX logs each address at INFO, and an address may contain signed parameters.
logging.getLogger("httpx").setLevel(logging.WARNING)

_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=32, keepalive_expiry=30.0)
_clients: dict[tuple[int, bool], httpx.Client] = {}
_lock = threading.Lock()


@cache
def user_agent() -> str:
    """Return `argosy/<version>`: some venues refuse the default of HTTP libraries."""
    try:
        return f"argosy/{version('argosy')}"
    except PackageNotFoundError:
        return "argosy/dev"


def shared_client(base_url: str) -> httpx.Client:
    """Return this process's client; a forked child gets a client with connections of its own.

    Proxies from the environment are used, except towards loopback.
    """
    local = is_loopback(httpx.URL(base_url).host)
    key = (os.getpid(), local)
    found = _clients.get(key)
    if found is None:
        with _lock:
            found = _clients.get(key)
            if found is None:
                found = _clients[key] = new_client(trust_env=not local)
    return found


def new_client(*, trust_env: bool = True, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a new client that never follows redirects: they would send credentials elsewhere.

    Calls that pass `until.timeouts` end at their deadline, whatever the server does.
    """
    return bound(
        httpx.Client(limits=_LIMITS, trust_env=trust_env, follow_redirects=False, transport=transport)
    )


def before_writing(send_by: SendDeadline, *, body: bool) -> Callable[[str, Mapping[str, Any]], None]:
    """Return a trace hook of HTTPX that checks the deadline right before writing.

    The check runs on the open connection, before the headers and before the body. Headers without their
    announced body are no request: the connection is closed and the service does nothing.
    """
    steps = ("send_request_headers.started", "send_request_body.started")[: 1 + body]

    def trace(event: str, _: Mapping[str, Any]) -> None:
        if event.endswith(steps):
            send_by.check()

    return trace


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _renew_lock() -> None:
    # A lock that another thread holds at the moment of a fork would stay locked in the child.
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)
