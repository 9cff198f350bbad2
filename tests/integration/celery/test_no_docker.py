"""The plug-in is installed and nothing of it reaches for Docker (see also the fixture `no_docker`)."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import docker
import pytest

from .conftest import DockerTrap

pytestmark = pytest.mark.integration


def test_no_test_of_this_session_asks_for_a_container(request: pytest.FixtureRequest) -> None:
    """In a run of the whole suite these are all its tests."""
    here = Path(__file__).parent
    for item in request.session.items:
        assert isinstance(item, pytest.Function)
        assert "docker_client" not in item.fixturenames, item.nodeid
        if item.path.parent != here:
            assert "celery_setup" not in item.fixturenames, item.nodeid
        parameters = set(item.callspec.params) if hasattr(item, "callspec") else set()
        assert not parameters & {"celery_broker", "celery_backend"}, item.nodeid


def test_the_trap_notices_a_docker_client(docker_trap: DockerTrap) -> None:
    with closing(docker.DockerClient(base_url=docker_trap.url, timeout=0.1, version="1.45")) as client:
        with pytest.raises(Exception, match="timed out"):
            client.ping()
        assert docker_trap.caught() >= 1


def test_a_session_with_the_plug_in_opens_no_connection(docker_trap: DockerTrap, tmp_path: Path) -> None:
    """Loading, collecting, running and reporting (a failure too: the plug-in adds containers' logs to it)."""
    (tmp_path / "test_any.py").write_text(
        "def test_loaded(request):\n"
        "    assert request.config.pluginmanager.hasplugin('celery')\n"
        "def test_fails(request):\n"
        "    assert not request\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "DOCKER_HOST": docker_trap.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert not docker_trap.caught()
