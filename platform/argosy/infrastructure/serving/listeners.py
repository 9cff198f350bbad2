"""Listening sockets that the supervisor binds and its processes inherit.

Between checking a port and using it, another stack could take it. So the port is bound first and the socket is
passed on. The stack keeps the socket over restarts of the process.
"""

from __future__ import annotations

import os
import socket

from argosy.errors import Unavailable
from argosy.infrastructure.serving.connections import BACKLOG

LISTENER = "ARGOSY_LISTENER"
"""Environment variable with the number of the inherited socket."""
TRIES = 50


def bind_first_free(host: str, wanted: int, *, tries: int = TRIES) -> socket.socket:
    """Return a listening socket on `wanted` or the next free port above; 0 takes any free port.

    Raises Unavailable if none of them is free.
    """
    candidates = range(wanted, min(wanted + tries, 65_536)) if wanted else (0,)
    for port in candidates:
        found = listen(host, port)
        if found is not None:
            return found
    raise Unavailable(
        f"no free port on {host}",
        expected=f"a free port between {wanted} and {wanted + tries - 1}",
        found="all of them in use",
        remedy="set another port in the settings, or stop what holds these",
    )


def listen(host: str, port: int) -> socket.socket | None:
    """Return a listening socket, or None if the address is taken.

    Listening is necessary: before that, two sockets can be bound to one port.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        return None
    return made


def inherited_socket() -> socket.socket | None:
    """Return the socket passed by the supervisor; None in a process started by hand."""
    number = os.environ.pop(LISTENER, None)
    if number is None:
        return None
    found = socket.socket(fileno=int(number))
    found.set_inheritable(False)
    found.setblocking(False)
    return found
