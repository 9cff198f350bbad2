"""pytest-celery without Docker: its brokers, backends and workers as plain processes.

The plug-in reads little of a container: `status`, `attrs`, `logs()`, `kill()`, `restart()`, `exec_run()` and
`remove()`. `ProcessContainer` offers these for a process group. The wrappers above it replace polling once a
second and looks into a container's network. The nodes above those are the plug-in's.
"""

from __future__ import annotations

import os
import secrets
import shlex
import signal as signals
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery
from kombu import Queue
from pytest_celery import (
    CeleryTestBackend,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerContainer,
    RedisContainer,
    RedisTestBackend,
    RedisTestBroker,
)
from pytest_celery.vendors.worker import content

from argosy.infrastructure.servers.valkey import HOST, ValkeyServer
from support.engine import ROOT, wait_for
from support.forked import PythonModule

REDIS_PORT = "6379/tcp"
QUEUES = ("argosy.quick", "argosy.io", "argosy.heavy", "argosy.venue", "argosy.control")


class ProcessContainer:
    """Process group with the interface of a Docker container, and its output in a file.

    `answers(pid, output)` returns True if the process is up. `output` is the text since its last start.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str],
        answers: Callable[[int, str], bool],
        ports: Mapping[str, int] | None = None,
    ) -> None:
        self.id = secrets.token_hex(16)
        self.name = name
        self.log = log
        self._command = [part.replace("{id}", self.id[:12]) for part in command]
        self._environment = dict(environment)
        self._answers = answers
        self._ports = dict(ports or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0
        log.touch()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def status(self) -> str:
        if self._process is None:
            return "created"
        return "running" if self._process.poll() is None else "exited"

    @property
    def attrs(self) -> dict[str, Any]:
        return {
            "Config": {
                "Hostname": HOST,
                "Env": [f"{name}={value}" for name, value in self._environment.items()],
            },
            "NetworkSettings": {
                "Networks": {},
                "Ports": {port: [{"HostIp": HOST, "HostPort": str(at)}] for port, at in self._ports.items()},
            },
            "HostConfig": {"PortBindings": {}},
        }

    def start(self) -> None:
        self._from = self.log.stat().st_size
        with self.log.open("ab") as output:
            how = {
                "stdin": subprocess.DEVNULL,
                "stdout": output,
                "stderr": subprocess.STDOUT,
                "env": self._environment,
                "cwd": ROOT,
                "start_new_session": True,
            }
            if self._command[:2] == [sys.executable, "-m"]:
                self._process = PythonModule(*self._command[2:], **how)
            else:
                self._process = subprocess.Popen(self._command, **how)

    def up(self) -> bool:
        """Return True if the process is up.

        Fails with the end of the output if the process has ended instead.
        """
        assert self._process is not None, f"{self.name} was not started"
        output = self.logs()[self._from :].decode(errors="replace")
        assert self._process.poll() is None, f"{self.name} ended instead of coming up:\n{output[-3000:]}"
        return self._answers(self._process.pid, output)

    def logs(self) -> bytes:
        """Return all output since the container was made."""
        return self.log.read_bytes()

    def reload(self) -> None:
        """Do nothing: every attribute is read anew, so there is no cache."""

    def kill(self, signal: str | int | None = None) -> None:
        """End all processes on SIGKILL, as in a container; send other signals to the first one."""
        assert self._process is not None, f"{self.name} was not started"
        number = getattr(signals, signal) if isinstance(signal, str) else signal or signals.SIGKILL
        if number == signals.SIGKILL:
            self._end()
        else:
            self._process.send_signal(number)

    def stop(self, timeout: float = 10) -> None:
        """Send SIGTERM to the first process, then SIGKILL to all.

        SIGKILL follows when the first process has ended, or after `timeout` seconds.
        """
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signals.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        self._end()

    def restart(self, timeout: float = 10) -> None:
        self.stop(timeout)
        self.start()

    def wait(self, timeout: float = 10) -> int:
        """Wait for the end of the process, and return its exit code."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process.wait(timeout)

    def remove(self, force: bool = True) -> None:
        self._end()

    def exec_run(self, command: str) -> tuple[int, bytes]:
        """Run a command in the environment of the process.

        The modules that pytest-celery copies into workers can be imported there.
        """
        argv = [sys.executable if part == "python" else part for part in shlex.split(command)]
        path = [str(Path(content.__file__).parent), self._environment.get("PYTHONPATH", "")]
        done = subprocess.run(
            argv,
            env={**self._environment, "PYTHONPATH": os.pathsep.join(path)},
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=30,
        )
        return done.returncode, done.stdout + done.stderr

    def _end(self) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signals.SIGKILL)
        self._process.wait(10)


