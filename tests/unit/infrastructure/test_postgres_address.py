"""One Postgres URL means the same servers, database and options to SQLAlchemy's pools and to sessions of psycopg."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine

from argosy.errors import ConfigError
from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.postgres_address import parse_postgres_url
from argosy.infrastructure.storage.engine.database import libpq_url, sqlalchemy_url

UTC = "-c timezone=UTC"


def pool(url: str) -> dict[str, str]:
    made = sqlalchemy_url(url)
    _, found = create_engine(made).dialect.create_connect_args(made)
    return {name: str(value) for name, value in found.items() if name != "context"}


def session(url: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(libpq_url(url, settings=UTC)).items()}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h/d", {"user": "u", "password": "p", "host": "h", "dbname": "d"}),
        ("postgres://a@h/db", {"user": "a", "host": "h", "dbname": "db"}),
        ("postgresql+psycopg://h:5433/db", {"host": "h", "port": "5433", "dbname": "db"}),
        (
            "postgresql://a:p%40ss%2Fw%23d%25@127.0.0.1:5432/db",
            {"user": "a", "password": "p@ss/w#d%", "host": "127.0.0.1", "port": "5432", "dbname": "db"},
        ),
        ("postgresql://u@[::1]:5432/db", {"user": "u", "host": "::1", "port": "5432", "dbname": "db"}),
        ("postgresql:///db?host=/var/run/postgresql", {"host": "/var/run/postgresql", "dbname": "db"}),
        (
            "postgresql://u@/db?host=%2FUsers%2Fann%2FLibrary%2FApplication%20Support%2Fargosy&port=5433",
            {"user": "u", "host": "/Users/ann/Library/Application Support/argosy", "port": "5433", "dbname": "db"},
        ),
        ("postgresql://u@/db?host=/c++/run", {"user": "u", "host": "/c++/run", "dbname": "db"}),
        (
            "postgresql://u:p@h1:5432,h2:5433/db?target_session_attrs=read-write",
            {"user": "u", "password": "p", "host": "h1,h2", "port": "5432,5433", "dbname": "db",
             "target_session_attrs": "read-write"},
        ),
        (
            "postgresql://u@/db?host=h1:5432&host=h2:5433&target_session_attrs=read-write",
            {"user": "u", "host": "h1,h2", "port": "5432,5433", "dbname": "db", "target_session_attrs": "read-write"},
        ),
        ("postgresql://h1,[::1]:5433/db", {"host": "h1,::1", "port": ",5433", "dbname": "db"}),
        ("postgresql:///db?host=h1,h2&port=5433", {"host": "h1,h2", "port": "5433,5433", "dbname": "db"}),
        ("postgresql:///?host=h&user=u&password=p&dbname=d", {"user": "u", "password": "p", "host": "h", "dbname": "d"}),
        (
            "postgresql://h/db?sslmode=verify-full&sslrootcert=/etc/c%20a.pem",
            {"host": "h", "dbname": "db", "sslmode": "verify-full", "sslrootcert": "/etc/c a.pem"},
        ),
        ("postgresql://h/db?options=-csearch_path%3Dargosy", {"host": "h", "dbname": "db",
                                                               "options": f"-csearch_path=argosy {UTC}"}),
    ],
)  # fmt: skip
def test_both_drivers_connect_with_the_same(url: str, expected: dict[str, str]) -> None:
    wanted = {"options": UTC} | expected
    assert pool(url) == wanted
    assert session(url) == wanted
    assert Settings(database_url=url).database_url == f"postgresql+psycopg://{url.partition('://')[2]}"


TEXT = st.text(
    st.characters(min_codepoint=1, codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=12
)


@given(user=TEXT, password=TEXT, database=TEXT, folder=TEXT.filter(lambda text: "," not in text))
@example(user="a", password="+", database="d b", folder="Application Support")
@example(user="a", password="%2B", database="d", folder="a+b")
def test_odd_characters_reach_both_drivers_as_they_are(
    user: str, password: str, database: str, folder: str
) -> None:
    who, name = f"{quote(user, safe='')}:{quote(password, safe='')}", quote(database, safe="")
    url = f"postgresql://{who}@/{name}?host={quote(f'/run/{folder}', safe='')}"
    wanted = {
        "user": user,
        "password": password,
        "dbname": database,
        "host": f"/run/{folder}",
        "options": UTC,
    }
    assert pool(url) == wanted
    assert session(url) == wanted


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("sqlite:///x.db", "ARGOSY_DATABASE_URL"),
        ("postgresql:", "ARGOSY_DATABASE_URL"),
        ("postgresql://u:p/w@h/db", "%2F"),
        ("postgresql://u:p#w@h/db", "%23"),
        ("postgresql://u:p%w@h/db", "%25"),
        ("postgresql://u:p w@h/db", "%20"),
        ("postgresql://h/db?sslmod=require", "did you mean sslmode?"),
        ("postgresql://h/db?application_name=x", "remove application_name"),
        ("postgresql://h/db?sslmode=require&sslmode=disable", "repeated sslmode"),
        ("postgresql://h/db?target_session_attrs=standby", "primary"),
        ("postgresql://h/db?host=other", "remove the option host"),
        ("postgresql://u@h/db?user=v", "remove the option user"),
        ("postgresql://h:0/db", "host:5432"),
        ("postgresql://h:port/db", "host:5432"),
        ("postgresql://h1,h2/db?port=1,2,3", "host:5432"),
        ("postgresql://[::1/db", "host:5432"),
        ("postgresql://h/a/b", "host:5432"),
        ("postgresql://h/a%00b", "host:5432"),
        ("postgresql://h?host", "remove the option host"),
    ],
)
def test_refused_with_a_remedy(url: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_postgres_url(url)
    assert remedy in str(caught.value)
    with pytest.raises(ValueError, match="database_url"):
        Settings(database_url=url)


@pytest.mark.parametrize("url", ["postgresql://u:hunter22@h/d?x=1", "postgresql://u:hunter22/@h/d"])
def test_a_refusal_keeps_the_password_to_itself(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOSY_DATABASE_URL", url)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert "hunter22" not in str(caught.value)
    assert "hunter22" not in repr(parse_postgres_url("postgresql://u:hunter22@h/d"))
