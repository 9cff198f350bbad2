"""`argosy sandbox` as a process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind, ActionResult
from argosy.core.clock import SystemClock
from argosy.domains.trading.market import window_slug
from argosy.domains.trading.sandbox.identity import account_of, exchange_secret
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.domains.trading.venues.polymarket.parse import parse_books, parse_market
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments


@contextmanager
def command(
    tmp_path: Path, repo_root: Path, *arguments: str, paths: Sequence[Path] = ()
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address; killed if it is still there at the end."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [repo_root / "platform", *paths])),
        "ARGOSY_HOME": str(tmp_path / "home"),
        "COLUMNS": "200",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "argosy.cli", "sandbox", *arguments],
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = ""
        while (found := re.search(r"sandbox on (http://\S+)", said)) is None:
            line = process.stderr.readline()
            if not line:
                break
            said += line
        yield process, found[1] if found else said
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        if process.stderr is not None:
            process.stderr.close()


def test_it_replays_files_at_the_same_addresses_and_stops_when_told(
    tmp_path: Path, repo_root: Path, shared_data: Path
) -> None:
    files = [str(shared_data / f"polymarket/l1_15m/prices_20260202_{name}.csv") for name in ("1100", "1115")]
    with command(tmp_path, repo_root, "--port", "0", "--replay", *files) as (process, url):
        with httpx.Client(base_url=url, timeout=30) as http:
            assert http.get("/healthz").json() == {"status": "ok"}
            state = http.get("/sandbox/state").json()
            assert state["mode"] == "replay"
            slug = window_slug("btc-updown-15m", SystemClock().now())
            if slug in {market["slug"] for market in state["markets"]}:
                now = SystemClock().now()
                market = parse_market(http.get(f"/polymarket/gamma/markets/slug/{slug}").json(), read_at=now)
                payload = [{"token_id": token} for token in market.symbols]
                books = parse_books(
                    http.post("/polymarket/clob/books", json=payload).json(), market.symbols, received_at=now
                )
                assert all(book.at is None for book in books)
                assert all(
                    0 < level.price < 1 and level.size == Decimal(20) for book in books for level in book.bids
                )
            assert http.get("/binance/api/v3/ticker/price", params={"symbol": "BTCUSDT"}).status_code == 400
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in {0, -signal.SIGTERM, 130}


def test_a_taken_port_is_said_so(tmp_path: Path, repo_root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with command(tmp_path, repo_root, "--port", port) as (process, said):
            assert process.wait(30) == 7
            assert f"cannot listen on 127.0.0.1:{port}" in said


@pytest.mark.parametrize(
    "arguments",
    [["--replay", "absent.csv"], ["--speed", "0"], ["--replay", "noise.csv"], ["--set", "fees=none"]],
)
def test_wrong_arguments_end_with_code_2_and_an_explanation(
    tmp_path: Path, repo_root: Path, arguments: list[str]
) -> None:
    (tmp_path / "noise.csv").write_text("a,b\n1,2\n")
    with command(tmp_path, repo_root, "--port", "0", *arguments) as (process, said):
        assert process.wait(30) == 2
        assert "recording" in said or "speed" in said or "commission: asset" in said


def test_a_plug_ins_venue_is_served_beside_the_built_in_ones(tmp_path: Path, repo_root: Path) -> None:
    plugin = tmp_path / "plugin"
    (plugin / "metering-1.dist-info").mkdir(parents=True)
    (plugin / "metering-1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: metering\nVersion: 1\n"
    )
    (plugin / "metering-1.dist-info" / "entry_points.txt").write_text(
        "[argosy.plugins]\nmetering = metering:PACKAGE\n"
    )
    (plugin / "metering.py").write_text(
        "from argosy.venuekit.domain import DomainPackage, DomainSandbox\n"
        "from support.meter import Meter\n"
        "PACKAGE = DomainPackage(name='metering', sandboxes=(DomainSandbox(lambda place: [Meter(place)]),))\n"
    )
    with (
        command(
            tmp_path,
            repo_root,
            "--port",
            "0",
            "--set",
            "commission=quote",
            paths=[plugin, repo_root / "tests"],
        ) as (_, url),
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        modules = http.get("/sandbox/modules").json()["items"]
        assert [one["name"] for one in modules] == ["prediction", "exchanges", "meter"]
        assert http.post("/meter/draw", json={"account": "anna", "kwh": "4"}).json() == {"drawn": "4"}
        assert http.get("/sandbox/record?account=anna").json()["meter"]["holdings"]["kWh"] == "4"
        assert http.get("/kraken/0/public/Time").status_code == 200


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, repo_root: Path) -> None:
    account = account_of("killed bot")
    documents = MemoryDocuments()
    acknowledged: dict[str, ActionResult] = {}
    with command(tmp_path, repo_root, "--port", "0") as (process, url):
        keys = {
            "api_key": SecretStr(account),
            "api_secret": SecretStr(exchange_secret(account)),
            "trading_enabled": True,
        }
        places = TradingSettings().at_sandbox(url).binance.model_copy(update=keys)
        venue = ExchangeVenue("binance", places, SystemClock(), Shared(), documents=documents)
        for number in range(3):
            ask = venue.quote("BTC/USDT").ask
            assert ask is not None
            action = Action(
                client_id=f"{number:032x}",
                venue="binance",
                kind=ActionKind.PLACE_ORDER,
                symbol="BTC/USDT",
                side="buy",
                quantity=Decimal("0.005"),
                limit_price=(ask * 2).quantize(Decimal("0.01")),
            )
            acknowledged[action.client_id] = venue.execute(action)
        before = httpx.get(f"{url}/sandbox/record", params={"account": account}).json()["binance"]
        process.kill()
        process.wait(10)
    with command(tmp_path, repo_root, "--port", "0") as (_, url), httpx.Client(base_url=url) as http:
        record = http.get("/sandbox/record", params={"account": account}).json()["binance"]
    assert record == before
    assert list(dict.fromkeys(part["clientId"] for part in record["executions"])) == list(acknowledged)
    assert {part["id"]: Decimal(part["price"]) for part in record["executions"]} == {
        fill.id: fill.price for result in acknowledged.values() for fill in result.fills
    }
