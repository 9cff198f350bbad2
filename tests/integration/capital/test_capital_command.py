"""`argosy capital` on a real Postgres."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from argosy.cli._shared.output import ExitCode
from argosy.cli.root import run
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.money import capital
from argosy.infrastructure.storage.safety import audit

from .conftest import Argosy, two_strategies

pytestmark = pytest.mark.integration
KEY = "0x" + "11" * 32


def strategies(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["strategyId"]: each for each in shown["strategies"]}


def test_weights_are_the_workflow_s_until_set_and_never_more_than_all(
    argosy: Argosy, database: Database
) -> None:
    code, shown = argosy("capital", "set", "up=0.5", "--bot", "b1", "--reason", "calmer")
    assert code == 0
    assert {name: each["weight"] for name, each in strategies(shown).items()} == {
        "up": "0.5",
        "down": "0.4",
        "": "0.1",
    }
    code, refused = argosy("capital", "set", "down=0.6", "--bot", "b1")
    assert code == ExitCode.USAGE
    assert "come to more than the bot's capital" in refused["error"]["message"]
    assert argosy("capital", "set", "other=0.1", "--bot", "b1")[0] == ExitCode.NOT_FOUND
    assert argosy("capital", "set", "up", "--bot", "b1")[0] == ExitCode.USAGE
    assert argosy("capital", "set", "up=half", "--bot", "b1")[0] == ExitCode.USAGE
    assert argosy("capital", "set", "up=0.1", "up=0.2", "--bot", "b1")[0] == ExitCode.USAGE
    assert argosy("capital", "set", "up=0.1", "--bot", "nobody")[0] == ExitCode.NOT_FOUND
    newest = database.run(audit.newest(subject="bot:b1", action="capital.set"))[0]
    assert (newest.origin, newest.reason) == ("cli", "calmer")


def test_idle_shares_are_lent_by_policy_but_not_by_who_keeps(argosy: Argosy, database: Database) -> None:
    shown = strategies(argosy("capital", "lend", "on", "--bot", "b1")[1])
    assert (shown["up"]["available"], shown["up"]["availableLent"]) == ("600", "400")
    shown = strategies(argosy("capital", "lend", "off", "--bot", "b1", "--strategy", "down")[1])
    assert (shown["up"]["available"], shown["up"]["availableLent"]) == ("600", "0")
    assert (shown["down"]["available"], shown["down"]["availableLent"]) == ("400", "600")
    assert argosy("capital", "lend", "off", "--bot", "b1")[1]["lending"] == "none"


def test_show_tells_what_is_in_use_and_why_not_more(
    argosy: Argosy, database: Database, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    argosy("capital", "lend", "off", "--bot", "b1")
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            "INSERT INTO positions (mode, bot_id, strategy_id, venue, symbol, domain, quantity, cost, realised,"
            " fees, entry_id) VALUES ('paper', 'b1', 'up', 'v', 's', 'trading', 10, 700, 0, 0, 1)"
        )
    code, shown = argosy("capital", "show")
    assert code == 0
    assert [bot["botId"] for bot in shown["bots"]] == ["b1", "b2"]
    up = strategies(shown["bots"][0])["up"]
    assert (up["invested"], up["available"], up["code"]) == ("700", "0", "over_share")
    assert up["reason"] == "700 is in use of a share of 600.0"
    assert run(["capital", "show", "--bot", "b1"]) == 0
    assert "b1: 1000 USD, paper; lending none, live off" in capsys.readouterr().out


def test_live_needs_a_reason_and_credentials(
    argosy: Argosy, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = ("capital", "live", "on", "--bot", "b1")
    code, refused = argosy(*on, "--reason", "proved in paper")
    assert code == ExitCode.FAILED
    assert "no venue that takes its orders" in refused["error"]["message"]
    monkeypatch.setenv("ARGOSY_TRADING__POLYMARKET__PRIVATE_KEY", KEY)
    monkeypatch.setenv("ARGOSY_TRADING__POLYMARKET__TRADING_ENABLED", "true")
    assert argosy(*on)[0] == ExitCode.USAGE
    assert not database.run(capital.account("b1")).live_enabled
    code, shown = argosy(*on, "--reason", "proved in paper")
    assert (code, shown["liveEnabled"]) == (0, True)
    assert not argosy("capital", "live", "off", "--bot", "b1")[1]["liveEnabled"]


def test_a_disabled_strategy_has_no_share(argosy: Argosy, database: Database) -> None:
    argosy("capital", "lend", "off", "--bot", "b1")
    changed = database.run(workflows.save(two_strategies(up="0.9", enabled=False), "test"))
    database.run(bots.set_workflow("b1", changed.digest))
    argosy("capital", "lend", "off", "--bot", "b1")
    found = {share.strategy_id: share.weight for share in database.run(capital.shares("b1"))}
    assert found == {"up": Decimal("0.9"), "down": Decimal(0)}
