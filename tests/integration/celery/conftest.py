"""pytest-celery's fixtures on processes: a Valkey and a database for each module, workers as it asks for them.

The product keeps queue and run state in one server, so broker and backend are two nodes on one process.
"""

from __future__ import annotations

import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state
from pytest_celery import CeleryTestSetup
from support import databases
from support.celery_processes import (
    ArgosySetup,
    ProcessBackend,
    ProcessBroker,
    ProcessWorker,
    ValkeyContainer,
    WorkerContainer,
)
from support.engine import Engine, engine

from argosy.infrastructure.servers import EmbeddedServers

StartWorkers = Callable[..., list[WorkerContainer]]


class DockerTrap:
    """An address for DOCKER_HOST that notices whoever connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.url = f"tcp://127.0.0.1:{self.socket.getsockname()[1]}"

    def caught(self) -> int:
        """How many connected since it was last asked."""
        count = 0
        with suppress(BlockingIOError):
            while True:
                self.socket.accept()[0].close()
                count += 1
        return count


@pytest.fixture
def docker_trap() -> Iterator[DockerTrap]:
    made = DockerTrap()
    with closing(made.socket):
        yield made


@pytest.fixture(scope="session", autouse=True)
def no_docker() -> Iterator[None]:
    """From the first test of this folder to the end of the session nothing connects to a Docker engine."""
    trap = DockerTrap()
    with closing(trap.socket), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", trap.url)
        yield
        assert not trap.caught(), "a test reached for Docker"


@pytest.fixture(scope="session")
def docker_client() -> None:
    """What every container fixture of the plug-in starts from. Nothing here may ask for it."""
    pytest.fail("a test reached for Docker: override the fixture of the container it wants")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="argosy-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def valkey(folder: Path) -> Iterator[ValkeyContainer]:
    container = ValkeyContainer(folder)
    try:
        container.start()
        container.ready()
        yield container
    finally:
        container.remove()


@pytest.fixture(scope="module")
def own_database_url(servers: EmbeddedServers, migrated_template: str) -> Iterator[str]:
    name = f"celery_{secrets.token_hex(4)}"
    yield databases.copy(servers, migrated_template, name)
    databases.execute(servers, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def stack(valkey: ValkeyContainer, own_database_url: str, folder: Path) -> Iterator[Engine]:
    """The product's ports on the same servers, for what the tests launch and look up."""
    with engine(valkey.host_url, own_database_url, folder) as made:
        yield made


@pytest.fixture(scope="module")
def start_workers(stack: Engine) -> Iterator[StartWorkers]:
    """Starts workers on the module's servers, all at once; they are killed with the module."""
    started: list[WorkerContainer] = []

    def start(count: int = 1, **options: Any) -> list[WorkerContainer]:
        made = [WorkerContainer(stack.folder, stack.environment, **options) for _ in range(count)]
        for container in made:
            started.append(container)
            container.start()
        for container in made:
            container.ready()
        return made

    try:
        yield start
    finally:
        for container in started:
            container.remove()


@pytest.fixture
def default_worker_cls() -> type[ProcessWorker]:
    return ProcessWorker


@pytest.fixture
def celery_worker(celery_setup_worker: ProcessWorker) -> ProcessWorker:
    """Asked for by name and not by a parameter, so that a module can parametrise its container."""
    return celery_setup_worker


@pytest.fixture
def default_redis_broker(valkey: ValkeyContainer) -> ValkeyContainer:
    return valkey


@pytest.fixture
def default_redis_backend(valkey: ValkeyContainer) -> ValkeyContainer:
    return valkey


@pytest.fixture
def celery_broker(default_redis_broker: ValkeyContainer) -> Iterator[ProcessBroker]:
    """The one broker there is: not parametrised with RabbitMQ and others."""
    node = ProcessBroker(default_redis_broker)
    yield node
    node.teardown()


@pytest.fixture
def celery_backend(default_redis_backend: ValkeyContainer) -> Iterator[ProcessBackend]:
    """The one backend there is."""
    node = ProcessBackend(default_redis_backend)
    yield node
    node.teardown()


@pytest.fixture
def celery_setup_cls() -> type[CeleryTestSetup]:
    return ArgosySetup


@pytest.fixture
def celery_setup_app(
    celery_setup_cls: type[CeleryTestSetup], celery_setup_config: dict[str, str], celery_setup_name: str
) -> Iterator[Celery]:
    """The plug-in makes the client the current application of the process; other tests get theirs back."""
    before = _state._tls.current_app, _state.default_app
    app = celery_setup_cls.create_setup_app(celery_setup_config, celery_setup_name)
    try:
        yield app
    finally:
        app.close()
        _state._tls.current_app, _state.default_app = before
