"""Fetch JSON by plain HTTP GET from an allow-list of hosts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from argosy.core.clock import Clock, SystemClock
from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.errors import BadReply, Forbidden, InvalidInput, VenueError, VenueTimeout, VenueUnavailable
from argosy.infrastructure.resilience.deadline import Deadline

# Every worker has a fetcher, few use it: the library and its certificates load with the first request.
if TYPE_CHECKING:
    import httpx

_MAX_BYTES = 2_000_000
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_ADDRESS = re.compile(r"[0-9a-f:.]+", re.ASCII)


class AllowListFetcher:
    """Fetcher for allowed hosts; implements the port Fetcher.

    Redirects are not followed: they could lead off the list.
    """

    def __init__(
        self, allowed_hosts: Sequence[str], *, timeout_s: float, user_agent: str, clock: Clock | None = None
    ) -> None:
        self._allowed = tuple(allowed_hosts)
        self._timeout_s = timeout_s
        self._user_agent = user_agent
        self._clock = clock or SystemClock()

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> Any:
        """Return the JSON at `url`.

        `timeout_s` limits the whole call, from the resolver to the last byte. Fractions are Decimals. Whole numbers
        that are too long for other readers are texts.

        Raises InvalidInput for an invalid URL, and Forbidden for other hosts. Also raises VenueTimeout,
        VenueUnavailable, VenueError and BadReply.
        """
        import httpx

        from argosy.infrastructure.resilience.http.transport import shared_client
        from argosy.infrastructure.resilience.http.unpack import ENCODINGS, BodyTooLarge, read_body
        from argosy.infrastructure.resilience.http.until import timeouts

        address, host = self._checked(url)
        limit_s = min(timeout_s or self._timeout_s, self._timeout_s)
        until = Deadline(self._clock, limit_s)
        limits = {"timeout": timeouts(until, connect_s=limit_s, read_s=limit_s)}
        headers = {"User-Agent": self._user_agent, "Accept-Encoding": ENCODINGS}
        try:
            with shared_client(str(address)).stream(
                "GET", address, params=dict(params or {}), headers=headers, extensions=limits
            ) as reply:
                body = read_body(reply, _MAX_BYTES, until)
        except httpx.TimeoutException as error:
            raise VenueTimeout(f"{host} did not answer within {limit_s:g} s") from error
        except BodyTooLarge:
            raise BadReply(f"{host} sent too much", expected=f"at most {_MAX_BYTES} bytes") from None
        except httpx.DecodingError as error:
            raise BadReply(f"{host} sent a body that cannot be unpacked", found=str(error)) from error
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise VenueUnavailable(f"{host} cannot be reached", found=str(error)) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise _no_url(url, str(error)) from error
        if reply.status_code >= 500 or reply.status_code == 429:
            raise VenueUnavailable(f"{host} answered {reply.status_code}")
        if reply.status_code != 200:
            raise VenueError(f"{host} answered {reply.status_code}", expected="200")
        try:
            return load_exact(body, long_as_text=True)
        except UnreadableJson as error:
            raise BadReply(
                f"{host} did not answer with JSON that can be read", found=f"{error}: {body[:80]!r}"
            ) from error

    def _checked(self, url: str) -> tuple[httpx.URL, str]:
        """Return the URL as the client reads it, and its host.

        The checked address is also the requested one.
        """
        import httpx

        try:
            address = httpx.URL(url)
            host = address.raw_host.decode("ascii").lower()
        except (httpx.InvalidURL, TypeError, ValueError) as error:  # IDNA's errors are ValueErrors
            raise _no_url(url, str(error)) from error
        if address.scheme not in ("http", "https") or not self._allows(host):
            raise Forbidden(
                f"HTTP fetch of {host or url[:100]!r} is not allowed",
                expected="a host of http.allowed_hosts: " + (", ".join(self._allowed) or "(empty)"),
                remedy="add the host to ARGOSY_HTTP__ALLOWED_HOSTS",
            )
        if not (_NAME.fullmatch(host) or (":" in host and _ADDRESS.fullmatch(host))):
            raise _no_url(url, f"the host {host[:80]!r}")
        if address.port is not None and not 0 < address.port < 65_536:
            raise _no_url(url, f"the port {address.port}")
        return address, host

    def _allows(self, host: str) -> bool:
        return any(fnmatchcase(host, _ascii(pattern)) for pattern in self._allowed)


def _ascii(pattern: str) -> str:
    """Return the pattern in the form of sent hosts: lower case, other alphabets as `xn--`."""
    try:
        return pattern.lower() if pattern.isascii() else pattern.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return pattern.lower()


def _no_url(url: str, found: str) -> InvalidInput:
    shown = url[:100].encode("utf-8", "backslashreplace").decode()
    return InvalidInput(
        f"{shown!r} is no URL that can be fetched",
        expected="http:// or https:// with a host, and a port from 1 to 65535 if any",
        found=found[:200].encode("utf-8", "backslashreplace").decode(),
        remedy="correct the URL",
    )
