"""Parse a PostgreSQL URL once for both drivers: SQLAlchemy's pools and libpq's sessions.

SQLAlchemy and libpq read the same URL differently: '+' (a space or a plus), several hosts, repeated options.
So each driver gets a URL made from the parsed address.
"""

from __future__ import annotations

import difflib
import functools
import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from argosy.errors import ConfigError

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
OPTIONS = (
    "channel_binding", "gssencmode", "krbsrvname", "load_balance_hosts", "options", "passfile", "require_auth",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcrl", "sslcrldir", "sslkey",
    "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs",
)  # fmt: skip
"""Options that are passed on unchanged; Argosy's own (time limits, names) are left out."""

_PLACES = ("host", "port", "user", "password", "dbname")
_WRITERS = ("any", "read-write", "primary")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[A-Za-z0-9_.:%-]+", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_REMEDY = (
    "write postgresql://user:password@host:5432/database, with '/', '?', '@', ':', '#', '%' and spaces in names and "
    "passwords as %2F, %3F, %40, %3A, %23, %25 and %20; a socket folder as ?host=%2Fvar%2Frun%2Fpostgresql"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A host (or the folder of a socket) and its port; empty means libpq's default."""

    host: str
    port: str = ""

    @property
    def shown(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Servers in the order of attempts, credentials, database and libpq options."""

    places: tuple[Place, ...] = ()
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """Addresses of the servers without credentials: for messages."""
        return ", ".join(place.shown for place in self.places) or "the default server"

    def with_settings(self, settings: str) -> PostgresAddress:
        """Return the address with server settings (`-c name=value`) after those of the URL."""
        own = dict(self.options)
        own["options"] = f"{own.get('options', '')} {settings}".strip()
        return replace(self, options=tuple(own.items()))

    @property
    def parameters(self) -> dict[str, str]:
        """Keywords of libpq, used by both drivers to connect."""
        found = dict(self.options)
        if self.places:
            found["host"] = ",".join(place.host for place in self.places)
            if any(place.port for place in self.places):
                found["port"] = ",".join(place.port for place in self.places)
        for name, value in (("user", self.user), ("password", self.password), ("dbname", self.database)):
            if value is not None:
                found[name] = value
        return found

    @property
    def url(self) -> str:
        """URL that libpq reads as this address."""
        who = _quoted(self.user or "") + (f":{_quoted(self.password)}" if self.password is not None else "")
        options = dict(self.options)
        hosts = ""
        if any(place.host.startswith(("/", "@")) for place in self.places):
            options |= {name: self.parameters[name] for name in ("host", "port") if name in self.parameters}
        else:
            hosts = ",".join(place.shown.replace("%", "%25") for place in self.places)
        query = "&".join(f"{name}={_quoted(value)}" for name, value in options.items())
        database = _quoted(self.database or "")
        return f"postgresql://{f'{who}@' if who else ''}{hosts}/{database}{f'?{query}' if query else ''}"


@functools.lru_cache(maxsize=64)
def parse_postgres_url(url: str) -> PostgresAddress:
    """Return the address in `url`.

    Raises ConfigError for any part that the drivers would read differently.
    """
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):
        raise _refused("no spaces and no control characters", "write a space as %20")
    scheme, mark, rest = url.partition("://")
    if scheme not in SCHEMES or not mark or not rest:
        raise ConfigError(
            "the database URL names no Postgres",
            expected="a URL that starts with postgresql://",
            found=f"{scheme}://…" if mark else "no URL",
            remedy=f"set ARGOSY_DATABASE_URL to a PostgreSQL server: {_REMEDY}",
        )
    # The rest is parsed under a scheme unknown to urlsplit; hosts are split here, because several are possible.
    try:
        parts = urlsplit(f"x://{rest}")
    except ValueError as error:
        raise _refused(f"a well-formed URL ({error})", _REMEDY) from None
    if parts.fragment or url.endswith("#"):
        raise _refused("no '#'", "write a '#' in a password or path as %23")
    if _BARE_PERCENT.search(rest):
        raise _refused("two hexadecimal digits after each '%'", "write '%' itself as %25")
    who, at, hosts = parts.netloc.rpartition("@")
    user, colon, password = who.partition(":")
    options = _query(parts.query)
    database = unquote(parts.path.removeprefix("/"))
    if "/" in parts.path.removeprefix("/") or "\0" in unquote(rest):
        raise _refused("one database after the host", _REMEDY)
    found = {"user": unquote(user), "password": unquote(password) if at and colon else "", "dbname": database}
    for name in ("user", "password", "dbname"):
        named = options.pop(name, [])
        if named and found[name]:
            raise _refused(f"{name} once", f"remove the option {name}")
        found[name] = found[name] or (named[0] if named else "")
    places = _places(hosts, options.pop("host", []), options.pop("port", []))
    return PostgresAddress(
        places, found["user"] or None, found["password"] or None, found["dbname"] or None, _known(options)
    )


def _query(text: str) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        # A '+' is a plus, as for libpq; SQLAlchemy would take it for a space.
        options.setdefault(unquote(name), []).append(unquote(value))
    for name, values in options.items():
        if len(values) > 1 and name != "host":
            raise _refused("each option once", f"remove the repeated {name}")
    return options


def _places(netloc: str, hosts: list[str], ports: list[str]) -> tuple[Place, ...]:
    if netloc and hosts:
        raise _refused("the hosts in one place", "remove the option host, or the host before the path")
    named = netloc.split(",") if netloc else [host for text in hosts for host in text.split(",")]
    places = [_place(text) for text in named]
    if ports:
        numbers = ports[0].split(",")
        if not places or any(place.port for place in places) or len(numbers) not in (1, len(places)):
            raise _refused("one port, or one for each host", _REMEDY)
        numbers = numbers * len(places) if len(numbers) == 1 else numbers
        places = [Place(place.host, _port(port)) for place, port in zip(places, numbers, strict=True)]
    return tuple(places)


def _place(text: str) -> Place:
    decoded = unquote(text)
    if "," in decoded:
        raise _refused("hosts and folders without commas", "move the socket to a folder without one")
    if decoded.startswith(("/", "@")):
        return Place(decoded)
    if decoded.startswith("["):
        host, bracket, rest = decoded[1:].partition("]")
        if not bracket or rest[:1] not in ("", ":"):
            raise _refused("an IPv6 address in brackets", _REMEDY)
        port = rest[1:]
    else:
        host, _, port = decoded.partition(":")
    if not _HOST.fullmatch(host):
        raise _refused("host names or addresses", _REMEDY)
    return Place(host.lower(), _port(port))


def _port(text: str) -> str:
    if text and (not _PORT.fullmatch(text) or not 0 < int(text) < 65_536):
        raise _refused("a port from 1 to 65535", _REMEDY)
    return text


def _known(options: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
    for name in options:
        if name not in OPTIONS:
            near = difflib.get_close_matches(name, (*OPTIONS, *_PLACES), n=1)
            remedy = (
                f"did you mean {near[0]}?"
                if near
                else f"remove {name}: Argosy sets time limits and names by itself"
            )
            raise _refused(f"no option {name}", remedy)
    found = {name: values[0] for name, values in options.items()}
    wanted = found.get("target_session_attrs", "any")
    if wanted not in _WRITERS:
        raise _refused(
            f"target_session_attrs to be one of {', '.join(_WRITERS)}", "Argosy writes: name a primary"
        )
    return tuple(found.items())


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _refused(expected: str, remedy: str) -> ConfigError:
    return ConfigError("the database URL cannot be used", expected=expected, remedy=remedy)
