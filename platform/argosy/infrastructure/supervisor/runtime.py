"""The runtime file: how other commands find the running stack."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from argosy.errors import NotRunning
from argosy.infrastructure.config import Settings
from argosy.infrastructure.processes import gone, wait_gone
from argosy.infrastructure.servers.endpoints import Endpoints

MARK = "ARGOSY_STACK_ID"
"""Environment variable that every process of a stack carries, grandchildren too."""


@dataclass(slots=True)
class ProcessState:
    name: str
    pid: int | None
    restarts: int


@dataclass(slots=True)
class Runtime:
    """What a running stack says of itself."""

    pid: int
    pid_created: float
    stack_id: str
    started_at: str
    state: Literal["starting", "up", "stopping"]
    redis_url: str
    database_url: str
    urls: dict[str, str] = field(default_factory=dict)
    processes: list[ProcessState] = field(default_factory=list)

    @staticmethod
    def path(settings: Settings) -> Path:
        return settings.run_dir / "runtime.json"

    @classmethod
    def read(cls, settings: Settings) -> Runtime | None:
        """The file's content, whether its stack still lives or not; None without a readable file."""
        try:
            raw: dict[str, Any] = json.loads(cls.path(settings).read_text())
            return cls(
                pid=raw["pid"],
                pid_created=raw["pidCreated"],
                stack_id=raw["stackId"],
                started_at=raw["startedAt"],
                state=raw["state"],
                redis_url=raw["redisUrl"],
                database_url=raw["databaseUrl"],
                urls=raw["urls"],
                processes=[ProcessState(**item) for item in raw["processes"]],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @classmethod
    def living(cls, settings: Settings) -> Runtime | None:
        """The running stack of this home, or None."""
        found = cls.read(settings)
        return found if found is not None and found.alive else None

    @property
    def alive(self) -> bool:
        """Does the supervisor that wrote the file still run (the same process, not a later one of its number)?"""
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.pid_created) < 2 and not gone(process)
        except psutil.Error:
            return False

    def write(self, settings: Settings) -> None:
        """Replace the file in one step; readable by this user only, for URLs may hold passwords."""
        path = self.path(settings)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self.as_json(), file, indent=2)
        fresh.replace(path)

    def as_json(self) -> dict[str, Any]:
        return {
            "pid": self.pid,
            "pidCreated": self.pid_created,
            "stackId": self.stack_id,
            "startedAt": self.started_at,
            "state": self.state,
            "redisUrl": self.redis_url,
            "databaseUrl": self.database_url,
            "urls": self.urls,
            "processes": [asdict(process) for process in self.processes],
        }

    @classmethod
    def remove(cls, settings: Settings) -> None:
        cls.path(settings).unlink(missing_ok=True)


def endpoints(settings: Settings) -> Endpoints:
    """Where the two servers are: the user's own, else those of the running stack of this home.

    Raises `NotRunning` when neither is there.
    """
    if settings.redis_url is not None and settings.database_url is not None:
        return Endpoints(settings.redis_url, settings.database_url)
    running = Runtime.living(settings)
    if running is None:
        raise NotRunning(
            "the stack is not running",
            expected=f"a running stack in {settings.home}",
            found="none",
            remedy="start it with `argosy up`, or set ARGOSY_REDIS_URL and ARGOSY_DATABASE_URL",
        )
    return Endpoints(settings.redis_url or running.redis_url, settings.database_url or running.database_url)


def end_leftovers(stack_id: str, timeout_s: float = 5.0) -> list[str]:
    """End every process that carries the mark of a stack whose supervisor is gone; their command names."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == stack_id:
                found.append(process)
    names = []
    for process in found:
        with contextlib.suppress(psutil.Error):
            names.append(process.name())
            process.send_signal(signal.SIGTERM)
    alive = wait_gone(found, timeout_s)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    wait_gone(alive, timeout_s)
    return names
