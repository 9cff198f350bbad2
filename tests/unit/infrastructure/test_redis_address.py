"""One Redis URL means the same server, database and certificates to redis-py, kombu and Celery's backend."""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from argosy.errors import ConfigError
from argosy.infrastructure import redis as connections
from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.redis_address import RedisAddress, parse_redis_url

MakeApp = Callable[[Settings], Any]


@pytest.fixture(scope="module")
def make_app() -> Iterator[MakeApp]:
    """The product's own; its module reads the environment when it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARGOSY_REDIS_URL", "redis://127.0.0.1:1/0")
        patch.setenv("ARGOSY_DATABASE_URL", "postgresql://127.0.0.1:1/argosy")
        yield importlib.import_module("workers.app").make_app


@dataclass(frozen=True)
class Reading:
    """What one library would connect to."""

    where: tuple[Any, ...]
    database: int
    username: str | None
    password: str | None
    verify: Any
    check_hostname: Any
    files: tuple[Any, ...]


def reading(options: dict[str, Any]) -> Reading:
    path = options.get("path")
    names = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
    return Reading(
        where=(path,) if path else (options["host"], int(options["port"])),
        database=int(options.get("db", 0)),
        username=options.get("username"),
        password=options.get("password"),
        verify=options.get("ssl_cert_reqs"),
        check_hostname=options.get("ssl_check_hostname"),
        files=tuple(options.get(name) for name in names),
    )


def readings(make_app: MakeApp, url: str) -> dict[str, Reading]:
    """How each library that opens Redis reads the settings we make of `url`."""
    app = make_app(Settings(redis_url=url, database_url="postgresql://127.0.0.1/argosy"))
    channel_class = app.connection_for_write().transport.Channel

    class Channel(channel_class):  # type: ignore[misc, valid-type]  # kombu ships no types
        def __init__(self, connection: Any) -> None:  # without opening a socket
            self.connection = connection
            for name, value in (connection.client.transport_options or {}).items():
                setattr(self, name, value)

    found = {}
    for name, connection in (("write", app.connection_for_write()), ("read", app.connection_for_read())):
        found[f"broker ({name})"] = reading(Channel(connection.transport)._connparams())
    found["backend"] = reading(app.backend.connparams)
    found["client"] = reading(connections.client(url).connection_pool.connection_kwargs)
    found["probe"] = reading(connections.probe_client(url).connection_pool.connection_kwargs)
    found["async client"] = reading(connections.async_client(url).connection_pool.connection_kwargs)
    return found


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache", RedisAddress("cache", 6379)),
        ("redis://cache:6380/3", RedisAddress("cache", 6380, database=3)),
        ("redis://cache/", RedisAddress("cache")),
        ("redis://cache?db=3", RedisAddress("cache", database=3)),
        ("redis://cache/3?db=3", RedisAddress("cache", database=3)),
        ("redis:///2", RedisAddress("localhost", database=2)),
        ("redis://[::1]:7000/1", RedisAddress("::1", 7000, database=1)),
        ("redis://me@cache", RedisAddress("cache", username="me")),
        ("redis://:p%40ss%2Fw%23d%25@cache", RedisAddress("cache", password="p@ss/w#d%")),
        ("redis://me:p;w,%3B@cache", RedisAddress("cache", username="me", password="p;w,;")),
        ("rediss://cache", RedisAddress("cache", tls=True)),
        (
            "rediss://cache/1?ssl_ca_certs=/etc/ca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem",
            RedisAddress(
                "cache",
                database=1,
                tls=True,
                tls_options=(
                    ("ssl_ca_certs", "/etc/ca.pem"),
                    ("ssl_certfile", "/c.pem"),
                    ("ssl_keyfile", "/k.pem"),
                ),
            ),
        ),
        (
            "rediss://cache?ssl_cert_reqs=none",
            RedisAddress("cache", tls=True, tls_options=(("ssl_cert_reqs", ssl.CERT_NONE),)),
        ),
        ("unix:///run/x.sock", RedisAddress(socket="/run/x.sock")),
        (
            "unix://me:pw@/run/x.sock?db=2",
            RedisAddress(socket="/run/x.sock", database=2, username="me", password="pw"),
        ),
        ("unix:///run/a%20b%3Bc%3Fd%23e%25/x.sock", RedisAddress(socket="/run/a b;c?d#e%/x.sock")),
    ],
)
def test_every_client_reads_the_same_address(make_app: MakeApp, url: str, expected: RedisAddress) -> None:
    assert parse_redis_url(url) == expected
    found = readings(make_app, url)
    wanted = Reading(
        where=(expected.socket,) if expected.socket else (expected.host, expected.port),
        database=expected.database,
        username=expected.username,
        password=expected.password,
        verify=expected.ssl_options.get("ssl_cert_reqs"),
        check_hostname=expected.ssl_options.get("ssl_check_hostname"),
        files=tuple(
            expected.ssl_options.get(name) for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
        ),
    )
    for name, each in found.items():
        if expected.username and expected.password is None:
            assert each.password in (None, ""), name
        else:
            assert each == wanted, name


TEXT = st.text(st.characters(min_codepoint=1, codec="utf-8"), min_size=1, max_size=12)


@settings(max_examples=40)
@given(
    user=TEXT,
    password=TEXT,
    folder=TEXT,
    database=st.integers(0, 15),
    kind=st.sampled_from(["redis", "rediss", "unix"]),
)
@example(user="a", password="%2F", folder="x", database=1, kind="redis")
@example(user="a", password=";", folder=";", database=1, kind="unix")
def test_odd_characters_reach_every_client_as_they_are(
    make_app: MakeApp, user: str, password: str, folder: str, database: int, kind: str
) -> None:
    who = f"{quote(user, safe='')}:{quote(password, safe='')}@"
    path = f"/run/{folder}/x"
    url = (
        f"unix://{who}{quote(path)}?db={database}"
        if kind == "unix"
        else f"{kind}://{who}cache:7000/{database}"
    )
    for name, each in readings(make_app, url).items():
        assert (each.username, each.password, each.database) == (user, password, database), name
        assert each.where == ((path,) if kind == "unix" else ("cache", 7000)), name
        if kind == "rediss":
            assert (each.verify, each.check_hostname) == (ssl.CERT_REQUIRED, True), name


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("redis+socket:///run/x.sock", "unix:///path"),
        ("sentinel://a:26379", "Sentinel"),
        ("redis:cache", "redis://"),
        ("redis://cache/0?socket_timeout=5", "remove socket_timeout"),
        ("redis://cache/0?protocol=3", "remove protocol"),
        ("redis://cache/0?ssl_cert_reqs=none", "rediss://"),
        ("redis://cache/jobs", "names for databases"),
        ("redis://cache/1/2", "names for databases"),
        ("redis://cache/-1", "names for databases"),
        ("redis://cache/٣", "names for databases"),
        ("redis://cache/1?db=2", "name it once"),
        ("redis://cache?db=1&db=2", "repeated"),
        ("redis://cache?db=", "names for databases"),
        ("redis://one,two/0", "redis://user:password@host:port/0"),
        ("redis://one:6379,two:6379/0", "redis://user:password@host:port/0"),
        ("redis://cache:0/0", "redis://user:password@host:port/0"),
        ("redis://cache:99999/0", "redis://user:password@host:port/0"),
        ("redis://:pa/ss@cache/0", "%2F"),
        ("redis://:pa#ss@cache/0", "%23"),
        ("redis://:pa%ss@cache/0", "%25"),
        ("redis://:pa ss@cache/0", "%20"),
        ("redis://cache/0\n", "%20"),
        ("redis://[::1/0", "correct it"),
        ("rediss://cache?ssl_cert_reqs=optional", "verified"),
        ("rediss://cache?ssl_check_hostname=maybe", "checked"),
        ("rediss://cache?ssl_ca_certs=ca.pem", "whole path"),
        ("rediss://cache?ssl_ca_path=/etc/ssl", "remove ssl_ca_path"),
        ("unix://run/x.sock", "unix:///"),
        ("unix:///", "unix:///"),
        ("unix://", "unix:///"),
        ("unix:///run/%00.sock", "correct the path"),
        (f"unix:///{'x' * 200}", "shorter path"),
        ("unix:///run/x.sock?virtual_host=2", "remove virtual_host"),
    ],
)
def test_refused_with_a_remedy(url: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_redis_url(url)
    assert remedy in str(caught.value)
    with pytest.raises(ValueError, match="redis_url"):
        Settings(redis_url=url)


@pytest.mark.parametrize(
    "url", ["redis://:hunter22@cache/0?x=1", "redis://:hunter22/@cache/0", "redis://:hunter22#@c"]
)
def test_a_refusal_keeps_the_password_to_itself(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOSY_REDIS_URL", url)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert "hunter22" not in str(caught.value)


def test_a_password_shows_in_no_text_of_an_address() -> None:
    address = parse_redis_url("redis://me:hunter22@cache/0")
    assert "hunter22" not in repr(address) + address.place


def test_a_pool_process_may_take_longer_to_start_than_a_silent_redis_takes_to_fail(make_app: MakeApp) -> None:
    """Its first heartbeat goes to Redis. Celery's own 4 s kill one after another on a busy machine."""
    conf = make_app(
        Settings(redis_url="redis://127.0.0.1/0", database_url="postgresql://127.0.0.1/argosy")
    ).conf
    transport = conf.broker_transport_options
    silent_s = transport["socket_connect_timeout"] + transport["socket_timeout"]
    assert conf.worker_proc_alive_timeout > silent_s
