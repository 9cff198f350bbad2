"""The whole stack on durable servers; every process may be killed.

Servers start again on request only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
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
from argosy.infrastructure.storage.engine import migrate
from argosy.infrastructure.supervisor import ProcessSpec, Stack, table
from argosy.infrastructure.supervisor.spec import Backoff
from chaos import clock, plugin, routes
from chaos.paths import python_path
from chaos.proxy import Manner, Proxy
from chaos.venue import Venue, venue_at

T = TypeVar("T")
SERVERS = ("valkey", "postgres")
START_S = 600
"""Longest wait in seconds for all processes of a stack, on a loaded machine."""
AWAY = (ArgosyError, OSError, httpx.HTTPError, psycopg.OperationalError, redis.RedisError)
"""Errors that mean that a server is away."""

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "engine": {
        "heartbeat_s": 1,
        "visibility_timeout_s": 5,
        "sweep_interval_s": 3,
        "claim_ttl_s": 5,
        "run_deadline_s": 60,
    },
    "worker": {"quick": 1, "io": 2, "io_threads": 6, "heavy": 2},
    "emergency": {"rejection_minimum": 10_000},
    "flower": {"enabled": False},
}
"""Settings of the stack.

Short times let losses be noticed quickly. They change the time that recovery takes, not the safety. Random
orders are often refused, so the guard against rejections would end many a volley early.
"""


class ChaosStack:
    """Stack whose servers the test controls.

    The product's supervisor runs everything else, and restarts processes that die.
    """

    def __init__(
        self,
        home: Path,
        *,
        seed: int,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        proxied: bool = False,
        venue_data: Path | None = None,
    ) -> None:
        """Prepare a stack.

        `proxied` makes workers reach servers and venue through a proxy, which can cut them off. `venue_data`
        is the file of the venue's own record, for a home whose disk fills.
        """
        self.home = home
        self.seed = seed
        self.servers = EmbeddedServers(home)
        self.beside: list[ChaosStack] = []
        """Other stacks on the same servers."""
        self.forgotten: set[str] = set()
        """Orders whose actions a restored Postgres no longer knows."""
        self.spoilt = False
        """True after a failure: the home is kept for inspection."""
        self._proxied = proxied
        self._venue_data = venue_data
        self._proxy: Proxy | None = None
        sections = {
            k: {**SETTINGS.get(k, {}), **(settings or {}).get(k, {})} for k in {*SETTINGS, *(settings or {})}
        }
        sections["sandbox"] = {"port": free_port("127.0.0.1"), **sections.get("sandbox", {})}
        sections["dashboard"] = {"port": free_port("127.0.0.1"), **sections.get("dashboard", {})}
        self._sections = sections
        self._wrong = home / "clocks"
        self._stack: Stack | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chaos-supervisor", daemon=True)
        self._runtime: Runtime | None = None

    # Up and down ------------------------------------------------------------------------------------------

    def start(self) -> None:
        endpoints = self._start_servers()
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
        self._await(stack.up(), START_S)
        self._stack = stack
        self._runtime = Runtime(stack.settings, endpoints)

    def _start_servers(self) -> Endpoints:
        return self.servers.start()

    def stop(self) -> None:
        if self._runtime is not None:
            self._runtime.close()
        if self._stack is not None:
            # An orderly end is not needed: the home is deleted or started anew.
            self._loop.call_soon_threadsafe(self._stack._supervisor.kill)
            self._await(self._stack.down(), 60)
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        if self._proxy is not None:
            self._proxy.close()
        self._stop_servers()

    def _stop_servers(self) -> None:
        self.servers.stop()

    def _await(self, what: Coroutine[Any, Any, T], timeout_s: float) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout_s)

    def _processes(self, settings: Settings, endpoints: Endpoints) -> Sequence[ProcessSpec]:
        env = self._chaotic()
        specs = []
        table_ = table.process_table(settings, endpoints)
        workers = [spec.name for spec in table_ if spec.name.startswith("worker-")]
        if self._proxied:
            self._proxy = Proxy(routes.upstreams(workers, settings, endpoints))
        for spec in table_:
            argv = list(spec.argv)
            if spec.name == "sandbox":
                argv += ["--balance", "1000000", "--seed", str(self.seed)]
                argv += ["--data", str(self._venue_data)] if self._venue_data else []
            specs.append(
                replace(spec, argv=argv, env={**spec.env, **env, **self._way_of(spec.name, endpoints)})
            )
        return specs

    def _way_of(self, name: str, endpoints: Endpoints) -> dict[str, str]:
        if self._proxy is None or not name.startswith("worker-"):
            return {}
        return routes.environment(name, self._proxy.ports, endpoints)

    def _chaotic(self) -> dict[str, str]:
        """Return the environment of a chaos process: its nodes, its clock, its settings."""
        path = python_path(plugin.install(self.home / "plugin"))
        return {"PYTHONPATH": path, clock.CLOCK: str(self._wrong), **self._environment()}

    def _environment(self) -> dict[str, str]:
        """Return the sections as environment variables for the processes."""
        return {
            f"ARGOSY_{section}__{name}".upper(): str(value).lower() if isinstance(value, bool) else str(value)
            for section, values in self._sections.items()
            for name, value in values.items()
        }

    # Access of tests --------------------------------------------------------------------------------------

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
        return venue_at(table.url(self.settings.sandbox.host, self.settings.sandbox.port))

    @property
    def environment(self) -> dict[str, str]:
        """Environment of `python -m argosy.cli …` beside the stack."""
        endpoints = self.servers.endpoints
        return {**os.environ, **table.environment(self.settings, endpoints), **self._chaotic()}

    def names(self) -> list[str]:
        """Return the names of everything that can be killed."""
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
        """Return the last lines that a process printed.

        A log on a full device gives "", because that device never ends.
        """
        assert self._stack is not None
        output = self._stack.output
        return output.tail(name) if output.path(name).is_file() else ""

    def scratch_database(self) -> str:
        """Return the URL of another, empty, migrated database on the same server."""
        name = f"scratch_{secrets.token_hex(4)}"
        url = self.servers.postgres.database_url("postgres").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        found = self.servers.postgres.database_url(name)
        migrate.upgrade(found)
        return found

    # Harm -------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> bool:
        """Send SIGKILL to this process only; False if it is already down."""
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        """Freeze these processes, as on a machine that swaps.

        `child of NAME` is one process of the pool of NAME.
        """
        found = [self.process(name) for name in names]
        try:
            for process in found:
                process.suspend()
            yield
        finally:
            for process in found:
                with contextlib.suppress(psutil.NoSuchProcess):  # it may have been killed in the meantime
                    process.resume()

    def process(self, name: str) -> psutil.Process:
        """Wait until the process is up, and return it."""
        whole = name.removeprefix("child of ")
        pid = wait_for(lambda: self.pid(whole), timeout_s=30, why=f"{whole} is up")
        found = psutil.Process(pid)
        if whole == name:
            return found
        return wait_for(lambda: found.children()[-1:], timeout_s=30, why=f"{whole} has children")[0]

    def step_clock(self, seconds: float, *names: str) -> None:
        """Make the clocks of these processes (or of all) wrong from now on; 0 sets them right."""
        clock.step(self._wrong, seconds, *names)

    @contextmanager
    def cut_off(self, worker: str, services: Sequence[str], manner: Manner) -> Iterator[None]:
        """Cut the worker off from these services."""
        assert self._proxy is not None, "the stack has no proxy"
        ways = [routes.name_of(worker, service) for service in services]
        self._proxy.become(ways, manner)
        try:
            yield
        finally:
            self._proxy.become(ways, "open")

    def kill_child(self, name: str) -> bool:
        """Send SIGKILL to one process of the pool of a prefork worker."""
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
        """Send SIGKILL to one process of PostgreSQL that serves a client."""
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
        """Send SIGKILL to a server and to every process it forked, like a power cut."""
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

    def stop_server(self, name: str) -> None:
        """Stop a server in order, so that its data can be copied."""
        self.server(name).stop(60)

    def raise_server(self, name: str, *, empty: bool = False, older: Path | None = None) -> None:
        """Start a server again.

        `empty` deletes its data first. `older` puts an earlier copy in place of the data.
        """
        server = self.server(name)
        if empty or older is not None:
            shutil.rmtree(server.data, ignore_errors=True)
        if older is not None:
            copied(older, server.data)
        server.start()

    def copy_server(self, name: str) -> Path:
        """Copy a server's data as they are now into a folder of the home.

        The copy before is deleted.
        """
        target = self.home / "older" / name
        shutil.rmtree(target, ignore_errors=True)
        copied(self.server(name).data, target)
        return target

    def wait_up(self, timeout_s: float = 60) -> None:
        """Wait until every process runs and answers."""
        assert self._stack is not None
        children = self._stack._supervisor.children
        wait_for(
            lambda: all(c.pid is not None and c.ready.is_set() for c in children),
            timeout_s=timeout_s,
            why=f"all processes up: {[c.name for c in children if c.pid is None or not c.ready.is_set()]}",
        )
        for stack in self.beside:
            stack.wait_up(timeout_s)


@contextmanager
def chaos_stack(
    home: Path,
    *,
    seed: int,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    proxied: bool = False,
    venue_data: Path | None = None,
) -> Iterator[ChaosStack]:
    """Run a stack inside the block; none of its processes runs afterwards."""
    made = ChaosStack(home, seed=seed, settings=settings, proxied=proxied, venue_data=venue_data)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def copied(source: Path, target: Path) -> None:
    """Copy a whole folder with owners and rights, like a backup of files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["cp", "-a", str(source), str(target)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def patiently(ask: Callable[[], T], *, timeout_s: float = 30, why: str = "") -> T:
    """Return the answer of `ask`, whose server may be away for a while."""
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
