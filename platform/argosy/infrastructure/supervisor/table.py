"""Table of all processes of a stack."""

from __future__ import annotations

import http.client
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from argosy.errors import Unavailable
from argosy.infrastructure.config import Settings
from argosy.infrastructure.config.sources import (
    CONFIG_VARIABLE,
    FOLDER_VARIABLE,
    config_file,
    start_folder,
)
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.servers.base import Server
from argosy.infrastructure.serving.listeners import LISTENER, bind_first_free
from argosy.infrastructure.supervisor.spec import ProcessSpec

FLOWER_HOST = "127.0.0.1"


def bind_ports(settings: Settings) -> tuple[Settings, dict[str, socket.socket]]:
    """Bind a port for each process; return the settings with these ports, and the sockets.

    A taken port is replaced by the next free one. Sockets are keyed by process. Raises Unavailable if no port is
    free; nothing stays bound then.
    """
    dashboard, flower, sandbox = settings.dashboard, settings.flower, settings.sandbox
    wanted = {"dashboard": (dashboard.host, dashboard.port)}
    if flower.enabled:
        wanted["flower"] = (FLOWER_HOST, flower.port)
    if sandbox.enabled:
        wanted["sandbox"] = (sandbox.host, sandbox.port)
    bound: dict[str, socket.socket] = {}
    try:
        for name, (host, port) in wanted.items():
            bound[name] = bind_first_free(host, port)
    except Unavailable:
        for listener in bound.values():
            listener.close()
        raise
    changed = {
        name: getattr(settings, name).model_copy(update={"port": listener.getsockname()[1]})
        for name, listener in bound.items()
    }
    return settings.model_copy(update=changed), bound


def with_listener(spec: ProcessSpec, listeners: Mapping[str, socket.socket]) -> ProcessSpec:
    """Return the process description with the socket bound for it, if any."""
    listener = listeners.get(spec.name)
    if listener is None:
        return spec
    number = listener.fileno()
    return replace(
        spec,
        env={**spec.env, LISTENER: str(number)},
        options={**spec.options, "pass_fds": (number,)},
    )


def urls(settings: Settings) -> dict[str, str]:
    """Return the addresses that a person can open in a browser."""
    found = {"dashboard": url(settings.dashboard.host, settings.dashboard.port)}
    if settings.flower.enabled:
        found["flower"] = url(FLOWER_HOST, settings.flower.port)
    if settings.sandbox.enabled:
        found["sandbox"] = url(settings.sandbox.host, settings.sandbox.port)
    return found


def url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - recognised, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def server_spec(server: Server) -> ProcessSpec:
    """Return an embedded server as a supervised process."""
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


def places(settings: Settings) -> dict[str, str]:
    """Return home, settings file and module path as absolute paths.

    The processes run in another folder than this one.
    """
    file = config_file()
    modules = [
        str(Path(entry).absolute()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry
    ]
    return {
        **({"PYTHONPATH": os.pathsep.join(modules)} if modules else {}),
        **({} if file is None else {CONFIG_VARIABLE: str(file.absolute())}),
        FOLDER_VARIABLE: str(start_folder()),
        "ARGOSY_HOME": str(settings.home),
    }


def environment(settings: Settings, endpoints: Endpoints) -> dict[str, str]:
    """Return the environment of children: settings file, resolved servers, home and ports."""
    return {
        **places(settings),
        "ARGOSY_PROFILE": settings.profile,
        "ARGOSY_REDIS_URL": endpoints.redis_url,
        "ARGOSY_DATABASE_URL": endpoints.database_url,
        "ARGOSY_DASHBOARD__PORT": str(settings.dashboard.port),
        "ARGOSY_FLOWER__PORT": str(settings.flower.port),
        "ARGOSY_SANDBOX__PORT": str(settings.sandbox.port),
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",
    }


def python(module: str, *arguments: str) -> list[str]:
    """Return a command line that runs the installed module, whatever the current folder holds."""
    return [sys.executable, "-P", "-m", module, *arguments]


def process_table(settings: Settings, endpoints: Endpoints) -> list[ProcessSpec]:
    """Return every process besides the servers.

    `settings` hold the final ports (see `bind_ports`).
    """
    env = environment(settings, endpoints)
    at_home = {"cwd": str(settings.home)}
    quiet = [
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        settings.logging.level.replace("TRACE", "DEBUG"),
    ]

    def worker(name: str, *options: str) -> ProcessSpec:
        argv = python("workers", "worker", "-n", f"{name}@%h", *options, *quiet)
        # A soft shutdown gives running nodes some seconds, then returns their messages to the queue.
        own = {"ARGOSY_PROCESS": f"worker-{name}", "REMAP_SIGTERM": "SIGQUIT"}
        return ProcessSpec(name=f"worker-{name}", argv=argv, env={**env, **own}, options=at_home)

    def process(
        name: str, module: str, *arguments: str, ready: Callable[[int], bool] | None = None
    ) -> ProcessSpec:
        return ProcessSpec(
            name=name,
            argv=python(module, *arguments),
            env={**env, "ARGOSY_PROCESS": name},
            options=at_home,
            ready=ready,
        )

    table = [
        worker(f"quick{n}", "-P", "solo", "-Q", "argosy.quick,argosy.control")
        for n in range(1, settings.worker.quick + 1)
    ]
    table += [
        worker(
            f"io{n}",
            "-P",
            "threads",
            "-c",
            str(settings.worker.io_threads),
            "-Q",
            "argosy.io,argosy.venue,argosy.control",
        )
        for n in range(1, settings.worker.io + 1)
    ]
    if settings.worker.heavy:
        table.append(
            worker("heavy1", "-P", "prefork", "-c", str(settings.worker.heavy), "-Q", "argosy.heavy")
        )
    table += [
        process("beat", "workers", "beat", "-S", "beat_schedule:PostgresScheduler",
                "--max-interval", "1", "--schedule", str(settings.run_dir / "beat"), "--pidfile", ""),
        process("recorder", "workers.recorder"),
        process(
            "dashboard", "dashboard", ready=healthy(settings.dashboard.host, settings.dashboard.port)
        ),
    ]  # fmt: skip
    if settings.flower.enabled:
        auth = settings.flower.basic_auth
        spec = process(
            "flower", "workers", "flower",
            f"--address={FLOWER_HOST}", f"--port={settings.flower.port}",
            f"--db={settings.run_dir / 'flower'}",
        )  # fmt: skip
        if auth is not None:  # in the environment, because a command line is public
            spec = replace(spec, env={**spec.env, "FLOWER_BASIC_AUTH": auth.get_secret_value()})
        table.append(spec)
    if settings.sandbox.enabled:
        table.append(
            process(
                "sandbox", "argosy.cli", "sandbox",
                ready=healthy(settings.sandbox.host, settings.sandbox.port),
            )
        )  # fmt: skip
    return table


def prepare_spec(settings: Settings, endpoints: Endpoints) -> ProcessSpec:
    """Return the process for migrations and first bots.

    A separate process keeps the supervisor small.
    """
    return ProcessSpec(
        name="prepare",
        argv=python("argosy.cli", "prepare"),
        env=environment(settings, endpoints),
        options={"cwd": str(settings.home)},
        restart=False,
    )


def healthy(host: str, port: int) -> Callable[[int], bool]:
    """Return a check that GET /healthz answers 200, meaning that runs can happen."""

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


def reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not bound
