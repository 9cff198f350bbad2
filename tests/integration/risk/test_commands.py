"""`argosy risk` on real servers."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.risk import D

from argosy.bootstrap import types
from argosy.bootstrap.runtime import Runtime
from argosy.cli import root as cli
from argosy.cli._shared.output import ExitCode
from argosy.core.money.ledger import Entry, EntryKind
from argosy.core.money.money import ONE
from argosy.core.risk import custom
from argosy.infrastructure.config import Settings
from argosy.infrastructure.config.sections import EmergencySettings
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import ledger
from argosy.infrastructure.storage.safety import limits

from .conftest import NOW

pytestmark = pytest.mark.integration
Argosy = Callable[..., tuple[int, Any]]


@pytest.fixture
def argosy(
    redis_url: str,
    database_url: str,
    tmp_path: Path,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Argosy]:
    """Runs the command with --json in this process, whose start is what takes long."""
    settings = Settings(home=tmp_path, emergency=EmergencySettings(alert_scale=D("0.25")))
    runtime = Runtime(settings, Endpoints(redis_url, database_url))
    monkeypatch.setattr("argosy.bootstrap.runtime.open_runtime", lambda: runtime)

    def run(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.run(["risk", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    yield run
    runtime.close()


def booked(kind: EntryKind, amount: int, **more: Any) -> Entry:
    values: dict[str, Any] = {
        "at": NOW, "mode": "paper", "domain": "trading", "bot_id": "b1", "strategy_id": "", "venue": "",
        "kind": kind, "currency": "USD", "amount": D(amount), "rate": ONE, "rate_source": "same",
        "base_currency": "USD", "base_amount": D(amount),
    }  # fmt: skip
    return Entry(**{**values, **more})


def test_set_list_check_remove(argosy: Argosy, database: Database, redis_url: str) -> None:
    capital = booked(EntryKind.CAPITAL, 1000)
    bought = booked(
        EntryKind.TRADE, -300, strategy_id="up", venue="kraken", symbol="BTC/USD", quantity=D(3), price=D(100),
        client_id="c1", fill_id="f1",
    )  # fmt: skip
    assert database.run(ledger.book([capital, bought])) == 2

    exposure = ("set", "exposure", "--scope", "bot:b1", "--kind", "total_exposure")
    code, made = argosy(*exposure, "--limit", "400", "--reason", "start")
    assert code == 0
    assert made["before"] is None
    assert (made["after"]["limit"], made["after"]["version"], made["after"]["warning"]) == ("400", 1, "0.8")
    code, listed = argosy("list")
    assert code == 0
    (row,) = listed["limits"]
    assert (row["id"], row["current"], row["utilisation"], row["state"]) == ("exposure", "300", 0.75, "")
    assert argosy("check") == (0, {"mode": "paper", "ok": True, "findings": []})

    code, changed = argosy("set", "exposure", "--limit", "299.99", "--warning", "0.5")
    assert code == 0
    assert (changed["before"]["limit"], changed["after"]["limit"], changed["after"]["scope"]) == (
        "400", "299.99", "bot:b1",
    )  # fmt: skip
    code, checked = argosy("check")
    assert code == ExitCode.FAILED
    assert [(f["constraint"], f["verdict"]) for f in checked["findings"]] == [("exposure", "denied")]
    assert argosy("check", "--mode", "live") == (0, {"mode": "live", "ok": True, "findings": []})

    assert argosy("set", "exposure", "--limit", "5", "--version", "1")[0] == ExitCode.CONFLICT
    assert argosy("set", "exposure", "--off")[1]["after"]["enabled"] is False
    assert argosy("list", "--scope", "bot:b1")[1]["limits"][0]["state"] == "off"
    assert argosy("list", "--scope", "platform")[1]["limits"] == []
    code, gone = argosy("remove", "exposure")
    assert (code, gone["after"]) == (0, None)
    assert argosy("remove", "exposure")[0] == ExitCode.NOT_FOUND
    events = [e for e in RedisEventBus(redis_url).read() if e.type == "param_change"]
    assert [(e.data["param"], e.data["old"], e.data["new"]) for e in events] == [
        ("risk.exposure", None, "400"),
        ("risk.exposure", "400", "299.99"),
        ("risk.exposure", "299.99", "299.99, off"),
        ("risk.exposure", "299.99, off", None),
    ]


def test_a_change_that_nobody_can_be_told_of_is_saved_and_said_to_be(
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = Endpoints(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0", database_url)
        runtime = Runtime(Settings(home=tmp_path), away)
        monkeypatch.setattr("argosy.bootstrap.runtime.open_runtime", lambda: runtime)
        words = ("set", "exposure", "--scope", "bot:b1", "--kind", "total_exposure", "--limit", "400")
        assert cli.run(["risk", *words, "--json"]) == 0
        said = capsys.readouterr()
        assert json.loads(said.out)["after"]["limit"] == "400"
        assert "warning: saved, and in force" in said.err
        assert cli.run(["risk", "remove", "exposure", "--json"]) == 0
    runtime.close()
    assert database.run(limits.records()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("x", "--scope", "bot:b1", "--kind", "leverage"), ExitCode.USAGE, "limit: Field required"),
        (("x", "--scope", "bot:b1", "--kind", "luck", "--limit", "1"), ExitCode.USAGE, "kind"),
        (("x", "--scope", "bot:b1", "--kind", "leverage", "--limit", "-1"), ExitCode.USAGE, "greater than"),
        (
            ("x", "--scope", "bot:b1", "--kind", "position_size", "--limit", "1e999999"),
            ExitCode.USAGE,
            "1E+999999",
        ),
        (("x", "--scope", "bot:b1", "--kind", "leverage", "--limit", "Infinity"), ExitCode.USAGE, "Infinity"),
        (("x", "--scope", "bot:b1", "--kind", "leverage", "--limit", "NaN"), ExitCode.USAGE, "NaN"),
        (
            ("x", "--scope", "bot:b1", "--kind", "leverage", "--limit", "1", "--warning", "1.1"),
            ExitCode.USAGE,
            "warning",
        ),
        (("x", "--scope", "bot:b1", "--kind", "leverage", "--limit", "many"), ExitCode.USAGE, "many"),
        (("x", "--scope", "bot:none", "--kind", "leverage", "--limit", "1"), ExitCode.NOT_FOUND, "none"),
        (("x", "--scope", "venue:none", "--kind", "daily_loss", "--limit", "1"), ExitCode.NOT_FOUND, "none"),
        (("x", "--scope", "venue:kraken", "--kind", "drawdown", "--limit", "1"), ExitCode.USAGE, "kraken"),
        (("x", "--scope", "b1", "--kind", "leverage", "--limit", "1"), ExitCode.USAGE, "b1"),
        (
            ("x", "--scope", "platform", "--kind", "leverage", "--limit", "1", "--parameter", "a"),
            ExitCode.USAGE,
            "a",
        ),
    ],
)
def test_what_is_refused(argosy: Argosy, arguments: tuple[str, ...], code: int, words: str) -> None:
    found, answer = argosy("set", *arguments)
    assert found == code
    assert words in answer["error"]["found"]


def test_what_if_is_explained_and_keeps_nothing(argosy: Argosy, database: Database) -> None:
    database.run(ledger.book([booked(EntryKind.CAPITAL, 1000)]))
    order = (
        "assess",
        "--bot",
        "b1",
        "--strategy",
        "up",
        "--venue",
        "kraken",
        "--symbol",
        "BTC/USD",
        "--side",
        "buy",
    )
    code, answer = argosy(*order, "--quantity", "3", "--price", "100")
    assert (code, answer["allowed"], answer["code"]) == (ExitCode.FAILED, False, "emergency.halt")
    assert argosy(*order, "--quantity", "x", "--price", "1")[0] == ExitCode.USAGE
    assert argosy("assess", "--bot", "no", *order[3:], "--quantity", "1")[0] == ExitCode.NOT_FOUND


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One that brings the measure `luck`, installed as any other is, and not loaded yet."""
    info = tmp_path / "argosy_luck-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: argosy-luck\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[argosy.plugins]\nluck = argosy_luck:PACKAGE\n")
    (tmp_path / "argosy_luck.py").write_text(
        "from argosy.core.risk import custom\n"
        "from argosy.venuekit.domain import DomainPackage\n"
        "PACKAGE = DomainPackage(name='luck')\n"
        "custom.register('luck', lambda snapshot, scope: 7)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    types.domains.cache_clear()
    yield
    types.domains.cache_clear()
    custom.unregister("luck")


@pytest.mark.usefixtures("plug_in")
def test_a_measure_of_a_plug_in_is_there(argosy: Argosy) -> None:
    rule = ("set", "x", "--scope", "bot:b1", "--kind", "custom", "--limit", "7")
    assert argosy(*rule, "--parameter", "measure=luck")[0] == 0
    assert [each["current"] for each in argosy("list")[1]["limits"]] == ["7"]


def test_what_if_scales_as_the_settings_say(argosy: Argosy, database: Database) -> None:
    database.run(ledger.book([booked(EntryKind.CAPITAL, 1000)]))
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
            "VALUES ('platform', 'ALERT', 1, 'test', 'test', now())"
        )
        connection.exec_driver_sql(
            "INSERT INTO capital_accounts (bot_id, reconciled_at) VALUES ('b1', now())"
        )
    order = ("assess", "--bot", "b1", "--venue", "kraken", "--symbol", "BTC/USD", "--side", "buy")
    code, answer = argosy(*order, "--quantity", "1.00", "--price", "100")
    assert (code, answer["allowed"], answer["quantity"]) == (0, True, "0.25")


