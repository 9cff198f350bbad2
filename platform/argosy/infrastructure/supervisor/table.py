"""The one table of processes a stack consists of."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.servers.base import Server
from argosy.infrastructure.servers.sockets import free_port
from argosy.infrastructure.supervisor.spec import ProcessSpec


def with_free_ports(settings: Settings) -> Settings:
    """The same settings with the next free port wherever the wanted one is taken."""
    taken: set[int] = set()

    def pick(host: str, wanted: int) -> int:
        port = free_port(host, wanted)
        while port in taken:
            port = free_port(host, port + 1)
        taken.add(port)
        return port

    dashboard, flower, sandbox = settings.dashboard, settings.flower, settings.sandbox
    return settings.model_copy(
        update={
            "dashboard": dashboard.model_copy(update={"port": pick(dashboard.host, dashboard.port)}),
            "flower": flower.model_copy(update={"port": pick("127.0.0.1", flower.port)}),
            "sandbox": sandbox.model_copy(update={"port": pick(sandbox.host, sandbox.port)}),
        }
    )


def urls(settings: Settings) -> dict[str, str]:
    """What a person can open."""
    found = {"dashboard": url(settings.dashboard.host, settings.dashboard.port)}
    if settings.flower.enabled:
        found["flower"] = url("127.0.0.1", settings.flower.port)
    if settings.sandbox.enabled:
        found["sandbox"] = url(settings.sandbox.host, settings.sandbox.port)
    return found


def url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - recognised, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def server_spec(server: Server) -> ProcessSpec:
    """An embedded server as a supervised process."""
    return ProcessSpec(
        name=server.name,
        argv=server.argv,
        env=server.env,
        options=server.spawn_options,
        prepare=server.prepare,
        ready=server.ready,
        stop_signals=(server.stop_signal,),
        stop_timeout_s=15,
    )


def environment(settings: Settings, endpoints: Endpoints) -> dict[str, str]:
    """What children read as their settings: resolved servers, home and ports."""
    return {
        "ARGOSY_HOME": str(settings.home),
        "ARGOSY_PROFILE": settings.profile,
        "ARGOSY_REDIS_URL": endpoints.redis_url,
        "ARGOSY_DATABASE_URL": endpoints.database_url,
        "ARGOSY_DASHBOARD__PORT": str(settings.dashboard.port),
        "ARGOSY_FLOWER__PORT": str(settings.flower.port),
        "ARGOSY_SANDBOX__PORT": str(settings.sandbox.port),
        "PYTHONUNBUFFERED": "1",
    }


def process_table(settings: Settings, endpoints: Endpoints) -> list[ProcessSpec]:
    """Every process besides the servers. `settings` have their final ports (see `with_free_ports`)."""
    env = environment(settings, endpoints)
    quiet = [
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        settings.logging.level.replace("TRACE", "DEBUG"),
    ]

    def worker(name: str, *options: str) -> ProcessSpec:
        argv = [sys.executable, "-m", "workers", "worker", "-n", f"{name}@%h", *options, *quiet]
        # A soft shutdown gives nodes at work some seconds, then hands their messages back.
        own = {"ARGOSY_PROCESS": f"worker-{name}", "REMAP_SIGTERM": "SIGQUIT"}
        return ProcessSpec(name=f"worker-{name}", argv=argv, env={**env, **own})

    def process(name: str, *argv: str, ready: Callable[[int], bool] | None = None) -> ProcessSpec:
        return ProcessSpec(
            name=name, argv=[sys.executable, *argv], env={**env, "ARGOSY_PROCESS": name}, ready=ready
        )

    table = [
        worker(f"quick{n}", "-P", "solo", "-Q", "argosy.quick,argosy.control")
        for n in range(1, settings.worker.quick + 1)
    ]
    table += [
        worker(
            f"io{n}", "-P", "threads", "-c", str(settings.worker.io_threads), "-Q", "argosy.io,argosy.control"
        )
        for n in range(1, settings.worker.io + 1)
    ]
    if settings.worker.heavy:
        table.append(
            worker("heavy1", "-P", "prefork", "-c", str(settings.worker.heavy), "-Q", "argosy.heavy")
        )
    table += [
        process("beat", "-m", "workers", "beat", "-S", "beat_schedule:PostgresScheduler",
                "--max-interval", "1", "--schedule", str(settings.run_dir / "beat"), "--pidfile", ""),
        process("recorder", "-m", "workers.recorder"),
        process(
            "dashboard", "-m", "dashboard", ready=healthy(settings.dashboard.host, settings.dashboard.port)
        ),
    ]  # fmt: skip
    if settings.flower.enabled:
        auth = settings.flower.basic_auth
        spec = process(
            "flower", "-m", "workers", "flower",
            "--address=127.0.0.1", f"--port={settings.flower.port}",
            f"--db={settings.run_dir / 'flower'}",
        )  # fmt: skip
        if auth is not None:  # in the environment, for a command line is public
            spec = ProcessSpec(
                spec.name, spec.argv, {**spec.env, "FLOWER_BASIC_AUTH": auth.get_secret_value()}
            )
        table.append(spec)
    if settings.sandbox.enabled:
        table.append(
            process(
                "sandbox", "-m", "argosy.cli", "sandbox",
                ready=listening(settings.sandbox.host, settings.sandbox.port),
            )
        )  # fmt: skip
    return table


def prepare_spec(settings: Settings, endpoints: Endpoints) -> ProcessSpec:
    """Migrations and first bots, in a process of its own: the supervisor stays small."""
    return ProcessSpec(
        name="prepare",
        argv=[sys.executable, "-m", "argosy.cli", "prepare"],
        env=environment(settings, endpoints),
        restart=False,
    )


def healthy(host: str, port: int) -> Callable[[int], bool]:
    """Does GET /healthz answer 200: can runs happen?"""

    def ask(_pid: int) -> bool:
        connection = http.client.HTTPConnection(reachable(host), port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def listening(host: str, port: int) -> Callable[[int], bool]:
    """Does somebody accept connections there?"""

    def ask(_pid: int) -> bool:
        try:
            with socket.create_connection((reachable(host), port), timeout=0.5):
                return True
        except OSError:
            return False

    return ask


def reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not bound


def data_folders(settings: Settings) -> dict[str, Path]:
    """Where things are kept, for people."""
    return {"data": settings.home / "data", "logs": settings.log_dir}
