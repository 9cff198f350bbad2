"""`argosy halt`, `alert`, `shutdown`, `resume` and `emergency`, as scripts use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration.emergency.conftest import Office

from argosy.cli._shared.output import ExitCode
from argosy.cli.root import run

Argosy = Callable[..., tuple[int, Any]]


@pytest.fixture
def argosy(
    office: Office,
    redis_url: str,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Argosy:
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path))
    monkeypatch.setenv("ARGOSY_REDIS_URL", redis_url)
    monkeypatch.setenv("ARGOSY_DATABASE_URL", database_url)
    office.add_bot("b1", strategies=("s1",))

    def command(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = run([*arguments])
        out = capsys.readouterr().out
        return code, json.loads(out) if "--json" in arguments else out

    return command


def test_a_halt_its_history_and_the_way_back(argosy: Argosy, office: Office) -> None:
    code, text = argosy("halt", "--scope", "bot:b1", "--reason", "odd fills")
    assert (code, text) == (0, "bot:b1 is HALT (was NORMAL), epoch 3\n")
    assert office.flag("bot:b1") == ("HALT", 3)
    code, found = argosy("emergency", "status", "--json")
    assert [(row["scope"], row["state"], row["agrees"]) for row in found["states"]] == [
        ("bot:b1", "HALT", True), ("platform", "NORMAL", True),
    ]  # fmt: skip
    resumed = argosy("resume", "--to", "alert", "--scope", "bot:b1", "--reason", "smaller", "--json")[1]
    assert resumed["state"] == "ALERT"
    assert argosy("resume", "--scope", "bot:b1", "--reason", "fine", "--json")[1]["state"] == "NORMAL"
    code, found = argosy("emergency", "history", "--scope", "bot:b1", "--json")
    assert [(c["before"], c["after"], c["reason"], c["origin"]) for c in found["changes"]] == [
        ("ALERT", "NORMAL", "fine", "cli"), ("HALT", "ALERT", "smaller", "cli"), ("NORMAL", "HALT", "odd fills", "cli"),
    ]  # fmt: skip
    assert "odd fills" in argosy("emergency", "history")[1]
    assert "bot:b1" in argosy("emergency", "status")[1]


def test_an_alert_on_a_halt_leaves_it_and_says_so(
    argosy: Argosy, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    argosy("halt", "--scope", "bot:b1", "--reason", "panic")
    code, found = argosy("alert", "--scope", "bot:b1", "--reason", "thin books", "--json")
    assert (code, found["state"], found["requested"], found["changed"]) == (0, "HALT", "ALERT", False)
    assert run(["alert", "--scope", "bot:b1", "--reason", "thin books"]) == 0
    said = capsys.readouterr()
    assert said.out == "bot:b1 is HALT, as before\n"
    assert "HALT forbids more than ALERT: it stays" in said.err
    assert office.flag("bot:b1") == ("HALT", 3)


EVIL = "calm\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\nplatform is NORMAL"


def test_what_a_reason_holds_is_not_obeyed_by_the_terminal(argosy: Argosy, office: Office) -> None:
    assert argosy("halt", "--reason", EVIL)[0] == 0
    [record] = office.desk.status()
    assert record.reason == "calm\ufffd]0;owned\ufffd\ufffd[2J\ufffd\ufffd31m platform is NORMAL"
    # What was stored before texts were cleaned is not obeyed either.
    with office.database.engine.begin() as connection:
        for table in ("emergency_states", "emergency_changes"):
            connection.exec_driver_sql(f"UPDATE {table} SET reason = %s", (EVIL,))
    for command in (("emergency", "status"), ("emergency", "history"), ("halt", "--reason", "x")):
        code, text = argosy(*command)
        assert code == 0
        assert not set(text) & set("\x1b\x07\x9b\u202e")
    code, found = argosy("emergency", "history", "--json")
    assert EVIL in [change["reason"] for change in found["changes"]], "JSON says what is stored, escaped"


def test_a_shutdown_in_two_steps(argosy: Argosy, office: Office) -> None:
    code, armed = argosy("shutdown", "--reason", "fire", "--flatten", "--json")
    assert (code, armed["state"], armed["armedFor"]) == (0, "HALT", "SHUTDOWN")
    assert argosy("shutdown", "--reason", "fire", "--confirm", "NOPE", "--json")[0] == ExitCode.CONFLICT
    done = argosy("shutdown", "--reason", "fire", "--confirm", armed["code"], "--json")[1]
    assert (done["state"], done["flatten"]) == ("SHUTDOWN", True)
    code, text = argosy("resume", "--reason", "over")
    confirm = text.strip().split()[-1]
    assert (code, office.flag("platform")) == (0, ("SHUTDOWN", done["epoch"]))
    code, text = argosy("resume", "--reason", "over", "--confirm", confirm)
    assert (code, text) == (0, f"platform is NORMAL (was SHUTDOWN), epoch {done['epoch'] + 1}\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("halt",), ExitCode.USAGE),
        (("halt", "--reason", "x", "--scope", "all"), ExitCode.USAGE),
        (("halt", "--reason", "x", "--scope", "bot:nobody"), ExitCode.NOT_FOUND),
        (("resume", "--reason", "x", "--to", "shutdown"), ExitCode.USAGE),
    ],
)
def test_what_does_not_fit_changes_nothing(
    argosy: Argosy, office: Office, arguments: tuple[str, ...], code: int
) -> None:
    assert argosy(*arguments, "--json")[0] == code
    assert office.flag("platform") == ("NORMAL", 2)


def test_a_halt_works_without_postgres(
    argosy: Argosy, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOSY_DATABASE_URL", "postgresql://argosy@127.0.0.1:1/argosy")
    code, found = argosy("halt", "--reason", "now", "--json")
    assert (code, found["state"], found["recorded"]) == (0, "HALT", False)
    assert office.flag("platform") == ("HALT", found["epoch"])
    assert argosy("resume", "--reason", "x", "--json")[0] == ExitCode.UNAVAILABLE
    code, shown = argosy("emergency", "status", "--json")
    assert (code, shown["states"], shown["redis"], shown["unrecorded"]) == (
        0,
        [],
        "answers",
        {"platform": f"HALT {found['epoch']}"},
    )
    assert "does not answer" in shown["postgres"]
    monkeypatch.setenv("ARGOSY_REDIS_URL", "redis://127.0.0.1:1/0")
    assert argosy("emergency", "status")[0] == ExitCode.UNAVAILABLE


def test_a_halt_works_without_redis(argosy: Argosy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOSY_REDIS_URL", "redis://127.0.0.1:1/0")
    code, found = argosy("halt", "--reason", "now", "--json")
    assert (code, found["state"], found["recorded"], found["flagged"]) == (0, "HALT", True, False)
    code, found = argosy("emergency", "status", "--json")
    assert (code, found["states"][0]["redis"]) == (0, None)
    assert "cannot be read" in found["redis"]
