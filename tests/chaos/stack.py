"""The whole stack on durable servers, every process of which may be killed; servers come back when told to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import psycopg
import redis
from support.engine import wait_for

from argosy.bootstrap.runtime import Runtime
from argosy.errors import ArgosyError
from argosy.infrastructure.config import Settings
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers import EmbeddedServers, Endpoints
from argosy.infrastructure.servers.base import Server
from argosy.infrastructure.servers.sockets import free_port
from argosy.infrastructure.storage import migrate
from argosy.infrastructure.supervisor import ProcessSpec, Stack, table
from argosy.infrastructure.supervisor.spec import Backoff
from chaos import plugin
from chaos.venue import Venue

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("valkey", "postgres")
AWAY = (ArgosyError, OSError, httpx.HTTPError, psycopg.OperationalError, redis.RedisError)
"""What it looks like when a server is away."""

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "engine": {
        "heartbeat_s": 1,
        "visibility_timeout_s": 5,
        "sweep_interval_s": 3,
        "claim_ttl_s": 5,
        "run_deadline_s": 60,
    },
    "worker": {"quick": 1, "io": 2, "io_threads": 6, "heavy": 2},
    "flower": {"enabled": False},
}
"""Short times, so that what is lost is noticed quickly: they change how long recovery takes, not what is safe."""


class ChaosStack:
    """Servers under our own hand; everything else under the product's supervisor, which restarts what dies."""

    def __init__(
        self, home: Path, *, seed: int, settings: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.home = home
        self.seed = seed
        self.servers = EmbeddedServers(home)
        sections = {
            k: {**SETTINGS.get(k, {}), **(settings or {}).get(k, {})} for k in {*SETTINGS, *(settings or {})}
        }
        sections["sandbox"] = {"port": free_port("127.0.0.1"), **sections.get("sandbox", {})}
        sections["dashboard"] = {"port": free_port("127.0.0.1"), **sections.get("dashboard", {})}
        self._sections = sections
        self._wrong = home / "clock"
        self._stack: Stack | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chaos-supervisor", daemon=True)
        self._runtime: Runtime | None = None

    # Up and down ------------------------------------------------------------------------------------------

    def start(self) -> None:
        endpoints = self.servers.start()
        self._thread.start()
        settings = Settings(
            home=self.home,
            redis_url=endpoints.redis_url,
            database_url=endpoints.database_url,
            **self._sections,  # type: ignore[arg-type]  # sections are built from their names
        )
        stack = Stack(
            settings,
            processes=self._processes,
            backoff=Backoff(first_s=0.2, longest_s=1.0, calm_s=5.0),
        )
        self._await(stack.up(), 180)
        self._stack = stack
        self._runtime = Runtime(stack.settings, endpoints)

    def stop(self) -> None:
        if self._runtime is not None:
            self._runtime.close()
        if self._stack is not None:
            # Nothing is to be handed back in order here: the home is thrown away or started anew.
            self._loop.call_soon_threadsafe(self._stack._supervisor.kill)
            self._await(self._stack.down(), 60)
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self.servers.stop()

    def _await(self, what: Coroutine[Any, Any, T], timeout_s: float) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout_s)

    def _processes(self, settings: Settings, endpoints: Endpoints) -> Sequence[ProcessSpec]:
        path = os.pathsep.join(
            str(each)
            for each in (plugin.install(self.home / "plugin"), ROOT / "tests", ROOT / "platform", ROOT)
        )
        env = {"PYTHONPATH": path, plugin.CLOCK: str(self._wrong), **self._environment()}
        specs = []
        for spec in table.process_table(settings, endpoints):
            argv = list(spec.argv)
            if spec.name == "sandbox":
                argv += ["--balance", "1000000", "--seed", str(self.seed)]
            specs.append(replace(spec, argv=argv, env={**spec.env, **env}))
        return specs

    def _environment(self) -> dict[str, str]:
        """The sections once more, as the processes read them."""
        return {
            f"ARGOSY_{section}__{name}".upper(): str(value).lower() if isinstance(value, bool) else str(value)
            for section, values in self._sections.items()
            for name, value in values.items()
        }

    # What tests ask ---------------------------------------------------------------------------------------

    @property
    def runtime(self) -> Runtime:
        assert self._runtime is not None, "start() comes first"
        return self._runtime

    @property
    def settings(self) -> Settings:
        assert self._stack is not None, "start() comes first"
        return self._stack.settings

    @property
    def venue(self) -> Venue:
        return Venue(table.url(self.settings.sandbox.host, self.settings.sandbox.port))

    @property
    def environment(self) -> dict[str, str]:
        """For `python -m argosy.cli …` beside the stack."""
        endpoints = self.servers.endpoints
        return {**os.environ, **table.environment(self.settings, endpoints), **self._environment()}

    def names(self) -> list[str]:
        """Everything that can be killed."""
        assert self._stack is not None
        return [*SERVERS, *(child.name for child in self._stack._supervisor.children)]

    def pid(self, name: str) -> int | None:
        if name in SERVERS:
            return self.server(name).pid
        assert self._stack is not None
        return next(c.pid for c in self._stack._supervisor.children if c.name == name)

    def restarts(self) -> dict[str, int]:
        assert self._stack is not None
        return {c.name: c.restarts for c in self._stack._supervisor.children}

    def server(self, name: str) -> Server:
        return self.servers.valkey if name == "valkey" else self.servers.postgres

    def log(self, name: str) -> str:
        """The last lines it printed; none of what went to a full disk, for that device never ends."""
        assert self._stack is not None
        output = self._stack.output
        return output.tail(name) if output.path(name).is_file() else ""

    def scratch_database(self) -> str:
        """URL of another, empty, migrated database on the same server."""
        name = f"scratch_{secrets.token_hex(4)}"
        url = self.servers.postgres.database_url("postgres").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        found = self.servers.postgres.database_url(name)
        migrate.upgrade(found)
        return found

    # Harm -------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> bool:
        """SIGKILL to the process and (as the kernel would not) to nobody else; False when it is down already."""
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """The process stands still, as on a machine that swaps."""
        pid = self.pid(name)
        assert pid is not None, f"{name} is not up"
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def step_clock(self, seconds: float) -> None:
        """From now on the clocks of the workers are wrong by so much; 0 sets them right."""
        fresh = self._wrong.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self._wrong)

    def kill_child(self, name: str) -> bool:
        """SIGKILL to one process of the pool of a prefork worker."""
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(psutil.Error):
            children = psutil.Process(pid).children()
            if children:
                children[-1].kill()
                return True
        return False

    def kill_session(self) -> bool:
        """SIGKILL to one process of PostgreSQL that serves a client."""
        pid = self.servers.postgres.pid
        if pid is None:
            return False
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(pid).children():
                if any("postgres argosy" in part for part in child.cmdline()):
                    child.kill()
                    return True
        return False

    def crash_server(self, name: str) -> None:
        """SIGKILL to a server and to every process it forked, as a power cut would."""
        server = self.server(name)
        if server.pid is None:
            return
        family = [psutil.Process(server.pid)]
        with contextlib.suppress(psutil.Error):
            family += family[0].children(recursive=True)
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.kill()
        wait_gone(family, 10)

    def raise_server(self, name: str, *, empty: bool = False) -> None:
        """Starts it again; `empty` forgets its data first."""
        server = self.server(name)
        if empty:
            shutil.rmtree(server.data, ignore_errors=True)
        server.start()

    def wait_up(self, timeout_s: float = 60) -> None:
        """Until every process runs and answers."""
        assert self._stack is not None
        children = self._stack._supervisor.children
        wait_for(
            lambda: all(c.pid is not None and c.ready.is_set() for c in children),
            timeout_s=timeout_s,
            why=f"all processes up: {[c.name for c in children if c.pid is None or not c.ready.is_set()]}",
        )


@contextmanager
def chaos_stack(
    home: Path, *, seed: int, settings: Mapping[str, Mapping[str, Any]] | None = None
) -> Iterator[ChaosStack]:
    """Up on entry; nothing of it runs afterwards."""
    made = ChaosStack(home, seed=seed, settings=settings)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def patiently(ask: Callable[[], T], *, timeout_s: float = 30, why: str = "") -> T:
    """The answer of something whose server may be away just now."""
    answer: list[T] = []
    problem: list[Exception] = []

    def tried() -> bool:
        try:
            answer.append(ask())
        except AWAY as error:
            problem[:] = [error]
            return False
        return True

    try:
        wait_for(tried, timeout_s=timeout_s, why=why)
    except AssertionError as error:
        raise AssertionError(f"{error}; last: {problem[0] if problem else None}") from None
    return answer[0]


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]
