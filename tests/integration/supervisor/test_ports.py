"""Ports are bound before anything starts, and the sockets are handed on."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from argosy.cli.stack.checks.machine import ports
from argosy.errors import Unavailable
from argosy.infrastructure.config import Settings
from argosy.infrastructure.config.sections import DashboardSettings, FlowerSettings, SandboxSettings
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.servers.sockets import free_port
from argosy.infrastructure.serving.listeners import bind_first_free
from argosy.infrastructure.supervisor.table import bind_ports, process_table, urls, with_listener

pytestmark = pytest.mark.integration

ENDPOINTS = Endpoints("redis://127.0.0.1:1/0", "postgresql+psycopg://postgres@/argosy?host=/s")


def test_two_stacks_that_bind_at_once_get_ports_of_their_own(tmp_path: Path) -> None:
    wanted = free_port()
    settings = Settings(home=tmp_path, dashboard=DashboardSettings(port=wanted))
    starting = threading.Barrier(8)

    def bind(_: int) -> tuple[Settings, dict[str, socket.socket]]:
        starting.wait()
        return bind_ports(settings)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(bind, range(8)))
    try:
        ports = [listener.getsockname()[1] for _, bound in made for listener in bound.values()]
        assert len(set(ports)) == len(ports) == 8 * 3
        for final, bound in made:
            assert final.dashboard.port == bound["dashboard"].getsockname()[1]
            assert urls(final)["sandbox"].endswith(f":{bound['sandbox'].getsockname()[1]}")
    finally:
        for _, bound in made:
            for listener in bound.values():
                listener.close()


def test_a_process_inherits_the_socket_that_was_bound_for_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, flower=FlowerSettings(enabled=False))
    final, bound = bind_ports(settings)
    try:
        assert set(bound) == {"dashboard", "sandbox"}
        specs = {spec.name: with_listener(spec, bound) for spec in process_table(final, ENDPOINTS)}
        number = bound["dashboard"].fileno()
        assert specs["dashboard"].options["pass_fds"] == (number,)
        assert specs["dashboard"].env["ARGOSY_LISTENER"] == str(number)
        assert specs["dashboard"].options["cwd"] == str(tmp_path)
        assert "pass_fds" not in specs["beat"].options
    finally:
        for listener in bound.values():
            listener.close()


def test_nothing_stays_bound_when_one_process_finds_no_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(
        "argosy.infrastructure.supervisor.table.bind_first_free",
        lambda host, port: bind_first_free(host, port, tries=1),
    )
    free, taken = free_port(), first.getsockname()[1]
    settings = Settings(
        home=tmp_path, dashboard=DashboardSettings(port=free), flower=FlowerSettings(port=taken)
    )
    with first, pytest.raises(Unavailable, match="no free port"):
        bind_ports(settings)
    bind_first_free("127.0.0.1", free, tries=1).close()


def test_the_doctor_names_the_ports_that_a_start_would_bind(tmp_path: Path) -> None:
    """Three services want one port that is taken: each gets one of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        settings = Settings(
            home=tmp_path,
            dashboard=DashboardSettings(port=taken),
            flower=FlowerSettings(port=taken),
            sandbox=SandboxSettings(port=taken),
        )
        named = [int(check.found.partition("; ")[2].split()[0]) for check in ports(settings, None)]
    assert len(set(named)) == len(named) == 3
    assert taken not in named