def test_sizing(argosy: Argosy) -> None:
    capital = ("--capital", "1000")
    kelly = argosy("sizing", "kelly", *capital, "--probability", "0.6", "--cost", "0.5")
    assert kelly[1]["stake"] == "50.00"
    assert argosy("sizing", "fixed", *capital, "--fraction", "0.02")[1]["fraction"] == "0.02"
    edge = argosy("sizing", "edge", *capital, "--mean", "0.02", "--variance", "0.04", "--cap", "0.1")
    assert D(edge[1]["stake"]) == 100
    assert D(argosy("sizing", "volatility", *capital, "--target", "0.1", "--asset", "0.4")[1]["stake"]) == 250
    assert argosy("sizing", "fixed", *capital, "--fraction", "2")[0] == ExitCode.USAGE
    code, answer = argosy("sizing", "kelly", *capital, "--probability", "0.6", "--cost", "x")
    assert (code, answer["error"]["message"]) == (ExitCode.USAGE, "the cost is not a number")
    broke = argosy("sizing", "fixed", "--capital", "0", "--fraction", "0.02")[1]
    assert (D(broke["stake"]), broke["fraction"]) == (0, "0.02")
    assert argosy("sizing", "fixed", "--capital", "-5", "--fraction", "0.02")[0] == ExitCode.USAGE


