"""Flower without a password: this machine's own pages only, and no half requests."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.engine import wait_for

from argosy.infrastructure.serving.listeners import bind_first_free
from workers.flower_page import MOST_CONNECTIONS

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


@pytest.fixture
def flower(redis_url: str, tmp_path: Path) -> Iterator[str]:
    """Base address of a Flower that was given its socket."""
    listener = bind_first_free("127.0.0.1", 0)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARGOSY_", "FLOWER_"))}
    env = {
        **kept,
        "ARGOSY_HOME": str(tmp_path),
        "ARGOSY_REDIS_URL": redis_url,
        "ARGOSY_DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "ARGOSY_DASHBOARD__ALLOWED_HOSTS": "desk.example.org",
        "ARGOSY_LISTENER": str(listener.fileno()),
    }
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with (tmp_path / "flower.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workers", "flower", "--port=1", f"--db={tmp_path / 'flower'}"],
            env=env, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT, pass_fds=[listener.fileno()],
        )  # fmt: skip
    listener.close()
    try:
        wait_for(lambda: answers(url), timeout_s=120, why=(tmp_path / "flower.log").read_text())
        yield url
    finally:
        process.kill()
        process.wait(30)


def answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url + "/healthcheck", timeout=2, trust_env=False).status_code == 200
    return False


def test_other_names_pages_and_slow_clients_are_refused(flower: str) -> None:
    for headers, status in (
        ({}, 200),
        ({"Host": "desk.example.org"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:8701"}, 403),
    ):
        assert httpx.get(flower + "/workers", headers=headers, trust_env=False).status_code == status, headers
    for headers in (
        {"Origin": "http://evil.example"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        reply = httpx.post(flower + "/api/task/async-apply/x", headers=headers, trust_env=False)
        assert reply.status_code == 403, headers

    port = int(flower.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as half:
        half.sendall(b"GET /workers HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while half.recv(4096):
                pass
        assert time.monotonic() - began < 45

    with contextlib.ExitStack() as many:
        for _ in range(MOST_CONNECTIONS):
            many.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        one_more = many.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        assert one_more.recv(1) == b""
    wait_for(lambda: answers(flower), why="Flower answers when the others are gone")
