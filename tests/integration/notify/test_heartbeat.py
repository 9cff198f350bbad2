"""The heartbeat to a monitor outside, against a real HTTP server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from loguru import logger
from pydantic import SecretStr, ValidationError

from argosy.bootstrap import Runtime
from argosy.core.clock import SystemClock
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.errors import Unavailable
from argosy.infrastructure.config import Settings
from argosy.infrastructure.config.sections import HeartbeatSettings
from argosy.infrastructure.notify.heartbeat import OutsideHeartbeat
from argosy.infrastructure.servers import Endpoints
from workers import guard as tasks

pytestmark = pytest.mark.integration
SECRET = "/ping/0b6c9f3e-secret-key"

_OWN = "argosy.infrastructure.notify.heartbeat"
"""Other tests of this process log from threads that still end."""


@dataclass
class Monitor:
    """Keeps what it was sent. `gate` holds back its answer, `status` is that answer."""

    url: str = ""
    calls: list[tuple[str, str, bytes]] = field(default_factory=list)
    status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    made = Monitor()
    made.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            made.calls.append((self.command, self.path, body))
            made.arrived.release()
            made.gate.wait(30)
            self.send_response(made.status)
            if made.status == 302:
                self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = do_HEAD = _answer

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}{SECRET}"
    yield made
    made.gate.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


def heartbeat(url: str, *turns: bool, **more: Any) -> OutsideHeartbeat:
    """Its turn comes as `turns` say, then always."""
    settings = HeartbeatSettings.model_validate({"url": SecretStr(url), **more})
    left = list(turns)
    return OutsideHeartbeat(settings, SystemClock(), turn=lambda _: left.pop(0) if left else True)


def beat(sender: OutsideHeartbeat, state: EmergencyState = EmergencyState.NORMAL) -> bool:
    call = sender.beat(state)
    if call is None:
        return False
    call.join(30)
    assert not call.is_alive()
    return True


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_the_monitor_is_called_in_its_turn(monitor: Monitor, method: str) -> None:
    sender = heartbeat(monitor.url, True, False, True, method=method)
    assert [beat(sender) for _ in range(3)] == [True, False, True]
    body = b"state=NORMAL\n" if method == "POST" else b""
    assert monitor.calls == [(method, SECRET, body)] * 2


def test_a_halt_is_a_failure_where_that_was_asked_for(monitor: Monitor) -> None:
    sender = heartbeat(monitor.url + "?tag=a", fail_on_halt=True)
    for state in EmergencyState:
        beat(sender, state)
    beat(heartbeat(monitor.url), EmergencyState.HALT)
    ends = ["?tag=a", "?tag=a", "/fail?tag=a", "/fail?tag=a", ""]
    assert [path for _, path, _ in monitor.calls] == [SECRET + end for end in ends]


def test_a_monitor_that_hangs_holds_nothing_up(monitor: Monitor) -> None:
    monitor.gate.clear()
    sender = heartbeat(monitor.url, timeout_s=0.3)
    call = sender.beat(EmergencyState.NORMAL)
    assert call is not None
    assert monitor.arrived.acquire(timeout=30)
    assert sender.beat(EmergencyState.NORMAL) is None, "one call at a time"
    call.join(30)
    assert not call.is_alive(), "it gives up at its limit"
    monitor.gate.set()
    assert beat(sender)


@pytest.mark.parametrize("status", [302, 404, 500, None])
def test_what_goes_wrong_is_said_once_and_never_with_the_address(
    monitor: Monitor, status: int | None
) -> None:
    said: list[str] = []
    sink = logger.add(lambda message: said.append(str(message)), level="DEBUG", filter=_OWN)
    try:
        sender = heartbeat(monitor.url if status else f"http://127.0.0.1:1{SECRET}")
        monitor.status = status or 200
        for _ in range(3):
            beat(sender)
        assert len(said) == 1 and "did not take the heartbeat" in said[0]
        assert len(monitor.calls) == (3 if status else 0), "no redirect is followed"
        if status:
            monitor.status = 200
            beat(sender)
            assert "takes the heartbeat again" in said[1]
    finally:
        logger.remove(sink)
    assert "secret" not in "".join(said)


@pytest.mark.parametrize("url", ["ftp://x/y", "https://", "hc-ping.com/x"])
def test_an_address_that_is_none_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValidationError, match="https://") as refused:
        HeartbeatSettings.model_validate({"url": url})
    assert "hc-ping" not in str(refused.value.errors(include_input=False))
    assert HeartbeatSettings.model_validate({"url": ""}).url is None


def test_it_comes_from_a_guard_that_has_looked(
    monitor: Monitor, redis_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.model_validate(
        {
            "redis_url": redis_url,
            "database_url": database_url,
            "heartbeat": {"url": monitor.url, "every_s": 5, "fail_on_halt": True},
        }
    )
    ports = Runtime(settings, Endpoints(redis_url, database_url))
    monkeypatch.setattr(tasks, "runtime", lambda: ports)
    ports.restore_flags()
    tasks.guard()
    assert monitor.arrived.acquire(timeout=30)
    tasks.guard()  # within `every_s` nobody sends again, in whichever process
    other = Runtime(settings, Endpoints(redis_url, database_url))
    assert tasks.heartbeat_of(other).beat(EmergencyState.NORMAL) is None
    ports.desk.change("platform", EmergencyState.HALT, actor=Actor(id="ann"), reason="drill")
    client = tasks.connections.client(redis_url)
    client.delete("argosy:heartbeat")
    tasks.guard()
    assert monitor.arrived.acquire(timeout=30)
    assert [path for _, path, _ in monitor.calls] == [SECRET, f"{SECRET}/fail"]
    client.delete("argosy:heartbeat")

    def cannot_look() -> None:
        raise Unavailable("Postgres does not answer")

    monkeypatch.setattr(ports.guard, "round", cannot_look)
    with pytest.raises(Unavailable):
        tasks.guard()
    assert client.get("argosy:heartbeat") is None, "nothing was sent: silence means trouble"
    assert len(monitor.calls) == 2
    other.close()
    ports.close()
