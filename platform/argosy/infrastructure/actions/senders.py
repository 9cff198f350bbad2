"""Name the processes that send actions, and find out whether a sender has ended.

An intent keeps the name of its sender. A missing heartbeat proves nothing. A stopped, swapped-out or paused
process has no heartbeat either, and sends when it resumes. Only the operating system of its own machine knows
that a process has ended.
"""

from __future__ import annotations

import functools
import hashlib
import os
import socket
import uuid
from pathlib import Path

import psutil

from argosy.errors import Conflict
from argosy.infrastructure import processes

_MACHINE_ID = Path("/etc/machine-id")
_MACHINES_OWN_NAMESPACE = "4026531836"
"""Number that Linux gives the first process namespace.

A container has another number, and may share the machine's id.
"""


def sender_name(owner: str) -> str:
    """Return `owner` (the name of its heartbeat) with the identity of this process and machine."""
    return f"{owner}@{machine()}@{processes.identity(os.getpid()) or ''}"


def heartbeat_of(sender: str) -> str:
    return sender.partition("@")[0]


def has_ended(sender: str) -> bool:
    """Return True if the sender has certainly ended.

    False for a running or stopped process, and for one that only another machine can judge.
    """
    _, _, rest = sender.partition("@")
    where, _, name = rest.partition("@")
    if not name:
        return False
    if processes.is_of_this_boot(name):
        return not processes.is_alive(name)
    if where != machine():
        return False
    if name.count(".") == 1:
        return _noted_has_ended(name)
    # On the same machine, a new boot has ended all earlier processes.
    return _is_machines_own(name) and _is_machines_own(processes.identity(os.getpid()) or "")


def _noted_has_ended(name: str) -> bool:
    """Return True if the process id is free or belongs to a process with another start time.

    For systems without /proc.
    """
    pid = int(name.partition(".")[0])
    return not psutil.pid_exists(pid) or processes.identity(pid) not in (None, name)


def refuse_living(sender: str | None) -> None:
    """Raise Conflict if the sender runs on this machine: it may still send its action."""
    name = (sender or "").rpartition("@")[2]
    if name and processes.is_alive(name):
        raise Conflict(
            "the process that sends this action still runs",
            found=f"process {name.partition('.')[0]} on this machine",
            remedy="end it first: kill -9 also ends a process that is stopped",
        )


@functools.cache
def machine() -> str:
    """Return a unique name of this machine that survives reboots."""
    try:
        number = _MACHINE_ID.read_text().strip()
    except OSError:
        number = ""
    text = f"{socket.gethostname()}|{number or uuid.getnode()}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _is_machines_own(name: str) -> bool:
    return name.rpartition(".")[2] == _MACHINES_OWN_NAMESPACE
