"""Processes that send actions: the name that an intent keeps of its sender, and whether the sender has ended.

A heartbeat that stopped proves nothing: a process that was stopped, swapped out or paused with its machine has none
either, and sends when it goes on. Only the operating system of its own machine knows that a process has ended.
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
"""How Linux numbers the first namespace of processes; a container has another, and may share the machine's id."""


def sender_name(owner: str) -> str:
    """`owner`, the name of its heartbeat, with the identity of this process and its machine."""
    return f"{owner}@{machine()}@{processes.identity(os.getpid()) or ''}"


def heartbeat_of(sender: str) -> str:
    return sender.partition("@")[0]


def has_ended(sender: str) -> bool:
    """Has it ended for certain? False for what runs, what is stopped, and what another machine must answer for."""
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
    # The same machine: only another boot of it has ended whatever ran before.
    return _is_machines_own(name) and _is_machines_own(processes.identity(os.getpid()) or "")


def _noted_has_ended(name: str) -> bool:
    """For systems without /proc: the number is free, or belongs to a process that started at another time."""
    pid = int(name.partition(".")[0])
    return not psutil.pid_exists(pid) or processes.identity(pid) not in (None, name)


def refuse_living(sender: str | None) -> None:
    """Raises Conflict when the sender runs on this machine: as long as it does, its action may be sent."""
    name = (sender or "").rpartition("@")[2]
    if name and processes.is_alive(name):
        raise Conflict(
            "the process that sends this action still runs",
            found=f"process {name.partition('.')[0]} on this machine",
            remedy="end it first: kill -9 also ends a process that is stopped",
        )


@functools.cache
def machine() -> str:
    """Name of this machine that lasts over reboots and is no other's."""
    try:
        number = _MACHINE_ID.read_text().strip()
    except OSError:
        number = ""
    text = f"{socket.gethostname()}|{number or uuid.getnode()}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _is_machines_own(name: str) -> bool:
    return name.rpartition(".")[2] == _MACHINES_OWN_NAMESPACE