def test_what_if_of_a_changed_price(argosy: Argosy, database: Database) -> None:
    database.run(ledger.book([booked(EntryKind.CAPITAL, 1000)]))
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
            "VALUES ('platform', 'NORMAL', 1, 'test', 'test', now())"
        )
        connection.exec_driver_sql(
            "INSERT INTO capital_accounts (bot_id, reconciled_at) VALUES ('b1', now())"
        )
    day = ("--kind", "largest_change", "--limit", "0.2", "--window", "86400")
    assert argosy("set", "day", "--scope", "bot:b1", *day)[0] == 0
    assert argosy("set", "least", "--scope", "bot:b1", "--kind", "price_floor", "--limit", "9")[0] == 0
    change = (
        "assess",
        "--bot",
        "b1",
        "--venue",
        "kraken",
        "--symbol",
        "SKU",
        "--kind",
        "set_price",
        "--field",
        "price",
    )
    code, answer = argosy(*change, "--before", "10", "--wanted", "12")
    assert (code, answer["allowed"]) == (0, True)
    code, answer = argosy(*change, "--before", "10", "--wanted", "12.1")
    assert (code, answer["code"]) == (ExitCode.FAILED, "risk.largest_change")
    assert argosy(*change, "--before", "10", "--wanted", "8.9")[1]["code"] == "risk.price_floor"
    assert argosy(*change[:7], "--kind", "no_such_kind")[0] == ExitCode.USAGE
    assert argosy("set", "m", "--scope", "bot:b1", "--kind", "share_of_market", "--limit", "0.1")[0] == 0
    order = ("--side", "buy", "--quantity", "1", "--price", "1")
    assert argosy(*change[:7], *order)[1]["code"] == "risk.unknown"  # the venue tells no size
