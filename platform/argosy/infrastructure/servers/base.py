"""Common base of the two embedded servers."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import psutil

from argosy.errors import Unavailable
from argosy.infrastructure.private import append_privately, private_folder
from argosy.infrastructure.processes import gone, wait_gone


class Server(ABC):
    """Embedded server: prepares its data folder, starts, checks readiness, and stops.

    `EmbeddedServers` starts it with `subprocess`. The supervisor starts it with asyncio and restarts it when it
    dies, using `prepare`, `argv`, `spawn_options` and `ready`.
    """

    name: ClassVar[str]
    executable: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, data: Path, log: Path) -> None:
        self.data = data
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Create the data folder, end a leftover server on it, remove stale locks. Safe to repeat."""

    @property
    @abstractmethod
    def argv(self) -> Sequence[str]: ...

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def ready(self, pid: int) -> bool:
        """Return True if the server with this process id, and no other, answers now.

        Blocks for at most half a second.
        """

    @property
    def env(self) -> Mapping[str, str]:
        return {"LC_ALL": "C.UTF-8", "TZ": "UTC"}

    @property
    def spawn_options(self) -> dict[str, Any]:
        """Return keyword arguments for `subprocess.Popen` or `asyncio.create_subprocess_exec`.

        They set working directory and user.
        """
        return {"cwd": str(self.data)}

    def start(self, timeout_s: float = 30.0) -> None:
        """Start the server as a child and wait until it answers.

        Raises `Unavailable` with the end of the server's log if it dies or does not answer in time.
        """
        if self.running:
            return
        if self._process is not None:
            self._process.wait(timeout_s)
        self.prepare()
        private_folder(self.log.parent)
        with append_privately(self.log) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own argv, no shell
                list(self.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.env},
                start_new_session=True,
                **self.spawn_options,
            )
        deadline = time.monotonic() + timeout_s
        while not self.ready(self._process.pid):
            exit_code = self._process.poll()
            if exit_code is not None or time.monotonic() > deadline:
                self.stop()
                raise self.failure(exit_code)
            time.sleep(0.01)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop the child with its stop signal; kill it if it still runs after `timeout_s`."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.stop_signal)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def running(self) -> bool:
        """True if the child runs.

        A killed server whose threads are still ending is a zombie that cannot be waited for yet; it counts as
        ended.
        """
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            return not gone(psutil.Process(self._process.pid))
        except psutil.NoSuchProcess:
            return False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.running else None

    def failure(self, exit_code: int | None) -> Unavailable:
        """Return the error for a server that did not start."""
        return Unavailable(
            f"the embedded {self.name} server did not start",
            expected="an answer on its socket",
            found=f"exit code {exit_code}" if exit_code is not None else "silence",
            remedy=f"see {self.log}; or use a server of your own through the settings",
            log=self.log_tail(),
        )

    def log_tail(self, lines: int = 15) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def leftovers(self) -> list[psutil.Process]:
        """Return running servers of this kind on this data folder, oldest first.

        A killed supervisor leaves such servers behind.
        """
        found = []
        here = self.data.resolve()
        for process in psutil.process_iter(["name"]):
            if process.info["name"] != self.executable or gone(process):
                continue
            try:
                if Path(process.cwd()) == here and process.ppid() not in self._siblings(process):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return sorted(found, key=lambda process: process.create_time())

    def end_leftovers(self, timeout_s: float = 10.0) -> None:
        """Stop servers left behind by a killed supervisor.

        Two servers on one data folder would destroy it.
        """
        for process in self.leftovers():
            if self._process is not None and process.pid == self._process.pid:
                continue
            try:
                process.send_signal(self.stop_signal)
                if wait_gone([process], timeout_s):
                    process.kill()
                    wait_gone([process], timeout_s)
            except psutil.NoSuchProcess:
                continue

    def _siblings(self, process: psutil.Process) -> set[int]:
        """Return the process's parent if it is the same server.

        Postgres forks one process per session.
        """
        parent = process.parent()
        return {parent.pid} if parent is not None and parent.name() == self.executable else set()
