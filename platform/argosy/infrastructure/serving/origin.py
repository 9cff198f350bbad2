"""Origin check: accept requests from this machine, refuse those of other sites' pages.

Our servers have no login and listen on loopback. The browser's own headers protect them. Host must be a name of
this server (against DNS rebinding). A WebSocket or a changing request must come from our own origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from argosy.errors import ArgosyError, Forbidden

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_WILDCARD = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
_OWN_SITE = frozenset({"same-origin", "none"})


class OriginRules:
    """Rules of the origin check.

    `hosts` are the names that browsers may use besides localhost; `setting` is the setting that holds them.
    """

    def __init__(self, hosts: Iterable[str] = (), *, setting: str | None = None) -> None:
        self._hosts = LOOPBACK | {host.lower() for host in hosts if host not in _WILDCARD}
        self._setting = setting

    def refusal(self, method: str | None, headers: Mapping[str, str]) -> ArgosyError | None:
        """Return the error for a refused request, or None if it may pass.

        `headers` have lower-case names. `method` is None for a WebSocket, which always needs our own origin.
        """
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            names = "localhost" if self._setting is None else f"localhost or a name in {self._setting}"
            return Forbidden(
                "the Host header is not one of this server",
                expected=names,
                found=repr(host[:100]),
                remedy="use the address 127.0.0.1 or localhost"
                if self._setting is None
                else f"set {self._setting} to the name you use",
            )
        if method in SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is not None:
            own = urlsplit(origin).netloc.lower() == host.lower() if _readable(origin) else False
        else:
            own = headers.get("sec-fetch-site", "none") in _OWN_SITE
        if own:
            return None
        return Forbidden(
            "a page of another site may not change anything here",
            expected=f"the origin {host[:100]}",
            found=repr((origin or "another site")[:100]),
            remedy="open the page of this server itself, or call it without an Origin header",
        )


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Convert ASGI's list of headers to a mapping; the first of repeated headers counts."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return found


def is_json(content_type: str) -> bool:
    """Return True for the media type of JSON.

    A web page can send other types to any site without a preflight request.
    """
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _readable(origin: str) -> bool:
    try:
        return bool(urlsplit(origin).netloc)
    except ValueError:
        return False


def _name(host: str) -> str:
    """Return the host without port and brackets, in lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
