"""Plain HTTP GET restricted to an allow-list of hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from argosy.errors import BadReply, Forbidden, VenueError, VenueTimeout, VenueUnavailable

# Every worker has a fetcher and few fetch: the library and its certificates come with the first request.
if TYPE_CHECKING:
    import httpx

_MAX_BYTES = 2_000_000


class AllowListFetcher:
    """Implements the port Fetcher. Redirects are not followed: they could lead off the list."""

    def __init__(self, allowed_hosts: Sequence[str], *, timeout_s: float, user_agent: str) -> None:
        self._allowed = tuple(allowed_hosts)
        self._timeout_s = timeout_s
        self._user_agent = user_agent

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        return httpx.Client(headers={"User-Agent": self._user_agent}, follow_redirects=False)

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> Any:
        """Raises Forbidden, VenueTimeout, VenueUnavailable, VenueError, BadReply."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not any(fnmatchcase(host, p) for p in self._allowed):
            raise Forbidden(
                f"HTTP fetch of {host or url!r} is not allowed",
                expected="a host of http.allowed_hosts: " + (", ".join(self._allowed) or "(empty)"),
                remedy="add the host to ARGOSY_HTTP__ALLOWED_HOSTS",
            )
        import httpx

        limit_s = min(timeout_s or self._timeout_s, self._timeout_s)
        try:
            with self._client.stream("GET", url, params=dict(params or {}), timeout=limit_s) as reply:
                body = bytearray()
                for chunk in reply.iter_bytes():
                    body += chunk
                    if len(body) > _MAX_BYTES:
                        raise BadReply(f"{host} sent too much", expected=f"at most {_MAX_BYTES} bytes")
        except httpx.TimeoutException as error:
            raise VenueTimeout(f"{host} did not answer within {limit_s:g} s") from error
        except httpx.HTTPError as error:
            raise VenueUnavailable(f"{host} cannot be reached", found=str(error)) from error
        if reply.status_code >= 500 or reply.status_code == 429:
            raise VenueUnavailable(f"{host} answered {reply.status_code}")
        if reply.status_code != 200:
            raise VenueError(f"{host} answered {reply.status_code}", expected="200")
        try:
            return orjson.loads(bytes(body))
        except orjson.JSONDecodeError as error:
            raise BadReply(f"{host} did not answer with JSON", found=repr(bytes(body[:80]))) from error
