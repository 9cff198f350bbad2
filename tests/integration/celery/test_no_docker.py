"""The plug-in is installed and nothing of it reaches for Docker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

pytestmark = pytest.mark.integration


class Trap:
    """An address that DOCKER_HOST names: it notices whoever connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.url = f"tcp://127.0.0.1:{self.socket.getsockname()[1]}"

    def sprung(self) -> bool:
        try:
            self.socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def trap() -> Iterator[Trap]:
    made = Trap()
    with closing(made.socket):
        yield made


def test_no_test_of_this_session_asks_for_a_container(request: pytest.FixtureRequest) -> None:
    """In a run of the whole suite these are all its tests."""
    here = Path(__file__).parent
    for item in request.session.items:
        assert isinstance(item, pytest.Function)
        assert "docker_client" not in item.fixturenames, item.nodeid
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if item.path.parent != here:
            assert "celery_setup" not in item.fixturenames, item.nodeid
        assert not {"celery_broker", "celery_backend"} & set(parameters), item.nodeid


def test_collecting_with_the_plug_in_opens_no_connection(trap: Trap, repo_root: Path) -> None:
    with (
        pytest.raises(docker.errors.DockerException),
        closing(docker.DockerClient(base_url=trap.url, timeout=0.1)) as client,
    ):
        client.ping()
    assert trap.sprung()  # it works
    while trap.sprung():
        pass
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", str(Path(__file__).parent)],
        cwd=repo_root,
        env={**os.environ, "DOCKER_HOST": trap.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_two_workers_share_a_fan" in done.stdout
    assert "rabbitmq" not in done.stdout
    assert not trap.sprung()
