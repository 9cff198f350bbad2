"""Leftovers of a killed sitting: processes, servers and file systems of its stacks."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import psutil

from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.supervisor.leftovers import marked_processes


def processes(home: Path) -> list[psutil.Process]:
    """Return every running process of a stack in this home, servers included."""
    servers = EmbeddedServers(home)
    found = {process.pid: process for process, _ in marked_processes(None, home)}
    for server in (servers.valkey, servers.postgres):
        found |= {process.pid: process for process in server.leftovers()}
    return [process for process in found.values() if process.status() != psutil.STATUS_ZOMBIE]


def clear(folder: Path) -> None:
    """End all processes in the homes of this folder, and unmount their file systems."""
    for home in sorted(folder.glob("stack-*")):
        left = [each for one in (home, home / "second") for each in processes(one)]
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        wait_gone(left, 10)
        for place in (EmbeddedServers(home).postgres.data.parent, home):
            if place.is_mount():
                subprocess.run(["umount", "--lazy", str(place)], check=False)
