"""Stack started by `argosy up`, whose supervisor is killed.

The remaining processes must go on trading, and every command must work.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from support.engine import wait_for

from argosy.bootstrap.runtime import Runtime
from argosy.infrastructure.config import Settings
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers.endpoints import Endpoints
from argosy.infrastructure.supervisor.runtime import RunningStack
from chaos import commands, leftovers
from chaos.campaign import cli
from chaos.shots import Harm, Weapon
from chaos.stack import ChaosStack
from chaos.venue import Venue, venue_at

ALONE, WITH_WORKER, WITH_VALKEY, WITH_POSTGRES = (
    "the supervisor",
    "the supervisor and a worker",
    "the supervisor and Valkey",
    "the supervisor and Postgres",
)
DOWN, KILLED_DOWN = "`argosy down` in order", "the supervisor, then `argosy down`"
VARIANTS = {ALONE: 3, WITH_WORKER: 2, WITH_VALKEY: 1, WITH_POSTGRES: 1, KILLED_DOWN: 2, DOWN: 1}
VICTIMS = {WITH_WORKER: "worker-io1", WITH_VALKEY: "valkey", WITH_POSTGRES: "postgres"}
SECONDS = {2: 2, 5: 2, 10: 1}
UP_S = 180


class OwnStack(ChaosStack):
    """Stack that is started, found and stopped by commands only."""

    def start(self) -> None:
        self._up()

    def stop(self) -> None:
        if self._runtime is not None:
            self._runtime.close()
        cli(self, "down")
        left = self.left()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        wait_gone(left, 10)

    def _up(self) -> None:
        """Run `argosy up --detach`, and read the new addresses."""
        done = cli(self, "up", "--detach", "--json", timeout_s=UP_S)
        assert done.returncode == 0, f"`argosy up` ended with {done.returncode}: {done.stdout}{done.stderr}"
        running = self.running()
        if self._runtime is not None:
            self._runtime.close()
        self._endpoints = Endpoints(running.redis_url, running.database_url)
        self._own = Settings(
            home=self.home,
            redis_url=running.redis_url,
            database_url=running.database_url,
            **self._sections,  # type: ignore[arg-type]  # sections are built from their names
        )
        self._runtime = Runtime(self._own, self._endpoints)
        self.servers = _Reached(self._endpoints)  # type: ignore[assignment]

    def running(self) -> RunningStack:
        found = RunningStack.read(Settings(home=self.home))
        assert found is not None, "there is no runtime file"
        return found

    @property
    def settings(self) -> Settings:
        return self._own

    @property
    def venue(self) -> Venue:
        return venue_at(self.running().urls["sandbox"])

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ARGOSY_HOME": str(self.home), **self._chaotic()}

    def restarts(self) -> dict[str, int]:
        return {process.name: process.restarts for process in self.running().processes}

    def pid(self, name: str) -> int | None:
        return next((p.pid for p in self.running().processes if p.name == name), None)

    def log(self, name: str) -> str:
        path = self.home / "logs" / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.is_file() else ""

    def raise_server(self, name: str, **_: Any) -> None:
        """Do nothing: the stack's own supervisor starts servers."""

    def wait_up(self, timeout_s: float = 60) -> None:
        wait_for(
            lambda: all(each["state"] == "running" for each in commands.status(self)["processes"]),
            timeout_s=timeout_s,
            why="all processes up",
        )

    def left(self) -> list[psutil.Process]:
        """Return every running process of the home."""
        return leftovers.processes(self.home)


class _Reached:
    """Servers that another process starts and stops."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints


def fire(harm: Harm) -> None:
    stack, variant = harm.stack, harm.shot.variant
    assert isinstance(stack, OwnStack)
    if variant != DOWN:
        victims = [stack.running().pid, *(stack.pid(VICTIMS[variant]) for _ in range(variant in VICTIMS))]
        for pid in victims:
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        wait_gone([psutil.Process(pid) for pid in victims[:1] if psutil.pid_exists(pid)], 10)
        harm.endure()
    if variant in (DOWN, KILLED_DOWN):
        done = cli(stack, "down", timeout_s=120)
        assert done.returncode == 0, f"`argosy down` ended with {done.returncode}: {done.stdout}{done.stderr}"
        left = wait_gone(stack.left(), 5)
        assert not left, f"after `argosy down` there still run {left}"
    stack._up()


@contextmanager
def stack(home: Path, seed: int) -> Iterator[ChaosStack]:
    made = OwnStack(home, seed=seed)
    try:
        made.start()
        yield made
    finally:
        made.stop()
    if not made.spoilt:
        shutil.rmtree(home, ignore_errors=True)


WEAPON = Weapon("supervisors", VARIANTS, SECONDS, fire, stack)
