"""Parse a Redis URL once for redis-py, Celery's broker and Celery's result backend.

The three libraries read the same URL differently (databases, sockets, certificates). So each gets a URL and
options made from the parsed address, never the user's text.
"""

from __future__ import annotations

import functools
import re
import ssl
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from argosy.errors import ConfigError

SCHEMES = ("redis", "rediss", "unix")
DEFAULT_HOST = "localhost"
DEFAULT_PORT = 6379
MOST_SOCKET_BYTES = 103 if sys.platform == "darwin" else 107
"""Longest path in `sockaddr_un` in bytes, without the terminating zero."""

_DATABASE = re.compile(r"[0-9]{1,5}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9_.:%-]+", re.ASCII)
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_TLS_OPTIONS = (*_TLS_FILES, "ssl_cert_reqs", "ssl_check_hostname")
_CERT_REQS = {
    "required": ssl.CERT_REQUIRED,
    "CERT_REQUIRED": ssl.CERT_REQUIRED,
    "none": ssl.CERT_NONE,
    "CERT_NONE": ssl.CERT_NONE,
}
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Server, database and credentials.

    With `socket` (a path), host and port have no meaning.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    socket: str | None = None
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    tls_options: tuple[tuple[str, Any], ...] = ()

    @property
    def place(self) -> str:
        """Address of the server without credentials: for messages."""
        return self.socket or f"{self._shown_host}:{self.port}"

    @property
    def client_url(self) -> str:
        """URL that redis-py reads as this address."""
        if self.socket is not None:
            return f"unix://{self._credentials}{quote(self.socket)}?db={self.database}"
        scheme = "rediss" if self.tls else "redis"
        return f"{scheme}://{self._credentials}{self._shown_host}:{self.port}/{self.database}"

    @property
    def ssl_options(self) -> dict[str, Any]:
        """Keywords for redis-py and for Celery's `use_ssl` dictionaries; empty without TLS."""
        if not self.tls:
            return {}
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, **dict(self.tls_options)}

    def celery_settings(self, backend: str) -> dict[str, Any]:
        """Return Celery's settings for broker and result backend.

        `backend` is the name of the backend's class.
        """
        if self.socket is not None:
            place = f"socket://{self._credentials}{quote(self.socket)}"
            # The broker takes its database from `broker_vhost`, the backend from the URL.
            return {
                "broker_url": f"redis+{place}",
                "broker_vhost": str(self.database),
                "result_backend": f"{backend}+{place}?virtual_host={self.database}",
            }
        settings: dict[str, Any] = {
            "broker_url": self.client_url,
            "result_backend": f"{backend}+{self.client_url}",
        }
        if self.tls:
            settings |= {"broker_use_ssl": self.ssl_options, "redis_backend_use_ssl": self.ssl_options}
        return settings

    @property
    def _shown_host(self) -> str:
        return f"[{quote(self.host, safe=':')}]" if ":" in self.host else self.host

    @property
    def _credentials(self) -> str:
        user = quote(self.username or "", safe="")
        if self.password is not None:
            return f"{user}:{quote(self.password, safe='')}@"
        return f"{user}@" if user else ""


@functools.lru_cache(maxsize=64)
def parse_redis_url(url: str) -> RedisAddress:
    """Return the address in `url`.

    Raises ConfigError for any part that clients would read differently.
    """
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):
        raise _refused("no spaces and no control characters", "write a space as %20")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _refused("a well-formed URL", f"correct it ({error})") from None
    if parts.scheme not in SCHEMES or "://" not in url:
        raise _refused(
            "a URL that starts with redis://, rediss:// or unix://",
            "use one server; clusters, Sentinel and redis+socket:// are not supported (a socket is unix:///path)",
        )
    if parts.fragment or url.endswith("#"):
        raise _refused("no '#'", "write a '#' in a password or path as %23")
    for text in (parts.username, parts.password, parts.path):
        if text and _BARE_PERCENT.search(text):
            raise _refused("two hexadecimal digits after each '%'", "write '%' itself as %25")
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    options = _query(parts)
    if parts.scheme == "unix":
        path, database = _socket(parts), _database(options.pop("db", "0"))
        _refuse_others(options, tls=False)
        return RedisAddress(socket=path, database=database, username=username, password=password)
    host, port = _host_and_port(parts)
    database = _path_database(parts, options.pop("db", None))
    tls = parts.scheme == "rediss"
    tls_options = tuple(
        (name, _tls_value(name, options.pop(name))) for name in _TLS_OPTIONS if tls and name in options
    )
    _refuse_others(options, tls=tls)
    return RedisAddress(host, port, None, database, username, password, tls, tls_options)


def _query(parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) != len(pairs):
        raise _refused("each option once", "remove the repeated one")
    return options


def _socket(parts: SplitResult) -> str:
    place = parts.netloc.rpartition("@")[2]
    path = unquote(parts.path)
    if place or not path.startswith("/") or path.endswith("/"):
        raise _refused(
            "an absolute path of a socket after unix://", "write three slashes: unix:///run/valkey.sock"
        )
    if "\0" in path:
        raise _refused("a path without NUL", "correct the path")
    if len(path.encode()) > MOST_SOCKET_BYTES:
        raise _refused(
            f"a socket path of at most {MOST_SOCKET_BYTES} bytes",
            "move the socket to a folder with a shorter path",
        )
    return path


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    remedy = "write redis://user:password@host:port/0, with '/', '?', '@' and ':' in a password as %2F, %3F, %40, %3A"
    try:
        port = parts.port
    except ValueError:
        raise _refused("a port from 1 to 65535", remedy) from None
    if port == 0:
        raise _refused("a port from 1 to 65535", remedy)
    host = unquote(parts.hostname or DEFAULT_HOST)
    if not _HOST.fullmatch(host):
        raise _refused("one host name or address", remedy)
    return host, port or DEFAULT_PORT


def _path_database(parts: SplitResult, option: str | None) -> int:
    path = unquote(parts.path)
    named = None if path in ("", "/") else _database(path.removeprefix("/"))
    if option is None:
        return named or 0
    database = _database(option)
    if named is not None and named != database:
        raise _refused("one database", "name it once: redis://host:6379/3")
    return database


def _database(text: str) -> int:
    if not _DATABASE.fullmatch(text):
        raise _refused("a database by its number", "Redis has no names for databases: redis://host:6379/3")
    return int(text)


def _tls_value(name: str, text: str) -> Any:
    if name == "ssl_cert_reqs":
        if text not in _CERT_REQS:
            raise _refused("ssl_cert_reqs to be required or none", "leave it out: certificates are verified")
        return _CERT_REQS[text]
    if name == "ssl_check_hostname":
        if text.lower() not in _BOOLEANS:
            raise _refused("ssl_check_hostname to be true or false", "leave it out: the name is checked")
        return _BOOLEANS[text.lower()]
    if not text.startswith("/"):
        raise _refused(
            f"an absolute path after {name}=", "name a PEM file by its whole path, or leave the option out"
        )
    return text


def _refuse_others(options: dict[str, str], *, tls: bool) -> None:
    if not options:
        return
    if not tls and any(name.startswith("ssl_") for name in options):
        raise _refused("no ssl_ options without TLS", "write rediss:// to speak TLS")
    known = ", ".join(("db", *_TLS_OPTIONS) if tls else ("db",))
    names = ", ".join(sorted(options))
    raise _refused(
        f"no options but {known}", f"remove {names}: Argosy sets time limits, protocol and pools by itself"
    )


def _refused(expected: str, remedy: str) -> ConfigError:
    return ConfigError("the Redis URL cannot be used", expected=expected, remedy=remedy)
