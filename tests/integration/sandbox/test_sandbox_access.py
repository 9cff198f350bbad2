"""Who may use the sandbox: programs of this machine, and no web page."""

from __future__ import annotations

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from argosy.domains.trading.sandbox.server import SandboxThread

pytestmark = pytest.mark.integration

FAULT = '{"endpoint": "* /polymarket/*", "kind": "latency", "latencyMs": 1, "times": 1}'
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sandbox/faults"),
        ("DELETE", "/sandbox/faults"),
        ("POST", "/sandbox/accounts/0xa/deposit"),
        ("POST", "/polymarket/clob/order"),
        ("DELETE", "/polymarket/clob/cancel-all"),
        ("POST", "/binance/api/v3/order"),
        ("DELETE", "/binance/api/v3/order"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": "127.0.0.1.evil.example:8710"},
    ],
)
def test_a_web_page_neither_trades_nor_controls(
    http: httpx.Client, method: str, path: str, headers: dict[str, str]
) -> None:
    assert http.request(method, path, content=FAULT, headers={**JSON, **headers}).status_code == 403
    assert http.get("/sandbox/faults").json() == {"items": []}


@pytest.mark.parametrize(
    "path", ["/sandbox/state", "/polymarket/clob/time", "/binance/api/v3/time", "/healthz"]
)
def test_a_rebound_name_reads_nothing(http: httpx.Client, path: str) -> None:
    assert http.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert http.get(path, headers={"Host": "localhost:8710"}).status_code == 200


def test_a_web_page_opens_no_socket(running: SandboxThread) -> None:
    address = running.url.replace("http", "ws", 1) + "/polymarket/ws/market"
    with pytest.raises(InvalidStatus):
        connect(address, origin="http://evil.example")  # type: ignore[arg-type]
    connect(address).close()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_control_is_written_in_json_only(http: httpx.Client, kind: str) -> None:
    assert http.post("/sandbox/faults", content=FAULT, headers={"Content-Type": kind}).status_code == 415
    assert http.post("/sandbox/faults", content=FAULT, headers=JSON).status_code == 201


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/faults", '{"kind": "reject", "kind": "latency"}'),
        ("/sandbox/faults", '{"kind": "latency", "probability": NaN}'),
        ("/sandbox/accounts/0xa/deposit", '{"amount": "1", "amount": "1000000"}'),
    ],
)
def test_control_that_is_not_clear_is_refused(http: httpx.Client, path: str, body: str) -> None:
    assert http.post(path, content=body, headers=JSON).status_code == 422
    assert http.get("/sandbox/faults").json() == {"items": []}