class _OnAProcess:
    """Container wrapper that waits for the process itself.

    The plug-in's wrappers poll once a second and look into a container's network.
    """

    _container: ProcessContainer

    def ready(self) -> bool:
        return self._wait_ready()

    def _wait_ready(self, timeout: int = 150) -> bool:
        return wait_for(self._container.up, timeout_s=timeout, why=f"{self._container.name} is up")

    def _wait_port(self, port: str) -> int:
        return int(self._container.attrs["NetworkSettings"]["Ports"][port][0]["HostPort"])

    def start(self) -> None:
        """Start the process for the first time; `ready()` waits until it is up."""
        self._container.start()

    def remove(self) -> None:
        """End the process; called by the fixture that made it."""
        self._container.remove(force=True)

    def wait(self, timeout: float = 10) -> int:
        return self._container.wait(timeout)

    @property
    def pid(self) -> int | None:
        return self._container.pid


class ValkeyContainer(_OnAProcess, RedisContainer):
    """Valkey server that keeps its data over a restart."""

    def __init__(self, folder: Path) -> None:
        server = ValkeyServer(folder / "valkey", folder / "valkey.log", unguarded=True)
        server.prepare()
        super().__init__(
            ProcessContainer(
                "valkey",
                server.argv,
                server.log,
                environment={**os.environ, **server.env},
                answers=lambda pid, output: server.ready(pid),
                ports={REDIS_PORT: server.port},
            )
        )

    @property
    def port(self) -> int:
        return self._wait_port(REDIS_PORT)

    @property
    def host_url(self) -> str:
        return f"redis://{HOST}:{self.port}/{self.vhost}"

    @property
    def url(self) -> str:
        return self.host_url  # workers are processes of this machine too


class WorkerContainer(_OnAProcess, CeleryWorkerContainer):
    """Worker of the product's application, or of another named one."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        app: str = "workers",
        pool: str = "prefork",
        concurrency: int = 2,
    ) -> None:
        self._name = f"{pool}-{secrets.token_hex(2)}"
        super().__init__(
            ProcessContainer(
                self._name,
                self.command("-P", pool, "-c", str(concurrency), app=app, name=self._name),
                folder / f"{self._name}.log",
                environment=environment,
                answers=lambda pid, output: self.ready_prompt in output,
            )
        )

    @classmethod
    def command(cls, *args: str, app: str = "workers", name: str = "worker", **_: Any) -> list[str]:  # type: ignore[override]
        """Return the command line; without `-Q` it consumes all queues of the application."""
        celery = [sys.executable, "-m", app, "worker", "-n", f"{name}@{{id}}"]
        return [*celery, "--without-gossip", "--without-mingle", "-l", cls.log_level(), *args]

    def worker_name(self) -> str:  # type: ignore[override]
        return self._name


class ProcessWorker(CeleryTestWorker):
    """The plug-in's node for a worker."""

    container: WorkerContainer

    @property
    def pid(self) -> int | None:
        return self.container.pid

    def wait_for_log(self, log: str, message: str = "", timeout: int = 90) -> None:
        wait_for(
            lambda: log in self.logs(),
            timeout_s=timeout,
            why=message or f"{self.name()} logs {log!r}; it logged:\n{self.logs()[-3000:]}",
        )


class ProcessBroker(RedisTestBroker):
    """The plug-in's node for a broker."""


class ProcessBackend(RedisTestBackend):
    """The plug-in's node for a result backend."""

    def teardown(self) -> None:
        # The plug-in's own teardown asks every object of the interpreter for its class. A dead weak proxy
        # refuses that.
        CeleryTestBackend.teardown(self)


class ArgosySetup(CeleryTestSetup):
    """Client application with the product's settings: JSON, late results, named queues."""

    @classmethod
    def name(cls) -> str:
        return "argosy-test-client"

    @classmethod
    def update_app_config(cls, app: Celery) -> None:
        app.conf.update(
            task_queues=[Queue(name) for name in QUEUES],
            task_default_queue="argosy.control",
            task_create_missing_queues=False,
            task_serializer="json",
            accept_content=["json"],
            task_ignore_result=True,
        )
