"""Runtime file, by which other commands find the running stack."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from argosy.errors import NotRunning
from argosy.infrastructure.config import Settings
from argosy.infrastructure.private import private_folder
from argosy.infrastructure.processes import gone, identity, is_alive, is_of_this_boot
from argosy.infrastructure.servers.endpoints import Endpoints


@dataclass(slots=True)
class ProcessState:
    """Process of the table. `pid` is None while it waits for its next start."""

    name: str
    pid: int | None
    restarts: int
    identity: str | None = None

    @classmethod
    def of(cls, name: str, pid: int | None, restarts: int) -> ProcessState:
        return cls(name, pid, restarts, None if pid is None else identity(pid))

    @property
    def alive(self) -> bool:
        return self.identity is not None and is_alive(self.identity)


@dataclass(slots=True)
class RunningStack:
    """Description of a running stack, as stored in the runtime file."""

    pid: int
    identity: str
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
    def read(cls, settings: Settings) -> RunningStack | None:
        """Read the file, even if its stack has ended. Return None without a readable file."""
        try:
            raw: dict[str, Any] = json.loads(cls.path(settings).read_text())
            return cls(
                pid=raw["pid"],
                identity=raw["identity"] if "identity" in raw else _identity_by_time(raw),
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
    def living(cls, settings: Settings) -> RunningStack | None:
        """Return the stack of this home if its supervisor runs, else None."""
        found = cls.read(settings)
        return found if found is not None and found.alive else None

    @classmethod
    def unsupervised(cls, settings: Settings) -> RunningStack | None:
        """Return the stack of this home if its supervisor was killed and its processes run on.

        The supervisor of another machine or container cannot be judged from here.
        """
        found = cls.read(settings)
        if found is None or found.alive or not is_of_this_boot(found.identity):
            return None
        return found if any(process.alive for process in found.processes) else None

    @classmethod
    def at_work(cls, settings: Settings) -> RunningStack | None:
        """Return the stack of this home if any of its processes runs, even without a supervisor."""
        found = cls.read(settings)
        if found is None or found.alive or any(process.alive for process in found.processes):
            return found
        from argosy.infrastructure.supervisor.leftovers import marked_processes

        # A full disk may have kept later starts out of the file.
        return found if any(marked_processes(found.stack_id, settings.home)) else None

    @property
    def alive(self) -> bool:
        """True if the supervisor that wrote the file still runs.

        A later process with the same number does not count.
        """
        return is_alive(self.identity)

    def write(self, settings: Settings) -> None:
        """Replace the file in one step.

        Only this user can read it, because URLs may hold passwords.
        """
        path = self.path(settings)
        private_folder(path.parent)
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self.as_json(), file, indent=2)
        fresh.replace(path)

    def as_json(self) -> dict[str, Any]:
        return {
            "pid": self.pid,
            "identity": self.identity,
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
    """Return the addresses of the two servers: external ones, else those of this home's stack.

    Emergency commands must work without a supervisor, so any running process of the stack is enough. Raises
    `NotRunning` if there is none.
    """
    if settings.redis_url is not None and settings.database_url is not None:
        return Endpoints(settings.redis_url, settings.database_url)
    running = RunningStack.at_work(settings)
    if running is None:
        raise NotRunning(
            "the stack is not running",
            expected=f"a running stack in {settings.home}",
            found="none",
            remedy="start it with `argosy up`, or set ARGOSY_REDIS_URL and ARGOSY_DATABASE_URL",
        )
    return Endpoints(settings.redis_url or running.redis_url, settings.database_url or running.database_url)


def _identity_by_time(raw: dict[str, Any]) -> str:
    """Return the identity of a supervisor of an earlier version; "" if it has ended.

    Those versions stored the start time only.
    """
    import psutil

    try:
        process = psutil.Process(raw["pid"])
        same = abs(process.create_time() - raw["pidCreated"]) < 2 and not gone(process)
    except psutil.Error:
        return ""
    return (identity(raw["pid"]) or "") if same else ""
