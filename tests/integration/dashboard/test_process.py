"""`python -m dashboard` as the supervisor runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from support.engine import ROOT, wait_for
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from argosy.infrastructure.servers.sockets import free_port

pytestmark = pytest.mark.integration


def serve(tmp_path: Path, port: int, **environment: str) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")}
    with (tmp_path / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dashboard"],
            cwd=ROOT,
            env={**kept, "ARGOSY_HOME": str(tmp_path / "home"), "ARGOSY_DASHBOARD__PORT": str(port), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip


def test_it_answers_and_stops_at_once_with_sockets_open(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    process = serve(tmp_path, port, ARGOSY_REDIS_URL=redis_url, ARGOSY_DATABASE_URL=database_url)

    def healthy() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code in (200, 503)
        except httpx.TransportError:
            return False

    try:
        wait_for(healthy, timeout_s=120, why="the dashboard answers")
        assert httpx.get(f"http://127.0.0.1:{port}/api/v1/nodes").json()["items"]
        with connect(f"ws://127.0.0.1:{port}/ws") as live:
            live.send('{"op":"ping"}')
            assert json.loads(live.recv(5))["type"] == "pong"
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) in (0, -signal.SIGTERM)
            assert time.monotonic() - began < 5
            with pytest.raises(ConnectionClosed):
                live.recv(5)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(5)


def test_without_a_stack_it_says_so_and_exits_with_its_code(tmp_path: Path) -> None:
    process = serve(tmp_path, free_port())
    assert process.wait(60) == 4
    assert "the stack is not running" in (tmp_path / "log").read_text()


def test_a_wrong_setting_is_refused_with_its_code(tmp_path: Path) -> None:
    process = serve(tmp_path, 0)
    assert process.wait(60) == 3
    assert "dashboard.port" in (tmp_path / "log").read_text()
