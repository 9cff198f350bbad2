"""Raise an alarm when the supervisor of this machine's processes was killed.

Processes work on without it, but one that ends is not started again.
"""

from __future__ import annotations

import socket

from argosy.bootstrap.runtime import Runtime
from argosy.infrastructure import redis as connections
from argosy.infrastructure.supervisor.runtime import RunningStack
from workers.alarm import raise_alarm

_AGAIN_S = 3600


def look_after_supervisor(ports: Runtime) -> None:
    """Raise the alarm once for each lost supervisor, and again every hour."""
    stack = RunningStack.unsupervised(ports.settings)
    if stack is None:
        return
    host = socket.gethostname()
    key = f"{connections.PREFIX}unsupervised:{host}:{stack.identity}"
    if not connections.client(ports.endpoints.redis_url).set(key, b"1", nx=True, ex=_AGAIN_S):
        return
    text = (
        f"the supervisor of {ports.settings.home} on {host} was killed. Bots trade on, but a process that ends is "
        "not started again. `argosy up` takes over: it stops these processes and starts new ones"
    )
    raise_alarm(ports, "supervisor_gone", "the supervisor was killed", text)
