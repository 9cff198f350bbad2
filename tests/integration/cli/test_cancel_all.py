"""`argosy cancel-all` against the sandbox, with neither Postgres nor Redis anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from support.frozen_sender import BOT, build, order

from argosy.cli.root import run
from argosy.core.actions.action import ActionStatus
from argosy.core.clock import SystemClock
from argosy.domains.trading.market import window_slug
from argosy.domains.trading.sandbox.identity import account_of, exchange_secret, private_key
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.infrastructure.state.memory_documents import MemoryDocuments

DEAD = {
    "ARGOSY_REDIS_URL": "redis://127.0.0.1:1/0",
    "ARGOSY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
}
KINDS = ("polymarket", "binance")


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[SandboxThread]:
    with SandboxThread(simulated(seed=7)) as served:
        host, _, port = served.url.removeprefix("http://").partition(":")
        key = account_of(BOT)
        for name, value in {
            **DEAD,
            "ARGOSY_HOME": str(tmp_path / "home"),
            "ARGOSY_SANDBOX__HOST": host,
            "ARGOSY_SANDBOX__PORT": port,
            # The sandbox stands for the venues themselves.
            "ARGOSY_TRADING__POLYMARKET__CLOB_URL": f"{served.url}/polymarket/clob",
            "ARGOSY_TRADING__POLYMARKET__GAMMA_URL": f"{served.url}/polymarket/gamma",
            "ARGOSY_TRADING__POLYMARKET__PRIVATE_KEY": private_key(BOT),
            "ARGOSY_TRADING__BINANCE__BASE_URL": f"{served.url}/binance",
            "ARGOSY_TRADING__BINANCE__API_KEY": key,
            "ARGOSY_TRADING__BINANCE__API_SECRET": exchange_secret(key),
        }.items():
            monkeypatch.setenv(name, value)
        yield served


class Account:
    """A venue with open orders of this account; `venue` is how the platform knows them."""

    def __init__(self, kind: str, sandbox: SandboxThread) -> None:
        self.kind, self.url = kind, sandbox.url
        self.venue: Any = build(kind, sandbox.url, MemoryDocuments(), SystemClock())
        self.symbols: tuple[str, ...] = ("BTC/USDT", "ETH/USDT")
        if kind == "polymarket":
            slug = window_slug("btc-updown-15m", SystemClock().now() + timedelta(minutes=15))
            market = self.venue.market(slug)
            self.symbols = (market.up, market.down)
        self.actions = [self.place(number) for number in range(4)]

    def place(self, number: int) -> Any:
        price, quantity = ("0.02", "10") if self.kind == "polymarket" else ("1000.00", "0.01")
        action = order(self.kind, number + 1, self.symbols[number % 2], price, quantity=quantity)
        assert self.venue.execute(action).status is ActionStatus.OPEN
        return action

    def open(self) -> list[str]:
        return sorted(str(each.client_id) for each in self.venue.open_orders())

    def fault(self, **row: Any) -> None:
        with httpx.Client(base_url=f"{self.url}/sandbox", timeout=30) as http:
            http.post("/faults", json={"probability": 1, **row}).raise_for_status()


@pytest.fixture(params=KINDS)
def account(request: pytest.FixtureRequest, sandbox: SandboxThread) -> Account:
    return Account(request.param, sandbox)


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["cancel-all", *arguments, "--yes", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_every_open_order_is_cancelled(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = command(capsys, "--venue", account.kind)
    assert (code, told["left"], told["failures"], told["listed"]) == (0, [], [], True)
    assert {Decimal(each["quantity"]) for each in told["cancelled"]} == {account.actions[0].quantity}
    assert len(told["cancelled"]) == 4
    assert told["audited"] is False
    assert account.open() == []
    # What reconciliation then learns of them.
    for action in account.actions:
        assert account.venue.query_action(action.client_id).status is ActionStatus.CANCELLED
    code, told = command(capsys, "--venue", account.kind)
    assert (code, told["cancelled"], told["left"]) == (0, [], [])


def test_only_those_of_a_symbol(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = command(capsys, "--venue", account.kind, "--symbol", account.symbols[0])
    assert (code, len(told["cancelled"]), told["left"]) == (0, 2, [])
    assert account.open() == [
        action.client_id for action in account.actions if action.symbol == account.symbols[1]
    ]


def test_a_bots_account_at_the_sandbox(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = command(capsys, "--venue", account.kind, "--sandbox", "another-bot")
    assert (code, told["cancelled"]) == (0, [])
    code, told = command(capsys, "--venue", account.kind, "--sandbox", BOT)
    assert (code, len(told["cancelled"])) == (0, 4)
    assert account.open() == []


def test_what_is_left_is_said_and_ends_with_code_1(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argosy.infrastructure.cancelling._PAUSE_S", 0.0)
    paths = {"polymarket": "DELETE /polymarket/clob/*", "binance": "DELETE /binance/*"}
    account.fault(endpoint=paths[account.kind], kind="status", status=500)
    code, told = command(capsys, "--venue", account.kind)
    assert (code, told["cancelled"], len(told["left"])) == (1, [], 4)
    assert told["failures"]
    assert len(account.open()) == 4


def test_one_that_fails_first_is_asked_again(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argosy.infrastructure.cancelling._PAUSE_S", 0.0)
    paths = {"polymarket": "DELETE /polymarket/clob/*", "binance": "DELETE /binance/*"}
    account.fault(endpoint=paths[account.kind], kind="drop_before", times=1)
    code, told = command(capsys, "--venue", account.kind)
    assert (code, told["left"], account.open()) == (0, [], [])


def test_without_a_yes_it_asks(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(text: str, **_: Any) -> bool:
        asked.append(text)
        return False

    monkeypatch.setattr("typer.confirm", answer)
    assert run(["cancel-all", "--venue", account.kind]) == 0
    assert asked == [f"Cancel 4 order(s) at {account.kind}?"]
    assert account.symbols[0] in capsys.readouterr().out.replace("\n", "")
    assert len(account.open()) == 4


def test_what_cannot_be_is_said(
    sandbox: SandboxThread, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["cancel-all", "--venue", "nowhere", "--yes"]) == 5
    assert "binance, coinbase, kraken, polymarket" in capsys.readouterr().err
    assert run(["cancel-all", "--venue", "kraken", "--yes"]) == 3
    assert "trading.kraken.api_key" in capsys.readouterr().err
    monkeypatch.setenv("ARGOSY_TRADING__POLYMARKET__CLOB_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("argosy.infrastructure.cancelling._PAUSE_S", 0.0)
    code, told = command(capsys, "--venue", "polymarket")
    assert (code, told["listed"], told["left"]) == (1, False, [])
    assert "cannot be reached" in told["failures"][0]
