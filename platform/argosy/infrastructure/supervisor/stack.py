"""Whole stack of one home: lock, servers, database, processes, runtime file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import uuid
from collections.abc import Callable, Sequence
from typing import IO

from argosy.core.clock import Clock, SystemClock
from argosy.errors import Conflict, Unavailable
from argosy.infrastructure.config import Settings
from argosy.infrastructure.processes import identity
from argosy.infrastructure.servers import EmbeddedServers, Endpoints
from argosy.infrastructure.servers.base import Server
from argosy.infrastructure.supervisor import table
from argosy.infrastructure.supervisor.leftovers import HOME, MARK, end_leftovers
from argosy.infrastructure.supervisor.lock import name_supervisor
from argosy.infrastructure.supervisor.output import Output
from argosy.infrastructure.supervisor.runtime import ProcessState, RunningStack
from argosy.infrastructure.supervisor.spec import Backoff, ProcessSpec
from argosy.infrastructure.supervisor.supervisor import Supervisor

RETRY_S = 1.0
"""Seconds until a runtime file that could not be written is tried again."""
Progress = Callable[[str], None]
Table = Callable[[Settings, Endpoints], Sequence[ProcessSpec]]


class Stack:
    """Stack of a home: starts everything, keeps it running, and stops it."""

    def __init__(
        self,
        settings: Settings,
        *,
        progress: Progress | None = None,
        processes: Table = table.process_table,
        prepare: Callable[[Settings, Endpoints], ProcessSpec] | None = table.prepare_spec,
        backoff: Backoff | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        """Settings of the stack; after start-up with the bound ports."""
        self.output = Output(settings.log_dir)
        self.runtime: RunningStack | None = None
        self._progress = progress or (lambda _: None)
        self._processes = processes
        self._prepare = prepare
        self._clock = clock or SystemClock()
        self._stack_id = uuid.uuid4().hex
        self._supervisor = Supervisor(
            self.output,
            backoff=backoff,
            changed=self._changed,
            env={MARK: self._stack_id, HOME: str(settings.home)},
        )
        self._servers: EmbeddedServers | None = None
        self._listeners: dict[str, socket.socket] = {}
        self._later: asyncio.TimerHandle | None = None
        self._refused = False

    async def up(self) -> RunningStack:
        """Start in order: servers, migrations and first bots, then all processes.

        Returns when all processes answer. Raises `Unavailable` if something does not start; everything started
        before is stopped again.
        """
        try:
            self._clear_leftovers()
            name_supervisor(self.settings)
            self.settings, self._listeners = table.bind_ports(self.settings)
            endpoints = await self._start_servers()
            self.runtime = self._first_runtime(endpoints)
            self._write()
            if self._prepare is not None:
                self._progress("migrating the database")
                await self._run_prepare(self._prepare(self.settings, endpoints))
            specs = [
                table.with_listener(spec, self._listeners)
                for spec in self._processes(self.settings, endpoints)
            ]
            self._progress(f"starting {len(specs)} processes")
            await self._supervisor.start(specs)
        except BaseException:
            await self.down()
            raise
        self.runtime.state = "up"
        self._write()
        return self.runtime

    async def down(self) -> None:
        """Stop the processes, then the servers. Safe to repeat."""
        if self.runtime is not None:
            self.runtime.state = "stopping"
            self._write()
        await self._supervisor.stop()
        await asyncio.to_thread(end_leftovers, self._stack_id)
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()
        if self._servers is not None:
            self._servers.release()
        if self.runtime is not None:  # otherwise an existing file belongs to another stack
            RunningStack.remove(self.settings)
        self.runtime = None
        self.output.system("stopped")
        self.output.close()

    async def serve(self, up: Callable[[RunningStack], None], console: IO[str] | None = None) -> None:
        """Start the stack, call `up`, and stop on SIGINT, SIGTERM or SIGHUP.

        A second signal kills everything at once.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def asked(number: signal.Signals) -> None:
            if stop.is_set():
                self.output.system("asked twice: killing everything")
                self._supervisor.kill()
            else:
                self.output.system(f"{number.name} received: stopping")
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, asked, number)
        starting = asyncio.create_task(self.up())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            return
        runtime = starting.result()
        up(runtime)
        if console is not None:
            self.output.show(console)
        await stopped
        await self.down()

    async def _start_servers(self) -> Endpoints:
        settings = self.settings
        if not settings.embedded:
            assert settings.redis_url is not None and settings.database_url is not None
            return Endpoints(settings.redis_url, settings.database_url)
        self._servers = servers = EmbeddedServers(settings.home, redis_port=settings.servers.redis_port)
        servers.claim()
        wanted: list[Server] = []
        if settings.redis_url is None:
            wanted.append(servers.valkey)
        if settings.database_url is None:
            wanted.append(servers.postgres)
        fresh = settings.database_url is None and not servers.postgres.data.exists()
        names = " and ".join(server.name for server in wanted)
        self._progress(f"making the data folder and starting {names}" if fresh else f"starting {names}")
        await self._supervisor.start([table.server_spec(server) for server in wanted])
        return Endpoints(
            settings.redis_url or servers.endpoints.redis_url,
            settings.database_url or servers.endpoints.database_url,
        )

    async def _run_prepare(self, spec: ProcessSpec) -> None:
        code = await self._supervisor.run(spec)
        if code != 0:
            raise Unavailable(
                "the database could not be prepared",
                expected="migrations and first bots in place",
                found=f"exit code {code}",
                remedy=f"see {self.output.path(spec.name)}",
                log=self.output.tail(spec.name),
            )

    def _clear_leftovers(self) -> None:
        """End the processes that a killed supervisor left, before starting the same again."""
        old = RunningStack.read(self.settings)
        if old is not None and old.alive and old.pid != os.getpid():
            raise Conflict("a stack runs in this home already", found=f"process {old.pid}")
        names = end_leftovers(None if old is None else old.stack_id, self.settings.home)
        if names:
            self.output.system(f"ended {len(names)} processes that a killed supervisor left behind")
        RunningStack.remove(self.settings)

    def _first_runtime(self, endpoints: Endpoints) -> RunningStack:
        return RunningStack(
            pid=os.getpid(),
            identity=identity(os.getpid()) or "",
            stack_id=self._stack_id,
            started_at=self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            state="starting",
            redis_url=endpoints.redis_url,
            database_url=endpoints.database_url,
            urls=table.urls(self.settings),
        )

    def _changed(self) -> None:
        """Write the present processes to the runtime file."""
        if self.runtime is not None:
            self.runtime.processes = [
                ProcessState.of(child.name, child.pid, child.restarts) for child in self._supervisor.children
            ]
        self._write()

    def _write(self) -> None:
        """Write the runtime file.

        If a full disk refuses it, the write is retried until it succeeds.
        """
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self.runtime is None:
            return
        try:
            self.runtime.write(self.settings)
        except OSError as error:
            if not self._refused:
                self.output.system(f"the runtime file cannot be written: {error.strerror}; it is tried again")
            self._refused = True
            self._later = asyncio.get_running_loop().call_later(RETRY_S, self._write)
            return
        self._refused = False
