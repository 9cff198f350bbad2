"""Small pieces of the notices that need no server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from argosy.infrastructure.config.sections import NotifySettings
from argosy.infrastructure.logging import redact
from argosy.infrastructure.notify.dispatcher import backoff, together
from argosy.infrastructure.notify.receivers import receivers_of
from argosy.infrastructure.storage.safety.notices import Level, NoticeRecord

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def notice(number: int, level: Level = "info") -> NoticeRecord:
    return NoticeRecord(
        number, f"k{number}", level, f"t{number}", "b", AT, AT, 1, 0, 0, [], False, None, False, None
    )


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = [backoff(attempts) / timedelta(seconds=1) for attempts in (1, 2, 3, 8, 9, 32_767)]
    assert waits == [5, 10, 20, 640, 900, 900]


def test_one_alone_stays_as_it_is_and_many_are_counted() -> None:
    assert together([notice(1, "error")]) == ("t1", "b", "error")
    title, body, level = together([notice(0, "error"), *(notice(n) for n in range(1, 20))])
    assert (title, level) == ("20 messages (1 error, 19 info)", "error")
    assert body.splitlines()[0] == "09:30:00 error: t0"
    assert len(body.splitlines()) == 20
    _, body, _ = together([notice(n) for n in range(21)])
    assert body.splitlines()[20] == "… and 1 more; `argosy notify list` shows them"


def test_no_part_of_a_receivers_url_reaches_a_log() -> None:
    url = "tgram://123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678/987654321/?secretish=abcd1234"
    (receiver,) = receivers_of([SecretStr(url)])
    line = redact.text(
        f"calling https://api/bot123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678 for 987654321 {url}"
    )
    for part in ("AbCdEfGhIjKlMnOpQrStUvWxYz012345678", "987654321", "abcd1234"):
        assert part not in line
    assert receiver.label == "1 (Telegram)"
    assert receiver.id not in url


def test_words_and_addresses_in_a_url_stay_readable() -> None:
    receivers_of([SecretStr("json://operator:pass-of-operator@notices.example.com:8080/hook/alerts")])
    line = "operator at notices.example.com:8080 has hook and alerts"
    assert redact.text(line) == line
    assert "pass-of-operator" not in redact.text("with pass-of-operator")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("what://very-secret-token", "begins with what://"),
        ("tgram://very-secret-token", "begins with tgram://"),
        ("very-secret-token-0123456789", "does not begin with"),
        ("123456789:very-secret-token", "does not begin with"),
        ("very-secret-token://host", "does not begin with"),
        ("json://very-secret-token@[::1/x", "begins with json://"),
    ],
)
def test_a_url_nobody_understands_takes_nothing_and_is_not_shown(url: str, shown: str) -> None:
    good, bad = receivers_of([SecretStr("json://127.0.0.1:9/x"), SecretStr(url)])
    assert good.fault is None
    said = bad.send("t", "b", "info")
    assert said is not None
    assert said == bad.fault
    assert "entry 2 of notify.urls" in said
    assert shown in said
    assert not any(part in f"{said} {bad.label} {bad.id}" for part in ("very", "secret", "123456789"))
    assert "very-secret-token" not in redact.text(f"to {url} now")


def test_secrets_in_a_list_are_known_to_the_log() -> None:
    redact.register_secrets_of(NotifySettings(urls=(SecretStr("json://listed-secret-host/x"),)))
    assert "listed-secret-host" not in redact.text("to json://listed-secret-host/x now")
